import type { Caps } from '../caps.ts'
import { type Standing, totalOf } from '../ledger.ts'
import { formatUsd, type MicroUsd } from '../money.ts'
import type { Freeze } from '../ports.ts'
import type { Part, Text, View } from '../view.ts'
import { frozenText } from './caps.ts'
import { standingText, sumOf } from './standing.ts'
import { monthText } from './words.ts'

/** What one person has spent, the largest spender first. */
export interface Spender {
  requesterId: string
  jobs: number
  standing: Standing
}

export interface Spending {
  /** A time in this month, and in the last; wall-clock ms. */
  thisMonth: { at: number; people: readonly Spender[] }
  lastMonth: { at: number; people: readonly Spender[] }
  today: readonly Spender[]
  caps: Readonly<Caps>
  freeze: Freeze | null
}

/** People who are named; platforms cut longer messages. */
const MOST = { thisMonth: 10, lastMonth: 3, today: 3 }

/** Who of a community has spent how much, and what may still be spent. */
export function spendingView({ thisMonth, lastMonth, today, caps, freeze }: Spending): View {
  const used = totalOf(sumOf(thisMonth.people.map(person => person.standing)))
  return {
    tone: freeze ? 'bad' : 'quiet',
    parts: [
      { kind: 'title', text: [`Spending in ${nameOf(thisMonth.at)}`] },
      ...(freeze ? [text([{ bold: 'Stopped.' }, ' ', ...frozenText(freeze)])] : []),
      ...monthParts(thisMonth.people, MOST.thisMonth),
      { kind: 'rule' },
      text([{ bold: nameOf(lastMonth.at) }]),
      ...monthParts(lastMonth.people, MOST.lastMonth),
      { kind: 'rule' },
      text([{ bold: 'Caps' }]),
      ...capLines(caps, used, today),
      { kind: 'note', text: ['Months and days are those of UTC. Amounts are rounded up to whole cents.'] },
    ],
    controls: [],
    notifies: [],
    summary: `Spending in ${nameOf(thisMonth.at)}: ${formatUsd(used)}${freeze ? ', stopped' : ''}`,
  }
}

const text = (words: Text): Part => ({ kind: 'text', text: words })
const nameOf = (at: number) => `${monthText(at)} ${new Date(at).getUTCFullYear()}`
const countText = (jobs: number) => `${jobs} ${jobs === 1 ? 'upscale' : 'upscales'}`

function monthParts(people: readonly Spender[], most: number): Part[] {
  if (people.length === 0) return [text(['Nothing was spent.'])]
  const standing = sumOf(people.map(person => person.standing))
  const rest = people.slice(most)
  return [
    text([
      { bold: amountText(standing) },
      ` for ${countText(people.reduce((sum, { jobs }) => sum + jobs, 0))}${ofIt(standing)}`,
    ]),
    ...people
      .slice(0, most)
      .map(({ requesterId, jobs, standing }) =>
        text([{ mention: requesterId }, ` · ${amountText(standing)} · ${countText(jobs)}${ofIt(standing)}`]),
      ),
    ...(rest.length > 0
      ? [text([`and ${rest.length} more · ${amountText(sumOf(rest.map(person => person.standing)))}`])]
      : []),
  ]
}

const amountText = (standing: Standing): string => formatUsd(totalOf(standing))

/** Where not all of it is charged for sure. */
const ofIt = (standing: Standing): string =>
  standing.held > 0 || standing.maybe > 0 ? ` (${standingText(standing)})` : ''

function capLines(caps: Readonly<Caps>, used: MicroUsd, today: readonly Spender[]): Part[] {
  const { personDayUsd, communityMonthUsd, jobUsd, totalMonthUsd, jobsAtOnce } = caps
  const lines: Text[] = [
    ...(communityMonthUsd === null ? [] : [[`this place and month: ${usedText(used, communityMonthUsd)}`]]),
    ...(personDayUsd === null
      ? []
      : [[`one person and day: ${formatUsd(personDayUsd)}`, ...todayText(today)]]),
    ...(jobUsd === null ? [] : [[`one upscale: ${formatUsd(jobUsd)}`]]),
    ...(totalMonthUsd === null
      ? []
      : [[`this bot in all places and one month: ${formatUsd(totalMonthUsd)}`]]),
    ...(jobsAtOnce === null ? [] : [[`one person at once: ${countText(jobsAtOnce)}`]]),
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
      ({ requesterId, standing }, i): Text => [
        ...(i > 0 ? [', '] : []),
        { mention: requesterId },
        ` ${amountText(standing)}`,
      ],
    ),
    ...(rest > 0 ? [` and ${rest} more`] : []),
  ]
}
