import type { Breach } from '../caps.ts'
import { formatUsd } from '../money.ts'
import type { Freeze } from '../ports.ts'
import { chosenPrice, type Offer } from '../quote.ts'
import type { Text, View } from '../view.ts'
import { formatLeft, type Payable, staysOpen } from './stops.ts'
import { line } from './whispers.ts'
import { inText, monthText } from './words.ts'

/** A press that would have paid was not spent, because a cap would be passed. `offer`: with the prices of now. */
export function overCap(
  job: Payable,
  breach: Breach,
  facts: { offer: Offer; presserId: string; now: number },
): View {
  const own = facts.presserId === job.requesterId
  const what: Text = [
    ...(breach.cap === 'jobsAtOnce' ? tooMany(job, breach, own) : tooDear(job, breach, own)),
    ...resets(breach, facts.now),
  ]
  const unspent = ' Nothing was charged by this press. '
  const next = [...cheaper(job, breach, facts.offer), ...poolCure(breach)]
  return line([...what, unspent, ...staysOpen(job), ...next], plain(what))
}

function tooMany(job: Payable, { used, limit }: Breach, own: boolean): Text {
  const who: Text = own ? ['You have '] : [{ mention: job.requesterId }, ' has ']
  const jobs = `${used} ${used === 1 ? 'upscale' : 'upscales'} running`
  // More than the limit: it was lowered since.
  return used === limit
    ? [...who, `${jobs}, which is as many as one person may have here at once.`]
    : [...who, `${jobs}; one person may have ${limit} here at once.`]
}

/** What passes a cap is rounded up, so that nobody is told of less than there is. */
function tooDear(job: Payable, { cap, limit, used, wanted }: Breach, own: boolean): Text {
  const [price, most, over] = [wanted, limit, used + wanted - limit].map(formatUsd)
  switch (cap) {
    case 'personDayUsd':
      return own
        ? [`${price} would pass your ${most} for today by ${over}`]
        : [`${price} would pass the ${most} of `, { mention: job.requesterId }, ` for today by ${over}`]
    case 'communityMonthUsd':
      return [`${price} would pass the ${most} of this place for this month by ${over}`]
    case 'totalMonthUsd':
      return [`${price} would pass the ${most} that this bot may spend this month by ${over}`]
    case 'poolUsd':
      return limit - used < 10_000
        ? [`This place's pool of ${most} is used up.`]
        : [`${price} is more than the ${formatLeft(limit - used)} that is left in this place's pool.`]
    case 'poolHeadUsd':
      return own
        ? [
            `${price} is too much for you: you may draw ${most} from this place's pool and have used ${formatUsd(used)}.`,
          ]
        : [
            `${price} is too much for `,
            { mention: job.requesterId },
            `, who may draw ${most} from this place's pool and has used ${formatUsd(used)}.`,
          ]
    case 'jobUsd':
    case 'jobsAtOnce':
      return [`${price} would pass the ${most} that one upscale may cost here by ${over}.`]
  }
}

function resets({ cap, limit, wanted, resetsAt }: Breach, now: number): Text {
  if (resetsAt === null) return []
  // Waiting helps only what fits at all.
  if (wanted > limit) return [', which it would do at any time.']
  const at = new Date(resetsAt)
  const when =
    cap === 'personDayUsd' ? 'at 00:00 UTC' : `on ${at.getUTCDate()} ${monthText(resetsAt)}, 00:00 UTC`
  return [`; it resets ${when}, ${inText(resetsAt - now)}.`]
}

/** What ends by no date. */
function poolCure({ cap }: Breach): Text {
  if (cap === 'poolUsd') return [' Whoever manages this place can put more into the pool.']
  return cap === 'poolHeadUsd' ? [' Whoever manages this place can let everybody draw more.'] : []
}

/** The largest other size that this cap leaves room for. */
function cheaper(job: Payable, { cap, limit, used }: Breach, offer: Offer): Text {
  if (job.state !== 'quoted' || cap === 'jobsAtOnce') return []
  const { priceUsd } = chosenPrice(offer)
  const other = offer.prices.findLast(p => p.priceUsd < priceUsd && p.priceUsd <= limit - used)
  return other ? [` ${other.factor}x for ${formatUsd(other.priceUsd)} would not pass it.`] : []
}

/** A press that would have paid was not spent, because all spending is stopped. */
export function whileFrozen(job: Payable, freeze: Freeze): View {
  const then =
    freeze.scope === 'all'
      ? ' Whoever runs this bot can allow it again.'
      : ' Whoever manages this place can allow it again.'
  return line(
    [...frozenText(freeze), ' Nothing was charged by this press. ', ...staysOpen(job), then],
    'All spending is stopped. Nothing was charged by this press.',
  )
}

/** Who stopped spending, and when. Whoever did so for the whole bot may be nobody whom people here know. */
export const frozenText = ({ scope, by, at }: Freeze): Text =>
  scope === 'all'
    ? ['Whoever runs this bot stopped all spending on ', { time: at, as: 'date' }, '.']
    : [{ mention: by }, ' stopped all spending here on ', { time: at, as: 'date' }, '.']

/** For the summary, which has no mentions. */
const plain = (text: Text): string =>
  `${text.map(span => (typeof span === 'string' ? span : 'the requester')).join('')} Nothing was charged by this press.`
