import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closingOf, MANAGER, type Person, type Seen } from '../../src/sandbox/person.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { parseCsv } from '../kit/csv.ts'
import { openStage, type Stage } from '../kit/stage.ts'

/** A spreadsheet would run it. */
const EVIL = '=1+1,"é".mp4'
type Row = Record<string, string>

/** In millionths, as nothing here is rounded. */
const micro = (dollars: number | string) => Math.round(Number(dollars) * 1_000_000)
const sum = (rows: readonly Row[], column: string) =>
  rows.reduce((total, row) => total + micro(row[column] || 0), 0)

describe.each(['discord', 'slack'] as const)('the books on %s', platform => {
  let stage: Stage
  let mira: Person
  let jonas: Person
  let ada: Person
  beforeAll(async () => {
    stage = await openStage()
    mira = await stage.person(platform, 'Mira')
    jonas = await stage.person(platform, 'Jonas')
    ada = await stage.person(platform, MANAGER)
    await mira.botOnline()
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  /** A clip that costs $0.039 at 2x. */
  async function upscaled(person: Person, name = 'clip.mp4'): Promise<Seen> {
    const bytes = await readFile(clipPath(clips.mp4Sound))
    const card = await person.ask({ way: 'command', clip: { bytes, name }, factor: 2 })
    await person.press(card, 'Confirm')
    return closingOf(person, card)
  }
  async function withFault(fault: string, person: Person): Promise<Seen> {
    await stage.fault(fault, true)
    const closing = await upscaled(person)
    await stage.fault(fault, false)
    return closing
  }
  const file = async (seen: Seen, name: string) => {
    expect(seen.files.map(f => f.name)).toEqual([name])
    const answer = await fetch(seen.files[0]!.url)
    expect(answer.status).toBe(200)
    // The mark at its beginning is part of the file, and text() would swallow it.
    return Buffer.from(await answer.arrayBuffer()).toString()
  }
  const month = new Date().toISOString().slice(0, 7)
  /** What the far side has charged and given back, by its own book. */
  const theirs = (queueIds?: ReadonlySet<string>) =>
    stage.sandbox.venice
      .book()
      .jobs.filter(job => !queueIds?.has(job.queue_id))
      .reduce(
        ({ charged, refunded }, job) => ({
          charged: charged + micro(job.charged_usd),
          refunded: refunded + micro(job.refunded_usd),
        }),
        { charged: 0, refunded: 0 },
      )
  /** The key is used for something that is not ours, and that costs $0.026. */
  async function useElsewhere(): Promise<string> {
    const { VENICE_BASE_URL, VENICE_API_KEY } = stage.sandbox.env
    const clip = await readFile(clipPath(clips.fast60))
    const answer = await fetch(`${VENICE_BASE_URL}/video/queue`, {
      method: 'POST',
      headers: { authorization: `Bearer ${VENICE_API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'topaz-video-upscale',
        video_url: `data:video/mp4;base64,${clip.toString('base64')}`,
        upscale_factor: 4,
      }),
    })
    return ((await answer.json()) as { queue_id: string }).queue_id
  }

  let rows: Row[]
  const foreign = new Set<string>()

  it('agree with the far side to the cent: what was delivered, given back and never answered', async () => {
    expect((await upscaled(mira, EVIL)).text).toContain('your video is ready')
    expect((await upscaled(jonas)).text).toContain('your video is ready')
    expect((await withFault('failed-job', jonas)).text).toContain('gave it back')
    expect((await withFault('lost-answer', mira)).text).toContain("don't know whether")
    foreign.add(await useElsewhere())

    const seen = await ada.admin(`spend ${platform === 'slack' ? '' : 'month '}${month}`)
    expect(seen.text).toMatch(/Mira[^\n]*\$0\.08/)
    expect(seen.text).toMatch(/Jonas[^\n]*\$0\.04/)
    expect(seen.text).toContain('no answer, maybe charged')
    expect(seen.text).toContain('failed, given back')
    expect(seen.text).toContain('difference $0.00')
    expect(seen.text).not.toContain('match nothing')

    rows = parseCsv(await file(seen, `spending-${month}.csv`))
    expect(rows.map(row => [row.row, row.state])).toEqual([
      ['upscale', 'delivered'],
      ['upscale', 'delivered'],
      ['upscale', 'failed'],
      ['upscale', 'unconfirmed'],
    ])
    const { charged, refunded } = theirs(foreign)
    expect(sum(rows, 'charged usd') + sum(rows, 'maybe charged usd')).toBe(charged)
    expect(sum(rows, 'refunded usd')).toBe(refunded)
    expect(sum(rows, 'billing usd')).toBe(charged - refunded)
    expect(rows.map(row => row['difference usd'])).toEqual(Array(4).fill('0.000000'))
    expect(rows[0]?.file).toMatch(/^'=1\+1/)
  })

  it('show whoever runs the bot what the key was used for besides', async () => {
    const seen = await ada.admin('spend everywhere')
    expect(seen.text).toContain('1 line of it ($0.03) match nothing in the books')
    const all = parseCsv(await file(seen, `spending-${month}-everywhere.csv`))
    expect(all.at(-1)).toMatchObject({ row: 'billing only', 'provider job': [...foreign][0] })
    const { charged, refunded } = theirs()
    expect(sum(all, 'billing usd')).toBe(charged - refunded)
    expect(sum(all, 'difference usd')).toBe(charged - refunded - (theirs(foreign).charged - refunded))
  })

  it('give a receipt of any job of the place, as JSON', async () => {
    const [delivered, , refunded] = rows
    const seen = await ada.admin(`receipt ${platform === 'slack' ? '' : 'job '}${delivered!.job}`)
    expect(seen.text).toContain('$0.04 charged.')
    expect(JSON.parse(await file(seen, `receipt-${delivered!.job}.json`))).toMatchObject({
      queueId: delivered!['provider job'],
      chargedUsd: 39_000,
      state: 'delivered',
      got: { width: 640, height: 360 },
    })
    const failed = await ada.admin(`receipt ${platform === 'slack' ? '' : 'job '}${refunded!.job}`)
    expect(JSON.parse(await file(failed, `receipt-${refunded!.job}.json`))).toMatchObject({
      state: 'failed',
      got: null,
      chargedUsd: 0,
      attempts: [{ chargedUsd: 39_000, refundedUsd: 39_000, became: 'failed' }],
    })
    const none = await ada.admin(`receipt ${platform === 'slack' ? '' : 'job '}aaaaaaaaaaaaaaaa`)
    expect(none.text).toContain('There is no job aaaaaaaaaaaaaaaa here.')
    expect(none.files).toEqual([])
  })
})
