import type { Clip } from '../clip.ts'
import type { CheaperWay, Why } from '../ladder.ts'
import { formatUsd, type MicroUsd } from '../money.ts'
import { chosenPrice, type Offer } from '../quote.ts'
import type { Part } from '../view.ts'
import { fpsText } from './words.ts'

/** Said beside a new price that people have not agreed to yet; nothing where it did not go up. */
export function wentUp(offer: Offer): Part[] {
  if (offer.wasUsd === undefined) return []
  return [
    { kind: 'text', text: [{ bold: wentUpText(offer) }, ' Nothing is charged before you agree to it.'] },
  ]
}

/** "The price went up: 2x costs $0.30 now, was $0.25." */
export const wentUpText = (offer: Offer): string =>
  `The price went up: ${offer.chosen}x costs ${formatUsd(chosenPrice(offer).priceUsd)} now, was ${formatUsd(offer.wasUsd ?? 0)}.`

/** "2x is 1088 px high: above 1080 px, $0.10 a second x 12 s. 60 fps doubles it." */
export function whyText(why: Why, clip: Clip): string {
  const rate = `, ${perSecondText(why.tier.perSecondUsd)} a second x ${Number(clip.durationS.toFixed(2))} s`
  const doubling = why.doubled ? ` ${rateText(clip)} doubles ${why.isListPrice ? 'it' : 'the price'}.` : ''
  return `${heightText(why)}: ${tierText(why)}${why.isListPrice ? rate : ''}.${doubling}`
}

function heightText({ factor, heights, by }: Why): string {
  const px = `${heights.join(' or ')} px high`
  switch (by) {
    case 'sure':
      return `${factor}x is ${px}`
    case 'told':
      return `Your clip is turned, and ${factor}x is priced as ${px}`
    case 'dearer':
      return `Your clip is turned; counted by its dearer side, ${factor}x is ${px}`
    case 'either':
      return `Your clip is turned, so ${factor}x is ${px}`
  }
}

function tierText({ tier: { abovePx, upToPx }, by }: Why): string {
  const either = by === 'either' ? 'either way ' : ''
  if (upToPx === Number.POSITIVE_INFINITY) return `${either}above ${abovePx} px`
  return abovePx === 0 ? `${either}up to ${upToPx} px` : `${either}${abovePx + 1} to ${upToPx} px`
}

/** 13000 -> "$0.013", 100000 -> "$0.10" */
const perSecondText = (usd: MicroUsd): string => `$${(usd / 1e6).toFixed(6).replace(/0{1,4}$/, '')}`

/** With a digit more than elsewhere where it would read as a whole number, which may be the one that it is above. */
function rateText(clip: Clip): string {
  const rate = Number(clip.fps.toFixed(2))
  if (!Number.isInteger(rate)) return fpsText(clip)
  return `${Number(clip.fps.toFixed(3))} fps${clip.variableFps ? ' on average' : ''}`
}

/** "2x lands 8 px above 1080p and costs 4 times as much; 1x costs $0.13." */
export function cheaperText(way: CheaperWay): string {
  switch (way.kind) {
    case 'larger_for_less':
      return `${way.instead.factor}x costs less here: ${formatUsd(way.instead.priceUsd)}.`
    case 'just_above': {
      const { factor, overPx, borderPx, times, instead } = way
      const more = times === null ? ', where it costs more' : ` and costs ${timesText(times)} as much`
      const less = instead ? `; ${instead.factor}x costs ${formatUsd(instead.priceUsd)}` : ''
      return `${factor}x lands ${overPx} px above ${borderPx}p${more}${less}.`
    }
    case 'fewer_frames':
      return way.inclusive
        ? `A clip below ${way.fps} fps costs half.`
        : `A clip of ${way.fps} fps or less costs half.`
    case 'larger_for_same': {
      const sizes = way.larger.map(factor => `${factor}x`).join(' and ')
      return `${sizes} ${way.larger.length > 1 ? 'cost' : 'costs'} what ${way.factor}x costs here.`
    }
  }
}

/** 4 -> "4 times", 1.92 -> "about twice", 2.5 -> "2.5 times" */
function timesText(times: number): string {
  const whole = Math.round(times)
  if (Math.abs(times - whole) > 0.1) return `${Number(times.toFixed(1))} times`
  const text = whole === 2 ? 'twice' : `${whole} times`
  return Math.abs(times - whole) > 0.01 ? `about ${text}` : text
}
