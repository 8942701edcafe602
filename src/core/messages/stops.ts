import type { JobIn } from '../job.ts'
import { formatUsd, type MicroUsd } from '../money.ts'
import { chosenPrice, type Offer } from '../quote.ts'
import type { Stop } from '../verdict.ts'
import type { Text, View } from '../view.ts'
import { wentUpText } from './prices.ts'
import { line } from './whispers.ts'
import type { Names } from './words.ts'

/** A job whose next press may cost money. */
export type Payable = JobIn<'quoted' | 'awaiting_approval' | 'unconfirmed' | 'failed'>

/** A press that would have paid was not spent: why, that nothing was charged by it, and how it stands. */
export function stopped(job: Payable, why: Stop, names: Names): View {
  const { what, next } = sentences(why, names)
  const summary = `${what} Nothing was charged by this press.`
  return line([`${summary} `, ...staysOpen(job), ...next], summary)
}

function sentences(why: Stop, names: Names): { what: string; next: Text } {
  const { provider, creditsUrl } = names
  switch (why.code) {
    case 'unreachable':
      return {
        what: `${provider} can't be reached just now.`,
        next:
          why.retryAt === null
            ? [' Please press again in a moment.']
            : [' Please press again at ', { time: why.retryAt, as: 'clock' }, '.'],
      }
    case 'no_price':
      return {
        what: `The price that you saw is old, and ${provider} does not say just now what it costs today.`,
        next: [' Please press again in a moment.'],
      }
    case 'key_refused':
      return {
        what: `${provider} refuses our key, so nothing can be sent.`,
        next: [' Whoever runs this bot has to look at the key first.'],
      }
    case 'access_denied':
      return {
        what: `${provider} does not let our account use this, so nothing can be sent.`,
        next: [' Whoever runs this bot has to look at the account first.'],
      }
    case 'too_little':
      return {
        what: `The account at ${provider} ${leftText(why.leftUsd)}, and this costs ${formatUsd(why.priceUsd)}.`,
        next: [` Credits can be added at ${creditsUrl}.`],
      }
  }
}

const leftText = (leftUsd: MicroUsd): string =>
  leftUsd < 10_000 ? 'is empty' : `has ${formatLeft(leftUsd)} left`

/** Rounded down: what is left must not look like enough where it is not. */
export const formatLeft = (leftUsd: MicroUsd): string => formatUsd(Math.floor(leftUsd / 10_000) * 10_000)

/** A press that was not spent leaves everything as it was. */
export function staysOpen(job: Payable): Text {
  if (job.state === 'quoted')
    return ['Your offer stays open until ', { time: job.offer.expiresAt, as: 'clock' }, '.']
  if (job.state === 'awaiting_approval')
    return ['The question stays open until ', { time: job.offer.expiresAt, as: 'clock' }, '.']
  if (job.state === 'failed' && job.retryUntil !== null)
    return ['You can still try again until ', { time: job.retryUntil, as: 'date' }, '.']
  return ['The question stays open.']
}

/** The price went up between the card and the press. */
export const dearer = (offer: Offer): View => {
  const text = `${wentUpText(offer)} Nothing was charged by this press. If you agree to the new price, press again.`
  return line([text], text)
}

/** The same for somebody else than its requester, who alone can agree to more than they have agreed to. */
export function dearerForOthers(job: JobIn<'unconfirmed' | 'failed'>, offer: Offer): View {
  const [now, was] = [offer, job.offer].map(o => formatUsd(chosenPrice(o).priceUsd))
  const theirs: Text = [{ mention: job.requesterId }]
  const known: Text = job.offer.wasUsd === undefined ? ['that ', ...theirs, ' agreed to'] : ['on the button']
  return line(
    [
      `It costs ${now} now, not the ${was} `,
      ...known,
      '. Nothing was charged by this press. Only ',
      ...theirs,
      ' can agree to that: when they press the button, it shows the new price, and then you can press it too.',
    ],
    `It costs ${now} now, not ${was}. Nothing was charged by this press.`,
  )
}
