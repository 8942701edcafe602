import { type APIComponentInContainer, ComponentType } from 'discord.js'
import { MessageCreateRequestSchema } from 'discord-api-spec/zod'
import { describe, expect, it } from 'vitest'
import { fairShare, type Payload, render } from '../../../adapters/discord/render.ts'
import type { Action } from '../../../src/core/action.ts'
import type { Button, Part, View } from '../../../src/core/view.ts'

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
const inside = (payload: Payload): APIComponentInContainer[] => payload.components[0].components
const texts = (payload: Payload) =>
  inside(payload).flatMap(c => (c.type === ComponentType.TextDisplay ? [c.content] : []))

/** Every component with those inside it, and all letters: what Discord counts. */
function counted(payload: Payload) {
  let components = 0
  let letters = 0
  const walk = (nodes: readonly unknown[]) => {
    for (const node of nodes as { components?: unknown[]; content?: string }[]) {
      components += 1
      letters += node.content?.length ?? 0
      walk(node.components ?? [])
    }
  }
  walk(payload.components)
  return { components, letters }
}

function expectAcceptable(payload: Payload) {
  expect(MessageCreateRequestSchema.safeParse(payload).error?.issues ?? []).toEqual([])
  const { components, letters } = counted(payload)
  expect(components).toBeLessThanOrEqual(40)
  expect(letters).toBeLessThanOrEqual(4000)
  expect(inside(payload).length).toBeGreaterThan(0)
  for (const text of texts(payload)) expect(text.trim()).not.toBe('')
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
      [button('Confirm $0.25'), { kind: 'button', label: 'Cancel', look: 'plain', action: action('cancel') }],
    ],
  },
)

describe('a View as a Discord message', () => {
  it('draws the quote card: heading, facts, aligned choices, small print, select and buttons', () => {
    const payload = render(CARD)
    expectAcceptable(payload)
    expect(payload.flags).toBe(1 << 15)
    expect(texts(payload).map(t => t.replaceAll('\u00A0', ' '))).toEqual([
      '### Upscale fox\\_walk.mp4',
      '640x360 · 30 fps · 0:12 · H.264 · sound',
      [
        '▹ `1x    640x360   $0.12`',
        '▸ **`2x   1280x720   $0.25`** **chosen**',
        '▹ `4x  2560x1440  $10.50`',
      ].join('\n'),
      '-# The offer ends <t:1800000000:R>.',
    ])
    expect(inside(payload).map(c => c.type)).toEqual([10, 10, 10, 14, 10, 1, 1])
    const [select, buttons] = inside(payload).slice(-2) as { components: object[] }[]
    expect(select?.components).toMatchObject([
      {
        type: 3,
        custom_id: 'u1:factor:k3j9x2m4q8:1',
        placeholder: 'Change the size',
        options: [{}, { default: true }],
      },
    ])
    expect(buttons?.components).toMatchObject([
      { type: 2, style: 1, label: 'Confirm $0.25', custom_id: 'u1:confirm:k3j9x2m4q8:1' },
      { type: 2, style: 2, label: 'Cancel', custom_id: 'u1:cancel:k3j9x2m4q8:1' },
    ])
  })

  it('aligns choices to one width on every row, so that figures stand under each other', () => {
    const rows = texts(render(CARD))[2]!
      .split('\n')
      .map(row => /`(.*)`/.exec(row)![1]!)
    expect(new Set(rows.map(row => row.length)).size).toBe(1)
  })

  it('writes choices as words where a row of code would break on a phone', () => {
    const payload = render(
      view([
        {
          kind: 'choices',
          columns: [
            { head: '2x', lines: ['a line that is much too long for code', '*'], chosen: true },
            { head: '4x', lines: [], chosen: false },
          ],
        },
      ]),
    )
    expect(texts(payload)).toEqual([
      '▸ **2x** · a line that is much too long for code · \\* **chosen**\n▹ **4x**',
    ])
  })

  it('gives each tone its colour, and a quiet message none', () => {
    const colours = (['asking', 'working', 'good', 'bad', 'quiet'] as const).map(
      tone => render(view([{ kind: 'text', text: ['x'] }], { tone })).components[0].accent_color,
    )
    expect(new Set(colours).size).toBe(5)
    expect(colours[4]).toBeNull()
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
    expect(texts(render(view([{ kind: 'bar', done, label: ['0 %'] }])))).toEqual([expected])
  })

  it('shows a video in place and names other files', () => {
    const payload = render(
      view([
        { kind: 'file', fileName: 'fox walk (2x).mp4', description: '1280x720' },
        { kind: 'file', fileName: 'log.txt', description: 'x' },
      ]),
    )
    expectAcceptable(payload)
    expect(inside(payload)).toMatchObject([
      { type: 12, items: [{ media: { url: 'attachment://fox_walk_2x.mp4' }, description: '1280x720' }] },
      { type: 13, file: { url: 'attachment://log.txt' } },
    ])
  })

  it('puts neighbouring links into one row of buttons', () => {
    const link = (n: number): Part => ({ kind: 'link', url: `https://a.example/${n}`, label: `Open ${n}` })
    const payload = render(view([link(1), link(2), { kind: 'rule' }, ...[3, 4, 5, 6, 7, 8].map(link)]))
    expectAcceptable(payload)
    const rows = inside(payload).map(c => (c.type === ComponentType.ActionRow ? c.components.length : '-'))
    expect(rows).toEqual([2, '-', 5, 1])
  })

  it('writes a link that is too long for a button into the text, and drops one that is none', () => {
    const url = `https://a.example/${'x'.repeat(600)}`
    const payload = render(
      view([
        { kind: 'link', url, label: 'Open [it]' },
        { kind: 'link', url: 'javascript:alert(1)', label: 'Do not' },
      ]),
    )
    expectAcceptable(payload)
    expect(texts(payload)).toEqual([`[Open \\[it\\]](${url})`, 'Do not'])
  })

  it('notifies only whom the View names, whatever its words hold', () => {
    const payload = render(view([{ kind: 'text', text: ['@everyone <@1>'] }], { notifies: ['7', '7', '8'] }))
    expect(payload.allowed_mentions).toEqual({ parse: [], users: ['7', '8'], roles: [] })
    expect(texts(payload)).toEqual(['\\@everyone \\<\\@1\\>'])
  })

  it('notifies the groups that the View names, and never everybody', () => {
    const ask: Part = { kind: 'text', text: [{ group: '9' }, ' or ', { group: 'everyone' }] }
    const payload = render(view([ask], { notifiesGroups: ['9', '9', 'everyone'] }))
    expect(payload.allowed_mentions).toEqual({ parse: [], users: [], roles: ['9'] })
    expect(texts(payload)).toEqual(['<@&9> or \\@everyone'])
  })

  it('is never empty', () => {
    expectAcceptable(render(view([])))
    expectAcceptable(
      render(
        view([
          { kind: 'text', text: ['\u200B'] },
          { kind: 'title', text: [] },
        ]),
      ),
    )
  })
})

describe("Discord's limits", () => {
  const huge = '*a_b `c` '.repeat(1200) // 10,800 letters, most of which need escaping

  it('are kept by a View whose every string has ten thousand letters', () => {
    const parts: Part[] = [
      { kind: 'title', text: [huge] },
      {
        kind: 'text',
        text: [huge, { bold: huge }, { code: huge }, { link: 'https://a.example', text: huge }],
      },
      { kind: 'note', text: [{ bold: huge }] },
      {
        kind: 'choices',
        columns: [1, 2, 3].map(n => ({ head: huge, lines: [huge, huge], chosen: n === 2 })),
      },
      { kind: 'bar', done: 0.5, label: [huge] },
      { kind: 'file', fileName: `${huge}.mp4`, description: huge },
      { kind: 'link', url: `https://a.example/${huge}`, label: huge },
      { kind: 'link', url: 'https://a.example', label: huge },
    ]
    const option = { value: '1', label: huge, description: huge, chosen: false }
    const payload = render(
      view(parts, {
        controls: [
          [button(huge)],
          { kind: 'select', placeholder: huge, action: action('factor'), options: [option] },
        ],
        notifies: Array.from({ length: 300 }, (_, i) => `${100_000_000_000_000_000n + BigInt(i)}`),
      }),
    )
    expectAcceptable(payload)
    expect(counted(payload).letters).toBeGreaterThan(3000)
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
      () => ({ kind: 'rule' }),
      () => ({ kind: 'link', url: `https://a.example/${random(9)}`, label: 'z' }),
      () => ({ kind: 'file', fileName: 'a.mp4', description: '' }),
    ]
    for (let round = 0; round < 300; round++) {
      const parts = Array.from({ length: random(80) }, () => kinds[random(kinds.length)]!())
      const controls = Array.from({ length: random(4) }, (_, row) =>
        Array.from({ length: 1 + random(12) }, (_, i) => button('b', row * 100 + i)),
      )
      expectAcceptable(render(view(parts, { controls })))
    }
    const rules = render(view(Array.from({ length: 60 }, (): Part => ({ kind: 'rule' }))))
    expect(texts(rules)).toEqual(['…'])
  })

  it('cut the longest texts first and leave the short ones whole', () => {
    const payload = render(
      view([
        { kind: 'text', text: ['x'.repeat(9000)] },
        { kind: 'note', text: ['short'] },
      ]),
    )
    expect(texts(payload)[1]).toBe('-# short')
    expect(fairShare([10, 5000, 5000], 4000)).toBe(1995)
    expect(fairShare([10, 20], 4000)).toBe(Number.POSITIVE_INFINITY)
  })

  it('are kept by the buttons of any message, which act at once where there is no question to ask', () => {
    const ask = { title: 'Sure?', text: 'It may be charged twice.', yes: 'Try again for $1,234.56', no: 'No' }
    const names = ['retry', 'cancel', 'confirm'] as const
    const buttons = names.map((name, i) => ({ ...button('x'), action: action(name, i), ask }))
    for (const tone of ['working', 'bad'] as const) {
      const note: Part = { kind: 'note', text: ['Queued'] }
      const payload = render(view([note], { tone, controls: [buttons] }))
      expectAcceptable(payload)
      expect(inside(payload).at(-1)).toMatchObject({
        components: names.map((name, i) => ({ style: 1, custom_id: `u1:${name}:k3j9x2m4q8:${i}` })),
      })
    }
    const long = `Try again with ${'🦊'.repeat(60)}`
    const cutTo80 = JSON.stringify(render(view([], { controls: [[button(long)]] })))
    expect(cutTo80).toContain(`"label":"Try again with ${'🦊'.repeat(32)}…"`)
  })

  it('cut no label of a button to nothing', () => {
    const payload = render(view([], { controls: [[button('\u200B')]] }))
    expectAcceptable(payload)
    expect(JSON.stringify(payload)).toContain('"label":"…"')
  })
})
