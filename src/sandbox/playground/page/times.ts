import type { TimeStyle } from './markdown.ts'

const LOCALE = 'en-GB'

const FORMATS: Record<Exclude<TimeStyle, 'R'>, Intl.DateTimeFormatOptions> = {
  t: { timeStyle: 'short' },
  T: { timeStyle: 'medium' },
  d: { dateStyle: 'short' },
  D: { dateStyle: 'long' },
  f: { dateStyle: 'long', timeStyle: 'short' },
  F: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' },
  s: { dateStyle: 'short', timeStyle: 'short' },
  S: { dateStyle: 'short', timeStyle: 'medium' },
}

/** `<t:unix:style>` as Discord words it. `unix` in seconds, `now` in milliseconds. */
export function formatTimestamp(unix: number, style: TimeStyle, now: number): string {
  const date = new Date(unix * 1000)
  if (Number.isNaN(date.getTime())) return 'Invalid date'
  if (style === 'R') return relative(unix - now / 1000)
  return date.toLocaleString(LOCALE, FORMATS[style])
}

/** Up to how many seconds, the words for one of them, the words for more of them, and the unit in seconds. */
const STEPS: [number, string | null, string, number][] = [
  [45, null, 'seconds', 1],
  [90, 'a minute', '', 60],
  [45 * 60, null, 'minutes', 60],
  [90 * 60, 'an hour', '', 3600],
  [22 * 3600, null, 'hours', 3600],
  [36 * 3600, 'a day', '', 86_400],
  [26 * 86_400, null, 'days', 86_400],
  [46 * 86_400, 'a month', '', 0],
  [320 * 86_400, null, 'months', 30.44 * 86_400],
  [548 * 86_400, 'a year', '', 0],
  [Number.POSITIVE_INFINITY, null, 'years', 365.25 * 86_400],
]

function relative(seconds: number): string {
  const away = Math.abs(seconds)
  const [, one, many, unit] = STEPS.find(([limit]) => away < limit) ?? STEPS.at(-1)!
  const n = Math.round(away / (unit || 1))
  const words = one ?? (n === 1 ? `1 ${many.slice(0, -1)}` : `${n} ${many}`)
  return seconds > 0 ? `in ${words}` : `${words} ago`
}

const sameDay = (a: Date, b: Date) => a.toDateString() === b.toDateString()

/** When a message was sent, as its head shows it: "15:04" today, then "Yesterday at 15:04", then with the date. */
export function messageTime(iso: string, now: number): string {
  const date = new Date(iso)
  const time = date.toLocaleTimeString(LOCALE, { timeStyle: 'short' })
  const today = new Date(now)
  const yesterday = new Date(now)
  yesterday.setDate(today.getDate() - 1)
  if (sameDay(date, today)) return `Today at ${time}`
  if (sameDay(date, yesterday)) return `Yesterday at ${time}`
  return `${date.toLocaleDateString(LOCALE)} ${time}`
}

export const clockTime = (iso: string | number, seconds = false): string =>
  new Date(iso).toLocaleTimeString(LOCALE, { timeStyle: seconds ? 'medium' : 'short' })

export const dayOf = (iso: string): string => new Date(iso).toLocaleDateString(LOCALE, { dateStyle: 'long' })
