import { type Before, type Charged, isAboutLost, type JobIn, maybeBefore, spentBefore } from '../job.ts'
import { formatUsd, type MicroUsd } from '../money.ts'
import type { Names } from './words.ts'

/** What a failure says; of the newest attempt, or of an earlier one. */
export type FailedFacts = Pick<
  JobIn<'failed'>,
  'requesterId' | 'fileName' | 'failure' | 'agreedUsd' | 'lost' | 'earlier'
>

/** What was or may have been charged, what was sent before included. */
export function moneyText(job: FailedFacts, names: Names): string {
  const spent = spentBefore(job)
  if (spent === 0) return requestsText(job, names)
  return `${requestsText(job, names)} For earlier attempts ${names.provider} has charged ${formatUsd(spent)} besides.`
}

function requestsText(job: FailedFacts, names: Names): string {
  const { failure, agreedUsd, lost } = job
  const maybe = maybeBefore(job)
  // Giving up is about the lost requests themselves; every other outcome comes on top of them.
  if (isAboutLost(failure)) return mayHave(maybe, names)
  if (failure.charged === 'unknown') return mayHave([...maybe, agreedUsd], names)
  const last = CHARGED[failure.charged](formatUsd(agreedUsd), names)
  if (maybe.length === 0) return last
  const unanswered = lost.filter(answer => !answer.settled).length === maybe.length
  return `For the last request: ${last} For what was sent before${unanswered ? ', and not answered' : ''}: ${mayHave(maybe, names)}`
}

const CHARGED: Record<Exclude<Charged, 'unknown'>, (price: string, names: Names) => string> = {
  no: () => 'Nothing was charged.',
  yes: (price, names) => `${names.provider} has charged ${price} for it.`,
  refunded: (price, names) => `${names.provider} charged ${price} and gave it back.`,
}

const mayHave = (prices: MicroUsd[], names: Names): string =>
  `It may have been charged (${upTo(prices)}): whoever runs this bot can see it in ${names.provider}'s billing.`

/** "$0.25", "$0.25, up to 2 times", or, where they differ, "up to $0.55 for 2 requests". */
function upTo(prices: MicroUsd[]): string {
  const [first = 0, ...others] = prices
  if (others.length === 0) return formatUsd(first)
  if (others.every(price => price === first)) return `${formatUsd(first)}, up to ${prices.length} times`
  return `up to ${formatUsd(sum(prices))} for ${prices.length} requests`
}

const sum = (prices: MicroUsd[]): MicroUsd => prices.reduce((a, b) => a + b, 0)

/** Whether trying again can't be charged a second time: nothing of what was sent so far was, or may have been. */
export const isClean = (job: FailedFacts): boolean =>
  (job.failure.charged === 'no' || job.failure.charged === 'refunded') &&
  maybeBefore(job).length === 0 &&
  spentBefore(job) === 0

/** What is gone already, short enough for a question; empty where nothing is. */
export function goneAlready(job: FailedFacts, names: Names): string {
  const { failure, agreedUsd } = job
  const sure = spentBefore(job) + (failure.charged === 'yes' ? agreedUsd : 0)
  const maybe =
    sum(maybeBefore(job)) + (failure.charged === 'unknown' && !isAboutLost(failure) ? agreedUsd : 0)
  return [
    ...(sure > 0 ? [`${names.provider} has charged ${formatUsd(sure)} for it already.`] : []),
    ...(maybe > 0 ? [`Up to ${formatUsd(maybe)} may have been charged${sure > 0 ? ' besides' : ''}.`] : []),
  ].join(' ')
}

/** A receipt that left out what was or may have been paid besides would be no receipt. */
export function besides(job: Before): string[] {
  const spent = spentBefore(job)
  const maybe = maybeBefore(job).length
  const lost = job.lost.filter(answer => !answer.settled).length
  const requests = maybe === 1 ? 'one earlier request' : `${maybe} earlier requests`
  return [
    ...(spent > 0 ? [`earlier attempts that failed cost ${formatUsd(spent)} besides`] : []),
    ...(maybe > 0
      ? [`${requests}${lost === maybe ? ' without an answer' : ''} may have been charged too`]
      : []),
  ]
}
