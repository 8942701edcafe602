import type { KnownBlock, RichTextElement, RichTextSection } from '@slack/types'
import { describe, expect, it } from 'vitest'
import { notUnderstood, pressBroke, requestBroke, unknownCommand } from '../../../adapters/slack/apologies.ts'
import { LINK_ACTION } from '../../../adapters/slack/parts.ts'
import { fairShare, type Payload, render } from '../../../adapters/slack/render.ts'
import type { Action } from '../../../src/core/action.ts'
import { REFUSALS } from '../../../src/core/errors.ts'
import type { Agreed, JobIn } from '../../../src/core/job.ts'
import { problemView } from '../../../src/core/messages/admin.ts'
import {
  answeredApprovalView,
  approvalNews,
  approvalView,
  lastAsked,
} from '../../../src/core/messages/approval.ts'
import { type Carded, quoteCard } from '../../../src/core/messages/card.ts'
import { failureView } from '../../../src/core/messages/failure.ts'
import { progressView } from '../../../src/core/messages/progress.ts'
import { refusalView } from '../../../src/core/messages/refusals.ts'
import { resultView, undeliveredView } from '../../../src/core/messages/result.ts'
import { answeredView, unconfirmedView } from '../../../src/core/messages/unconfirmed.ts'
import { alreadyAnswered, notYours } from '../../../src/core/messages/whispers.ts'
import type { Button, Part, View } from '../../../src/core/view.ts'
import { messageProblems } from '../../../src/sandbox/slack/block-rules.ts'
import { NOON, STATES, sampleJob } from '../../kit/jobs.ts'
import { faultsOfMessage, lettersIn } from './block-kit.ts'

const action = (name: Action['name'] = 'confirm', version = 1): Action => ({
  name,
  jobId: 'k3j9x2m4q8',
  version,
})
const button = (label: string, version = 1): Button => ({
  kind: 'button',
  label,
  look: 'primary',
  action: action('confirm', version),
})
const view = (parts: Part[], rest: Partial<View> = {}): View => ({
  tone: 'asking',
  parts,
  controls: [],
  notifies: [],
  summary: 'summary',
  ...rest,
})

const types = (payload: Payload) => payload.blocks.map(block => block.type)
/** The words of each block that has some, as they are read in it. */
const words = ({ blocks }: Payload) => blocks.flatMap(block => wordsOf(block) ?? [])
const elementsOf = (block: KnownBlock): RichTextElement[] =>
  block.type === 'rich_text' ? block.elements.flatMap(section => (section as RichTextSection).elements) : []
function wordsOf(block: KnownBlock): string | null {
  if (block.type === 'header') return block.text.text
  if (block.type === 'context') return block.elements.map(e => ('text' in e ? e.text : '')).join('')
  if (block.type !== 'rich_text') return null
  return elementsOf(block)
    .map(e => ('text' in e ? e.text : 'fallback' in e ? e.fallback : 'user_id' in e ? `@${e.user_id}` : ''))
    .join('')
}
const drawn = (parts: Part[]) => words(render(view(parts))).map(text => text.replaceAll('\u00A0', ' '))
/** By our own reading of Slack's rules and by that of the stand-in. */
function accepted(payload: Payload) {
  expect(faultsOfMessage(payload)).toEqual([])
  expect(messageProblems(payload.blocks)).toEqual([])
}

const CARD = view(
  [
    { kind: 'title', text: ['Upscale fox_walk.mp4'] },
    { kind: 'text', text: ['640x360 · 30 fps · 0:12 · H.264 · sound'] },
    {
      kind: 'choices',
      columns: [
        { head: '1x', lines: ['640x360', '$0.12'], chosen: false },
        { head: '2x', lines: ['1280x720', '$0.25'], chosen: true },
        { head: '4x', lines: ['2560x1440', '$10.50'], chosen: false },
      ],
    },
    { kind: 'rule' },
    { kind: 'note', text: ['The offer ends ', { time: 1_800_000_000_000, as: 'relative' }, '.'] },
  ],
  {
    controls: [
      {
        kind: 'select',
        placeholder: 'Change the size',
        action: action('factor'),
        options: [
          { value: '1', label: '1x for $0.12', description: '', chosen: false },
          { value: '2', label: '2x for $0.25', description: '640x360 becomes 1280x720', chosen: true },
        ],
      },
      [
        {
          ...button('Confirm $0.25'),
          ask: { title: 'Confirm $0.25?', text: 'It is charged once.', yes: 'Confirm $0.25', no: 'Not yet' },
        },
        { kind: 'button', label: 'Cancel', look: 'plain', action: action('cancel') },
      ],
    ],
  },
)

describe('a View as Block Kit', () => {
  it('draws the quote card: heading, facts, aligned choices, small print, select and buttons', () => {
    const payload = render(CARD)
    accepted(payload)
    expect(types(payload)).toEqual([
      'header',
      'rich_text',
      'rich_text',
      'divider',
      'context',
      'actions',
      'actions',
    ])
    expect(drawn(CARD.parts)).toEqual([
      'Upscale fox_walk.mp4',
      '640x360 · 30 fps · 0:12 · H.264 · sound',
      ['▹ 1x    640x360   $0.12', '▸ 2x   1280x720   $0.25 chosen', '▹ 4x  2560x1440  $10.50'].join('\n'),
      'The offer ends <!date^1800000000^at {time} {date_short_pretty}|at 08:00 UTC>.',
    ])
    const [select, buttons] = payload.blocks.slice(-2)
    expect(select).toMatchObject({
      elements: [
        {
          type: 'static_select',
          action_id: 'u1:factor:k3j9x2m4q8:1',
          placeholder: { text: 'Change the size' },
          initial_option: { value: '2' },
        },
      ],
    })
    expect(buttons).toMatchObject({
      elements: [
        { style: 'primary', text: { text: 'Confirm $0.25' }, action_id: 'u1:confirm:k3j9x2m4q8:1' },
        { text: { text: 'Cancel' }, action_id: 'u1:cancel:k3j9x2m4q8:1' },
      ],
    })
  })

  it('aligns choices to one width on every row, and marks the chosen one by bold letters and a word', () => {
    const rows = elementsOf(render(CARD).blocks[2]!).flatMap(e =>
      e.type === 'text' && e.style?.code ? [e] : [],
    )
    expect(new Set(rows.map(row => row.text.length)).size).toBe(1)
    expect(rows.map(row => row.style?.bold ?? false)).toEqual([false, true, false])
  })

  it('writes choices as words where a row of code would break on a phone', () => {
    const columns = [
      { head: '2x', lines: ['a line that is much too long for code', '*'], chosen: true },
      { head: '4x', lines: [], chosen: false },
    ]
    expect(drawn([{ kind: 'choices', columns }])).toEqual([
      '▸ 2x · a line that is much too long for code · * chosen\n▹ 4x',
    ])
  })

  it("asks Slack's own question before a button acts that has one, in the colour of its button", () => {
    const asked = (look: Button['look']) =>
      JSON.stringify(
        render(
          view([], {
            controls: [[{ ...button('x'), look, ask: { title: 'a', text: 'b', yes: 'c', no: 'd' } }]],
          }),
        ).blocks,
      )
    expect(render(CARD).blocks.at(-1)).toMatchObject({
      elements: [
        {
          confirm: {
            title: { text: 'Confirm $0.25?' },
            text: { text: 'It is charged once.' },
            confirm: { text: 'Confirm $0.25' },
            deny: { text: 'Not yet' },
            style: 'primary',
          },
        },
        expect.not.objectContaining({ confirm: expect.anything() }),
      ],
    })
    expect(asked('danger')).toMatch(/"confirm":\{.*"style":"danger"\}/)
  })

  it.each([
    [0, '▱▱▱▱▱▱▱▱▱▱▱▱  0 %'],
    [0.5, '▰▰▰▰▰▰▱▱▱▱▱▱  0 %'],
    [1, '▰▰▰▰▰▰▰▰▰▰▰▰  0 %'],
    [7, '▰▰▰▰▰▰▰▰▰▰▰▰  0 %'],
    [-1, '▱▱▱▱▱▱▱▱▱▱▱▱  0 %'],
    [Number.NaN, '▰▱▱▰▱▱▰▱▱▰▱▱  0 %'],
    [null, '▰▱▱▰▱▱▰▱▱▰▱▱  0 %'],
  ])('draws a bar that is done to %s', (done, expected) => {
    expect(drawn([{ kind: 'bar', done, label: ['0 %'] }])).toEqual([expected])
  })

  it('draws nothing for a file: Slack shows it where it is shared', () => {
    const payload = render(
      view([
        { kind: 'text', text: ['ready'] },
        { kind: 'file', fileName: 'a.mp4', description: 'b' },
      ]),
    )
    expect(words(payload)).toEqual(['ready'])
  })

  it('puts neighbouring links into one row of buttons, each with a name that tells it from our own', () => {
    const link = (n: number): Part => ({ kind: 'link', url: `https://a.example/${n}`, label: `Open ${n}` })
    const many = Array.from({ length: 27 }, (_, n) => link(n + 3))
    const payload = render(view([link(1), link(2), { kind: 'rule' }, ...many]))
    accepted(payload)
    const rows = payload.blocks.map(b => (b.type === 'actions' ? b.elements.length : '-'))
    expect(rows).toEqual([2, '-', 25, 2])
    const ids = JSON.stringify(payload.blocks).match(/"action_id":"[^"]*"/g)!
    expect(new Set(ids).size).toBe(29)
    expect(ids.every(id => id.startsWith(`"action_id":"${LINK_ACTION}`))).toBe(true)
    expect(JSON.stringify(payload.blocks)).toContain('"url":"https://a.example/29"')
  })

  it('leaves of a link that Slack would not take its label alone', () => {
    const payload = render(
      view([
        { kind: 'link', url: `https://a.example/${'x'.repeat(3000)}`, label: 'Open [it]' },
        { kind: 'link', url: 'javascript:alert(1)', label: 'Do not' },
      ]),
    )
    accepted(payload)
    expect(words(payload)).toEqual(['Open [it]', 'Do not'])
  })

  it('is never empty', () => {
    accepted(render(view([], { summary: '' })))
    accepted(render(view([{ kind: 'file', fileName: 'a', description: '' }], { summary: '\u200B' })))
    accepted(
      render(
        view([
          { kind: 'text', text: ['\u200B'] },
          { kind: 'title', text: [] },
          { kind: 'note', text: [' '] },
          { kind: 'choices', columns: [] },
        ]),
      ),
    )
  })

  it('has a line for notifications, in which nothing acts', () => {
    const payload = render(view([], { summary: '> *a* <!channel> & https://x.example' }))
    expect(payload.text).toBe('\u00AD&gt; ∗a∗ &lt;!channel&gt; &amp; https∶//x.example')
  })
})

describe('every message there is', () => {
  const names = { provider: 'Acme', creditsUrl: 'https://acme.example/credits' }
  const link = { url: `https://murano.example/f/${'x'.repeat(80)}`, until: NOON, reachable: true }
  const HOSTILE = [
    'clip.mp4',
    '<!channel> <!everyone> <@U012AB3CD>.mp4',
    '`*_~ :tada: https://evil.example & &lt;!here&gt;',
    'invoice\u202Egpj.mp4',
    `${'x'.repeat(296)}.mp4`,
    'a\nb\r\n> c',
    '\u200B',
    '\uD800',
  ]
  const views = (fileName: string): View[] => {
    const jobs = STATES.map(state => ({ ...sampleJob(state), fileName, requesterId: 'U012AB3CD' }))
    const of = <S extends string>(...states: S[]) =>
      jobs.filter(job => (states as string[]).includes(job.state))
    const carded = jobs.filter(job => job.state !== 'quoting') as Carded[]
    const open = ['quoted', 'awaiting_approval', 'declined', 'expired', 'cancelled']
    const agreed = carded.filter(job => !open.includes(job.state)) as Agreed[]
    const [awaiting] = of('awaiting_approval') as JobIn<'awaiting_approval'>[]
    const [declined] = of('declined') as JobIn<'declined'>[]
    const [unconfirmed] = of('unconfirmed') as JobIn<'unconfirmed'>[]
    const [undelivered] = of('undelivered') as JobIn<'undelivered'>[]
    return [
      ...carded.map(job => quoteCard(job, names)),
      ...agreed.map(job => progressView(job, names, NOON + 50_000)),
      ...agreed.map(job => answeredView(job, names)),
      approvalView(awaiting!, names),
      answeredApprovalView(declined!, lastAsked(declined!)!),
      approvalNews(declined!, lastAsked(declined!)!)!,
      problemView({ problem: 'unknown_option', act: 'approval', given: fileName }),
      problemView({ problem: 'option', act: 'spend', option: 'month', given: fileName, wanted: 'month' }),
      unconfirmedView(unconfirmed!, names),
      failureView((of('failed') as JobIn<'failed'>[])[0]!, names),
      resultView((of('delivered') as JobIn<'delivered'>[])[0]!, { kind: 'attached' }, names, NOON),
      resultView(undelivered!, { kind: 'linked', tooLarge: true, ...link }, names, NOON),
      undeliveredView(undelivered!, link, names),
      ...jobs.flatMap(job => [notYours(job), alreadyAnswered(job)]),
      ...REFUSALS.map(code => refusalView({ code, facts: { container: fileName, codec: fileName } }, names)),
      requestBroke,
      pressBroke,
      unknownCommand,
      notUnderstood('x'),
    ]
  }

  it.each(HOSTILE)(
    'is taken by Slack where the clip is called %j, and none of its letters does anything',
    name => {
      for (const each of views(name)) {
        const payload = render(each)
        accepted(payload)
        const { text, blocks } = payload
        const mrkdwn = blocks.flatMap(b => (b.type === 'context' ? [wordsOf(b)!] : []))
        for (const line of [text, ...mrkdwn])
          expect(line.replace(/<!date\^\d+\^[^<>]*>|<@U012AB3CD>/g, '')).not.toMatch(/[<>]/)
        expect(JSON.stringify(payload)).not.toMatch(
          /"type":"(broadcast|channel|usergroup|emoji)"|\\n>|\u202E/,
        )
      }
    },
  )

  it('asks before money moves: the price, what for, and that it is once', () => {
    const card = quoteCard({ ...sampleJob('quoted'), fileName: 'x'.repeat(300) }, names)
    const confirm = JSON.stringify(render(card).blocks.at(-1))
    for (const fact of ['"Confirm $0.16?"', 'Acme charges $0.16, once, for 2x (1280x720) of xxx']) {
      expect(confirm).toContain(fact)
    }
    const { offer } = sampleJob('quoted')
    const estimate = quoteCard({ ...sampleJob('quoted'), offer: { ...offer, kind: 'estimate' } }, names)
    expect(JSON.stringify(render(estimate).blocks.at(-1))).toContain('charges about $0.16, once')
    const asked = JSON.stringify(render(unconfirmedView(sampleJob('unconfirmed'), names)).blocks.at(-1))
    expect(asked).toContain('$0.16 is charged once more')
    expect(asked.match(/"confirm":\{"title"/g)).toHaveLength(1)
  })

  it('names the requester to be notified, and each word of a long question is whole', () => {
    const result = render(views('clip.mp4').find(v => v.summary.startsWith('Your video is ready'))!)
    expect(JSON.stringify(result.blocks)).toContain('{"type":"user","user_id":"U012AB3CD"}')
    expect(JSON.stringify(views('clip.mp4').map(v => render(v).blocks))).not.toContain('…')
  })
})

describe("Slack's limits", () => {
  const huge = '*a_b `c` <!here> & '.repeat(700)

  it('are kept by a View whose every string has ten thousand letters', () => {
    const parts: Part[] = [
      { kind: 'title', text: [huge] },
      {
        kind: 'text',
        text: [huge, { bold: huge }, { code: huge }, { link: 'https://a.example', text: huge }],
      },
      { kind: 'note', text: [{ bold: huge }, { code: huge }] },
      {
        kind: 'choices',
        columns: [1, 2, 3].map(n => ({ head: huge, lines: [huge, huge], chosen: n === 2 })),
      },
      { kind: 'bar', done: 0.5, label: [huge] },
      { kind: 'file', fileName: `${huge}.mp4`, description: huge },
      { kind: 'link', url: `https://a.example/${huge}`, label: huge },
      { kind: 'link', url: 'https://a.example', label: huge },
    ]
    const option = { value: '1', label: huge, description: huge, chosen: true }
    const ask = { title: huge, text: huge, yes: huge, no: huge }
    const payload = render(
      view(parts, {
        controls: [
          [{ ...button(huge), ask }],
          {
            kind: 'select',
            placeholder: huge,
            action: action('factor'),
            options: Array.from({ length: 20 }, () => option),
          },
        ],
        summary: huge,
      }),
    )
    accepted(payload)
    expect(lettersIn(payload.blocks)).toBeGreaterThan(3000)
  })

  it('are kept by any number of parts and controls, and what is left out is said to be', () => {
    let seed = 1
    const random = (n: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % n
    }
    const kinds: (() => Part)[] = [
      () => ({ kind: 'text', text: ['x'.repeat(random(900))] }),
      () => ({ kind: 'title', text: [{ bold: 'y'.repeat(random(300)) }] }),
      () => ({ kind: 'note', text: ['&'.repeat(random(900)), { time: NOON, as: 'date' }] }),
      () => ({ kind: 'rule' }),
      () => ({ kind: 'link', url: `https://a.example/${random(9)}`, label: 'z' }),
      () => ({ kind: 'file', fileName: 'a.mp4', description: '' }),
    ]
    for (let round = 0; round < 300; round++) {
      const parts = Array.from({ length: random(80) }, () => kinds[random(kinds.length)]!())
      const controls = Array.from({ length: random(4) }, (_, row) =>
        Array.from({ length: 1 + random(30) }, (_, i) => button('b', row * 100 + i)),
      )
      const payload = render(view(parts, { controls }))
      accepted(payload)
      const buttons = payload.blocks.flatMap(b => (b.type === 'actions' ? b.elements : []))
      const ours = buttons.filter(b => !b.action_id!.startsWith(LINK_ACTION))
      expect(ours).toHaveLength(controls.flat().length)
    }
    const rules = render(view(Array.from({ length: 60 }, (): Part => ({ kind: 'rule' }))))
    expect(words(rules)).toEqual(['…'])
  })

  it('cut the longest texts first and leave the short ones whole', () => {
    const short: Part = { kind: 'note', text: ['short'] }
    expect(drawn([{ kind: 'text', text: ['x'.repeat(9000)] }, short])[1]).toBe('short')
    const choices: Part = {
      kind: 'choices',
      columns: [{ head: 'h'.repeat(80), lines: ['l'.repeat(80)], chosen: true }],
    }
    const crowded = drawn([
      ...Array.from({ length: 40 }, (): Part => ({ kind: 'text', text: ['x'.repeat(900)] })),
      choices,
    ])
    expect(crowded.at(-1)).toBe('…')
    expect(fairShare([10, 5000, 5000], 4000)).toBe(1995)
    expect(fairShare([10, 20], 4000)).toBe(Number.POSITIVE_INFINITY)
  })

  it('are kept by the buttons of any message and by what they ask', () => {
    const ask = { title: 'Sure?', text: 'It may be charged twice.', yes: 'Try again for $1,234.56', no: 'No' }
    const names = ['retry', 'cancel', 'confirm'] as const
    const buttons = names.map((name, i) => ({ ...button('x'), action: action(name, i), ask }))
    for (const tone of ['working', 'bad'] as const) {
      const note: Part = { kind: 'note', text: ['Queued'] }
      const payload = render(view([note], { tone, controls: [buttons] }))
      accepted(payload)
      expect(payload.blocks.at(-1)).toMatchObject({
        elements: names.map((name, i) => ({
          action_id: `u1:${name}:k3j9x2m4q8:${i}`,
          confirm: { confirm: { text: 'Try again for $1,234.56' }, deny: { text: 'No' } },
        })),
      })
    }
    const long = { title: 'y'.repeat(200), text: 'y'.repeat(400), yes: 'y'.repeat(40), no: 'y'.repeat(40) }
    const cutToFit = render(
      view([], { controls: [[{ ...button(`Try again with ${'🦊'.repeat(60)}`), ask: long }]] }),
    )
    accepted(cutToFit)
    expect(JSON.stringify(cutToFit)).toContain(`"text":"Try again with ${'🦊'.repeat(29)}…"`)
    expect(JSON.stringify(cutToFit)).toContain(`"confirm":{"type":"plain_text","text":"${'y'.repeat(29)}…"`)
  })

  it('cut no label of a button to nothing, and draw no select without options', () => {
    const select = { kind: 'select' as const, placeholder: '', action: action('factor'), options: [] }
    const payload = render(view([], { controls: [[button('\u200B')], select] }))
    accepted(payload)
    expect(payload.blocks).toMatchObject([{ elements: [{ text: { text: '…' } }] }])
  })
})
