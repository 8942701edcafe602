import type { Clip, Size } from '../clip.ts'
import type { Expected } from '../job.ts'

/** The outside names that sentences need; the core itself knows none. */
export interface Names {
  /** Who does the upscaling. */
  provider: string
  /** Where its credits are bought. */
  creditsUrl: string
}

/** What those in charge type: whole, because without the command's name it would be a message that everybody reads. */
export const typed = (words = ''): { code: string } => ({ code: `/upscale-admin ${words}`.trim() })

const CODECS: Record<string, string> = {
  avc: 'H.264',
  hevc: 'H.265',
  vp8: 'VP8',
  vp9: 'VP9',
  av1: 'AV1',
}

export const sizeText = (size: Size): string => `${size.width}x${size.height}`

/** 72.4 -> "1:12"; under ten seconds with a tenth, "0:02.5", because a short clip's length matters to the price. */
export function lengthText(seconds: number): string {
  const tenths = Math.round(seconds * 10)
  const whole = Math.floor(tenths / 10)
  const short = tenths < 100 && tenths % 10 !== 0
  const rest = short ? `${whole % 60}.${tenths % 10}` : String(Math.round(seconds) % 60)
  const minutes = Math.floor((short ? whole : Math.round(seconds)) / 60)
  return `${minutes}:${rest.split('.')[0]!.padStart(2, '0')}${short ? `.${rest.split('.')[1]}` : ''}`
}

/** 29.97 -> "29.97 fps", 30 -> "30 fps". */
export const fpsText = (clip: Clip): string =>
  `${Number(clip.fps.toFixed(2))} fps${clip.variableFps ? ' on average' : ''}`

export const codecText = (clip: Clip): string =>
  clip.videoCodec ? (CODECS[clip.videoCodec] ?? clip.videoCodec) : 'unknown codec'

export const soundText = (clip: Clip): string => (clip.audioCodec === null ? 'no sound' : 'sound')

/** "640x360 · 30 fps · 0:12 · H.264 · sound" */
export const clipText = (clip: Clip): string =>
  [sizeText(clip), fpsText(clip), lengthText(clip.durationS), codecText(clip), soundText(clip)].join(' · ')

/** 1536000 -> "1.5 MB" */
export function bytesText(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1000))} kB`
  const mb = bytes / 1_000_000
  return mb < 10 ? `${mb.toFixed(1)} MB` : `${Math.round(mb)} MB`
}

/** 95000 -> "1 min 35 s" */
export function spanText(ms: number): string {
  const s = Math.max(1, Math.round(ms / 1000))
  if (s < 60) return `${s} s`
  const min = Math.floor(s / 60)
  return min < 60 ? `${min} min${s % 60 ? ` ${s % 60} s` : ''}` : `${Math.floor(min / 60)} h ${min % 60} min`
}

/** "in 25 min", "in 3 h", "in 9 days": rounded up, so that it has come true by then. */
export function inText(ms: number): string {
  const min = Math.max(1, Math.ceil(ms / 60_000))
  if (min < 100) return `in ${min} min`
  const hours = Math.ceil(min / 60)
  return hours < 48 ? `in ${hours} h` : `in ${Math.ceil(hours / 24)} days`
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** The month (UTC) that a time lies in: caps and books go by UTC wherever the reader is. */
export const monthText = (at: number): string => MONTHS[new Date(at).getUTCMonth()]!

/** "about 4 min, at most 9": honest about what is not known, in steps that are. */
export function expectedText({ likelyMs, atMostMs }: Expected): string {
  const [about, atMost] = [roughly(likelyMs), roughly(atMostMs)]
  if (about === atMost) return `about ${about}`
  const [number, unit] = about.split(' ')
  const [most, unitOfMost] = atMost.split(' ')
  return unit === unitOfMost
    ? `about ${number} ${unit}, at most ${most}`
    : `about ${about}, at most ${atMost}`
}

/** Up to 90 s in steps of ten, then whole minutes, rounded up; from 100 min on hours. */
function roughly(ms: number): string {
  const s = Math.max(10, Math.ceil(ms / 10_000) * 10)
  if (s <= 90) return `${s} s`
  const min = Math.ceil(ms / 60_000)
  return min < 100 ? `${min} min` : `${Math.ceil(min / 60)} h`
}
