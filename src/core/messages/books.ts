import type { BookedAttempt } from '../books.ts'
import { type Standing, totalOf } from '../ledger.ts'
import { formatUsd, type MicroUsd } from '../money.ts'
import type { Freeze } from '../ports.ts'
import type { Limits } from '../rules.ts'
import type { Part, Text, View } from '../view.ts'
import { attemptText } from './attempts.ts'
import { frozenText } from './caps.ts'
import { standingText, sumOf } from './standing.ts'
import { line } from './whispers.ts'
import { monthText, typed } from './words.ts'

/** What one person, or one place, has spent; the largest spender first. */
export interface Spender {
  who: Text
  jobs: number
  standing: Standing
}

export interface Spending {
  /** A time in the month, and in the one before; wall-clock ms. */
  month: { at: number; spenders: readonly Spender[] }
  before: { at: number; spenders: readonly Spender[] }
  /** Null: it is no question of today. */
  today: readonly Spender[] | null
  /** What holds here; null: caps are no question (a month that is over, all places). */
  limits: Limits | null
  freeze: Freeze | null
  /** The newest first, and how many there are in all. `who`: as they are named here. */
  newest: readonly { attempt: BookedAttempt; who: Text }[]
  attempts: number
  /** What the provider's billing says, drawn already. */
  billing: Part[]
  /** The table of all of it; null: there is nothing to put in one. */
  fileName: string | null
  everywhere: boolean
}

/** Spenders that are named; platforms cut longer messages. */
const MOST = { month: 7, before: 3, today: 3 }
/** Attempts that are listed. */
export const NEWEST = 6

/** Who has spent how much and what for, what may still be spent, and what the provider's billing says of it. */
export function spendingView(spending: Spending): View {
  const { month, before, today, limits, freeze, newest, attempts, billing, fileName, everywhere } = spending
  const used = totalOf(sumOf(month.spenders.map(spender => spender.standing)))
  const title = `Spending in ${nameOf(month.at)}${everywhere ? ', everywhere' : ''}`
  const more = attempts - newest.length
  return {
    tone: freeze ? 'bad' : 'quiet',
    parts: [
      { kind: 'title', text: [title] },
      ...(freeze ? [text([{ bold: 'Stopped.' }, ' ', ...frozenText(freeze)])] : []),
      ...monthParts(month.spenders, MOST.month, ofIt),
      ...(newest.length > 0
        ? [
            { kind: 'rule' } as const,
            text([{ bold: 'Newest' }]),
            ...newest.map(({ attempt, who }) => text(attemptText(attempt, who))),
            ...(more > 0 ? [text([`and ${more} more in the file`])] : []),
          ]
        : []),
      ...(billing.length > 0 ? [{ kind: 'rule' } as const, ...billing] : []),
      { kind: 'rule' },
      text([{ bold: nameOf(before.at) }]),
      ...monthParts(before.spenders, MOST.before, () => ''),
      ...(limits
        ? [{ kind: 'rule' } as const, text([{ bold: 'Caps' }]), ...capLines(limits, used, today)]
        : []),
      ...(fileName === null
        ? []
        : [{ kind: 'file', fileName, description: 'Every attempt, as a table' } as const]),
      { kind: 'note', text: ['Months and days are those of UTC. Amounts are rounded up to whole cents.'] },
    ],
    controls: [],
    notifies: [],
    summary: `${title}: ${formatUsd(used)}${freeze ? ', stopped' : ''}`,
  }
}

/** Nobody can have spent anything in a month to come. Wall-clock ms. */
export function notBegun(month: number, now: number): View {
  const text = `${nameOf(month)} has not begun: it is ${nameOf(now)} now (UTC). Nothing can have been spent in it.`
  return line([text], text)
}

const text = (words: Text): Part => ({ kind: 'text', text: words })
const nameOf = (at: number) => `${monthText(at)} ${new Date(at).getUTCFullYear()}`
const countText = (jobs: number) => `${jobs} ${jobs === 1 ? 'upscale' : 'upscales'}`

/** `more`: what is said of each spender's sum besides. */
function monthParts(
  spenders: readonly Spender[],
  most: number,
  more: (standing: Standing) => string,
): Part[] {
  if (spenders.length === 0) return [text(['Nothing was spent.'])]
  const standing = sumOf(spenders.map(spender => spender.standing))
  const rest = spenders.slice(most)
  return [
    text([
      { bold: amountText(standing) },
      ` for ${countText(spenders.reduce((sum, { jobs }) => sum + jobs, 0))}${ofIt(standing)}`,
    ]),
    ...spenders
      .slice(0, most)
      .map(({ who, jobs, standing }) =>
        text([...who, ` · ${amountText(standing)} · ${countText(jobs)}${more(standing)}`]),
      ),
    ...(rest.length > 0
      ? [text([`and ${rest.length} more · ${amountText(sumOf(rest.map(spender => spender.standing)))}`])]
      : []),
  ]
}

const amountText = (standing: Standing): string => formatUsd(totalOf(standing))

/** Where not all of it is charged for sure. */
const ofIt = (standing: Standing): string =>
  standing.held > 0 || standing.maybe > 0 ? ` (${standingText(standing)})` : ''

function capLines(limits: Limits, used: MicroUsd, today: readonly Spender[] | null): Part[] {
  const { personDayUsd, communityMonthUsd, jobUsd, totalMonthUsd, jobsAtOnce, poolUsd } = limits
  const lines: Text[] = [
    ...(communityMonthUsd === null ? [] : [[`this place and month: ${usedText(used, communityMonthUsd)}`]]),
    ...(personDayUsd === null
      ? []
      : [[`one person and day: ${formatUsd(personDayUsd)}`, ...(today ? todayText(today) : [])]]),
    ...(jobUsd === null ? [] : [[`one upscale: ${formatUsd(jobUsd)}`]]),
    ...(totalMonthUsd === null
      ? []
      : [[`this bot in all places and one month: ${formatUsd(totalMonthUsd)}`]]),
    ...(jobsAtOnce === null ? [] : [[`one person at once: ${countText(jobsAtOnce)}`]]),
    ...(poolUsd === null
      ? []
      : [[`the pool of this place: ${formatUsd(poolUsd)} (`, typed('pool'), ' says what is left)']]),
  ]
  return lines.length > 0 ? lines.map(text) : [text(['There are none.'])]
}

const usedText = (used: MicroUsd, limit: MicroUsd) =>
  `${formatUsd(used)} of ${formatUsd(limit)} used, ${formatUsd(left(used, limit))} left`

/** Rounded down: what is left must not look like more than there is. */
const left = (used: MicroUsd, limit: MicroUsd) => Math.floor(Math.max(0, limit - used) / 10_000) * 10_000

function todayText(today: readonly Spender[]): Text {
  if (today.length === 0) return ['; nobody has used any today']
  const named = today.slice(0, MOST.today)
  const rest = today.length - named.length
  return [
    '; used today: ',
    ...named.flatMap(
      ({ who, standing }, i): Text => [...(i > 0 ? [', '] : []), ...who, ` ${amountText(standing)}`],
    ),
    ...(rest > 0 ? [` and ${rest} more`] : []),
  ]
}
