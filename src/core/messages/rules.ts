import type { CapRule } from '../admin.ts'
import type { Caps } from '../caps.ts'
import { formatUsd, type MicroUsd } from '../money.ts'
import type { Approval, Pool, Rules } from '../rules.ts'
import type { Part, Span, Text, View } from '../view.ts'
import { line } from './whispers.ts'
import { typed } from './words.ts'

/** What became of a rule that is shown. `none`: what was to be taken away was not there. */
export type RuleOutcome = 'shown' | 'set' | 'same' | 'none'

/** Below a rule as it is now. */
const OUTCOMES: Readonly<Record<RuleOutcome, string | null>> = {
  shown: null,
  set: 'This holds from now on. Nothing was charged by it.',
  same: 'It was set like this already, so nothing has changed.',
  none: 'Nothing was set here, so nothing has changed.',
}
const outcomeParts = (outcome: RuleOutcome): Part[] => {
  const said = OUTCOMES[outcome]
  return said === null ? [] : [text([said])]
}

const text = (words: Text): Part => ({ kind: 'text', text: words })
const note = (words: Text): Part => ({ kind: 'note', text: words })

const quiet = (title: string, parts: Part[], summary: string): View => ({
  tone: 'quiet',
  parts: [{ kind: 'title', text: [title] }, ...parts],
  controls: [],
  notifies: [],
  summary,
})

/** What is limited, and the option that sets it. */
const CAPS: [CapRule, string, string][] = [
  ['personDayUsd', 'One person and day', 'person-day'],
  ['communityMonthUsd', 'This place and month', 'month'],
  ['jobUsd', 'One upscale', 'upscale'],
  ['jobsAtOnce', 'Upscales of one person at once', 'at-once'],
]

/** The caps that hold here: the installation's and the place's own side by side. */
export function capsView(installation: Readonly<Caps>, own: Readonly<Rules>, outcome: RuleOutcome): View {
  const { totalMonthUsd } = installation
  return quiet(
    'What may be spent here',
    [
      ...outcomeParts(outcome),
      ...CAPS.map(([rule, what, option]) =>
        text([`${what} (`, { code: option }, '): ', ...capText(rule, installation[rule], own[rule])]),
      ),
      ...(totalMonthUsd === null
        ? []
        : [
            text([
              'All places of this bot and month: ',
              { bold: formatUsd(totalMonthUsd) },
              ', by the settings of whoever runs it',
            ]),
          ]),
      note([
        'To set one: ',
        typed('caps person-day 5'),
        '; ',
        typed('caps person-day off'),
        ' removes it. Days and months are those of UTC.',
      ]),
    ],
    outcome === 'set' ? 'The caps of this place were changed.' : 'The caps of this place.',
  )
}

function capText(rule: CapRule, theirs: number | null, own: number | null): Text {
  const show = (limit: number) => (rule === 'jobsAtOnce' ? String(limit) : formatUsd(limit))
  if (own === null) {
    if (theirs === null) return [{ bold: 'no cap' }]
    return [{ bold: show(theirs) }, ', by the settings of whoever runs this bot; none of this place']
  }
  if (theirs === null)
    return [{ bold: show(own) }, ', set by this place; the settings of whoever runs this bot have none']
  if (own > theirs)
    return [
      { bold: show(theirs) },
      `, by the settings of whoever runs this bot; the ${show(own)} of this place is above it and has no effect`,
    ]
  return [
    { bold: show(own) },
    `, set by this place; the settings of whoever runs this bot allow ${show(theirs)}`,
  ]
}

/** Above which price somebody else has to agree here, and who may. */
export function approvalView(approval: Approval | null, outcome: RuleOutcome): View {
  const title = 'Approval'
  const now = outcomeParts(outcome)
  if (!approval) {
    const what = 'Nobody else has to agree here: whoever asks confirms alone.'
    return quiet(
      title,
      [text([what]), ...now, note(['To ask for it above an amount: ', typed('approval above 3'), '.'])],
      what,
    )
  }
  const above = formatUsd(approval.aboveUsd)
  const named: Span[] = [
    ...approval.groups.map(group => ({ group })),
    ...approval.people.map(mention => ({ mention })),
  ]
  return quiet(
    title,
    [
      text([
        'Above ',
        { bold: above },
        ' for one press, somebody else has to agree too: ',
        ...named.flatMap((one): Text => [one, ', ']),
        named.length > 0 ? 'or whoever manages this place.' : 'whoever manages this place.',
      ]),
      text(['Nobody approves what they asked for themselves.']),
      ...now,
      note([
        'To name who may: ',
        typed('approval above 3 group @approvers person @ann'),
        '; they take the place of all who were named. ',
        typed('approval off'),
        ' ends it and forgets them.',
      ]),
    ],
    `Above ${above} somebody else has to agree.`,
  )
}

/** What one person has drawn from the pool. */
export interface Drawn {
  personId: string
  usedUsd: MicroUsd
}

/** People who are named; platforms cut longer messages. */
const MOST_PEOPLE = 10

/** The pool as it is. `drawn`: since it was put aside, the most first. */
export function poolView(pool: Pool | null, drawn: readonly Drawn[], outcome: RuleOutcome): View {
  const title = 'Pool'
  const now = outcomeParts(outcome)
  if (!pool) {
    const what = 'Nothing is put aside here: only the caps limit what is spent.'
    return quiet(
      title,
      [text([what]), ...now, note(['To put an amount aside for everybody: ', typed('pool 20 each 5'), '.'])],
      what,
    )
  }
  const { amountUsd, perHeadUsd, since } = pool
  const used = drawn.reduce((sum, { usedUsd }) => sum + usedUsd, 0)
  const rest = drawn.slice(MOST_PEOPLE)
  const sums = `${formatUsd(used)} of it drawn, ${left(amountUsd, used)} left`
  return quiet(
    title,
    [
      text([
        { bold: formatUsd(amountUsd) },
        ' for everybody here, since ',
        { time: since, as: 'date' },
        ': ',
        { bold: `${sums}.` },
        ' Nothing beyond it is spent here.',
      ]),
      text([
        perHeadUsd === null
          ? 'One person may draw all of it.'
          : `One person may draw ${formatUsd(perHeadUsd)} of it.`,
      ]),
      ...drawn
        .slice(0, MOST_PEOPLE)
        .map(({ personId, usedUsd }) =>
          text([
            { mention: personId },
            ` · ${formatUsd(usedUsd)} drawn`,
            perHeadUsd === null ? '' : ` · ${left(perHeadUsd, usedUsd)} of their own left`,
          ]),
        ),
      ...(rest.length > 0
        ? [
            text([
              `and ${rest.length} more · ${formatUsd(rest.reduce((sum, { usedUsd }) => sum + usedUsd, 0))} drawn`,
            ]),
          ]
        : []),
      ...now,
      note([
        typed('pool add 10'),
        ' puts more into it, ',
        typed('pool each 5'),
        ' says what one person may draw, ',
        typed('pool 20'),
        ' begins a new one, ',
        typed('pool off'),
        ' ends it. Drawn is what was charged, is agreed to, or may have been charged.',
      ]),
    ],
    `The pool: ${sums}.`,
  )
}

/** Rounded down: what is left must not look like more than there is. */
const left = (limit: MicroUsd, used: MicroUsd) =>
  formatUsd(Math.floor(Math.max(0, limit - used) / 10_000) * 10_000)

/** What was to be changed in a pool, and there is none. */
export const noPool = (): View =>
  line(
    [
      'There is no pool here to change. ',
      typed('pool 20'),
      ' puts $20.00 aside for everybody. Nothing was changed.',
    ],
    'There is no pool here. Nothing was changed.',
  )
