import { existsSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { BOOK_COLUMNS } from '../../../src/core/book-rows.ts'
import { ChatError } from '../../../src/core/chat.ts'
import { Unavailable } from '../../../src/core/errors.ts'
import type { ChargeLine, JobIn, Place, State } from '../../../src/core/job.ts'
import { postingsOf } from '../../../src/core/ledger.ts'
import type { Bill } from '../../../src/core/ports.ts'
import { advance, type JobEvent } from '../../../src/core/transitions.ts'
import { onAdmin } from '../../../src/flows/admin.ts'
import { NO_CAPS } from '../../kit/caps.ts'
import { parseCsv } from '../../kit/csv.ts'
import { NOON, sampleEvents, sampleJob } from '../../kit/jobs.ts'
import { linesOf } from '../../kit/plain.ts'
import { openWorld, type TestWorld } from '../../kit/world.ts'

const MINUTE = 60_000
const PRICE = 156_000
const LATER = NOON + 60 * MINUTE
const OPERATOR = { personId: '1000' }

let stage: TestWorld
let place: Place
let made = 0
let bill: Bill | null
beforeAll(async () => {
  stage = await openWorld()
}, 60_000)
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => {
  stage.whispers.length = 0
  stage.enclosed.length = 0
  stage.refuses.files = false
  stage.at(LATER)
  stage.world.caps = NO_CAPS
  stage.world.operators = new Set(['somewhere:1000'])
  place = { ...sampleJob('quoted').place, communityId: `community${++made}` }
  bill = { lines: [], unread: 0, complete: true, upTo: LATER }
  stage.upscaler.bill = async () => bill
})

const ask = (word: string, options: Record<string, string> = {}, over = {}) =>
  onAdmin(
    stage.world,
    stage.admin({ word, options }, { communityId: place.communityId, eventId: `e${++made}`, ...over }),
  )
const said = () => stage.whispers.flatMap(linesOf).join('\n')
const put = <S extends State>(state: S, over: Partial<JobIn<S>> = {}) =>
  stage.put(state, { place, ...over } as Partial<JobIn<S>>)
/** A finished job with a number of its own. */
async function finished(over: Partial<JobIn<'delivered'>> = {}) {
  const provider = { model: 'topaz-video-upscale', queueId: `q-${++made}` }
  return put('delivered', { provider, ...over })
}
const line = (queueId: string | null, over: Partial<ChargeLine> = {}): ChargeLine => ({
  at: NOON,
  usd: PRICE,
  what: 'a video',
  queueId,
  ...over,
})
const bills = (...lines: ChargeLine[]) => {
  bill = { lines, unread: 0, complete: true, upTo: LATER }
}
const table = async () => parseCsv(stage.enclosed[0]!.text)

describe('spend', () => {
  it('comes with a table of one row for each attempt, beside the billing, that adds up', async () => {
    const [a, b] = [await finished({ fileName: '=cmd|"/c calc"!A1\n🎬.mp4' }), await finished()]
    const lost = await put('unconfirmed', { requesterId: '78' })
    bills(line(a.provider.queueId), line(b.provider.queueId), line('unheard', { at: NOON + MINUTE }))
    await ask('spend')
    expect(stage.enclosed[0]).toMatchObject({
      fileName: 'spending-2026-11.csv',
      contentType: 'text/csv; charset=utf-8',
      sizeBytes: Buffer.byteLength(stage.enclosed[0]!.text),
    })
    const rows = await table()
    expect(Object.keys(rows[0]!)).toEqual([...BOOK_COLUMNS])
    expect(rows.map(row => [row.job, row.state, row['provider job']])).toEqual([
      [a.id, 'delivered', a.provider.queueId],
      [b.id, 'delivered', b.provider.queueId],
      [lost.id, 'unconfirmed', ''],
    ])
    expect(rows[0]?.file).toBe('\'=cmd|"/c calc"!A1\n🎬.mp4')
    const sum = (column: string) => rows.reduce((total, row) => total + Number(row[column]), 0)
    expect(sum('charged usd')).toBeCloseTo(0.312, 9)
    expect(sum('maybe charged usd')).toBeCloseTo(0.156, 9)
    expect(sum('billing usd')).toBeCloseTo(0.468, 9)
    expect(said()).toContain('the books have $0.47 that is charged: difference $0.00.')
    expect(said()).toContain('1 that nobody had been sure of')
    expect(said()).toContain('@78 · clip.mp4 · 1280x720 · $0.16 · no answer, maybe charged')
  })

  it('says how many more attempts are in the file than in the message', async () => {
    for (let i = 0; i < 8; i++) await finished({ queuedAt: NOON + i })
    await ask('spend')
    expect(said()).toContain('and 2 more in the file')
    expect(await table()).toHaveLength(8)
  })

  it('is of any month that is asked for, with the one before', async () => {
    const october = Date.UTC(2026, 9, 31, 23, 59)
    await finished({ queuedAt: october, submittedAt: october })
    await finished()
    await ask('spend', { month: '2026-10' })
    expect(said()).toContain('Spending in October 2026\n$0.16 for 1 upscale')
    expect(said()).toContain('September 2026\nNothing was spent.')
    expect(said()).not.toContain('Caps')
    expect(stage.enclosed[0]?.fileName).toBe('spending-2026-10.csv')
    expect(await table()).toHaveLength(1)
  })

  it('of a month that has not begun says so, and asks nobody', async () => {
    await finished()
    await ask('spend', { month: '2026-12' })
    expect(said()).toBe(
      'December 2026 has not begun: it is November 2026 now (UTC). Nothing can have been spent in it.',
    )
    expect(stage.enclosed).toEqual([])
  })

  it('asks for the billing of the month and a little beyond, but not of what is yet to come', async () => {
    const asked: number[][] = []
    stage.upscaler.bill = async (...times) => {
      asked.push(times)
      return bill
    }
    await ask('spend')
    await ask('spend', { month: '2026-10' })
    const [october, november] = [Date.UTC(2026, 9, 1), Date.UTC(2026, 10, 1)]
    expect(asked).toEqual([
      [november - 2 * MINUTE, LATER],
      [october - 2 * MINUTE, november + 26 * 60 * MINUTE],
    ])
  })

  it('takes a charge after midnight for what was agreed to before it, and shows it in one month alone', async () => {
    const eve = Date.UTC(2026, 9, 31, 23, 59)
    const job = await finished({ queuedAt: eve, submittedAt: eve })
    bills(line(job.provider.queueId, { at: eve + 2 * MINUTE }))
    await ask('spend', { month: '2026-10' })
    expect(said()).toContain('1 charge found there')
    expect((await table())[0]).toMatchObject({ 'billing usd': '0.156000', 'difference usd': '0.000000' })
    stage.whispers.length = 0
    stage.enclosed.length = 0
    await ask('spend')
    expect(said()).not.toContain('billing')
    expect(stage.enclosed).toEqual([])
  })

  it('tells a community nothing of another, nor of other uses of the key', async () => {
    const own = await finished()
    const other = await finished({ place: { ...place, communityId: 'another' } })
    bills(line(own.provider.queueId), line(other.provider.queueId), line('foreign', { usd: 700_000 }))
    await ask('spend')
    expect((await table()).map(row => row.job)).toEqual([own.id])
    expect(said()).toContain('For this place the billing has $0.16, the books have $0.16')
  })

  it('reads of other communities no more than what the billing is compared with, and without one nothing', async () => {
    const { books } = stage.world
    const read: unknown[] = []
    stage.world.books = {
      ...books,
      entries: (place, ...times) => {
        read.push(['entries', place])
        return books.entries(place, ...times)
      },
      traces: (place, ...times) => {
        read.push(['traces', place])
        return books.traces(place, ...times)
      },
    }
    await finished({ place: { ...place, communityId: 'another' } })
    const own = await finished()
    bills(line(own.provider.queueId))
    await ask('spend')
    bills()
    await ask('spend')
    stage.world.books = books
    const here = { platform: 'somewhere', communityId: place.communityId }
    expect(read).toEqual([
      ['entries', here],
      ['traces', here],
      ['entries', here],
    ])
  })

  it('everywhere tells whoever runs the bot all of it, by place', async () => {
    await finished()
    await ask('spend', { everywhere: 'yes' }, { personId: '99' })
    expect(stage.enclosed).toEqual([])
    stage.whispers.length = 0
    const mine = await finished({ requesterId: '55', queuedAt: NOON + MINUTE })
    bills(line(mine.provider.queueId), line('foreign', { usd: 700_000 }))
    await ask('spend', { everywhere: 'yes' }, { ...OPERATOR, communityId: 'community0' })
    expect(said()).toContain(', everywhere\n')
    expect(said()).toContain('another · ')
    expect(said()).toContain(`somewhere ${place.communityId} 55 · clip.mp4`)
    expect(said()).not.toMatch(/@55/)
    expect(said()).toContain(
      '1 line of it ($0.70) match nothing in the books; the key may be used elsewhere too:',
    )
    const last = (await table()).at(-1)
    expect(last).toMatchObject({ row: 'billing only', 'provider job': 'foreign', 'billing usd': '0.700000' })
    expect(stage.enclosed[0]?.fileName).toBe('spending-2026-11-everywhere.csv')
  })

  it.each([
    ['can not be had now', () => Promise.reject(new Unavailable('provider_unreachable', 'no'))],
    ['is not said', async () => null],
  ])('is told without the billing where that %s', async (_title, answer) => {
    await finished()
    stage.upscaler.bill = answer
    await ask('spend')
    expect(said()).toContain('It could not be read, so nothing is compared with it.')
    expect((await table())[0]).toMatchObject({ 'charged usd': '0.156000', 'difference usd': '' })
  })

  it('holds what is left against the lower of the caps', async () => {
    stage.world.caps = { ...NO_CAPS, communityMonthUsd: 50_000_000 }
    const { communityId } = place
    await stage.world.rulebook.set('somewhere', communityId, '99', 'communityMonthUsd', 2_000_000)
    await finished()
    await ask('spend')
    expect(said()).toContain('this place and month: $0.16 of $2.00 used, $1.84 left')
  })
})

describe('receipt', () => {
  const json = async () => JSON.parse(stage.enclosed[0]!.text)

  it('is of a job of this place, as a summary and as JSON', async () => {
    const job = await finished({ approvedBy: '88' })
    await ask('receipt', { job: job.id })
    expect(stage.enclosed[0]).toMatchObject({
      fileName: `receipt-${job.id}.json`,
      contentType: 'application/json',
    })
    expect(said()).toContain('$0.16 charged.')
    expect(said()).toContain('Approved by @88.')
    expect(await json()).toMatchObject({
      amountsIn: 'millionths of a US dollar',
      jobId: job.id,
      queueId: job.provider.queueId,
      state: 'delivered',
      failure: null,
      approvedBy: '88',
      got: { fileName: 'clip-2x.mp4' },
      chargedUsd: PRICE,
      confirmedAt: '2026-11-22T12:00:00.000Z',
      standing: { heldUsd: 0, mayHaveChargedUsd: 0, chargedUsd: PRICE },
      attempts: [
        {
          agreedAt: '2026-11-22T12:00:00.000Z',
          endedAt: '2026-11-22T12:00:00.000Z',
          chargedUsd: PRICE,
          became: 'delivered',
        },
      ],
    })
  })

  it.each(['confirmed', 'submitting', 'unconfirmed', 'processing', 'saving', 'failed'] as const)(
    'is of one that is %s too, without a result',
    async state => {
      const job = await put(state)
      await ask('receipt', { job: job.id })
      expect(await json()).toMatchObject({ state, got: null, attempts: [{ became: state }] })
      expect(said()).toContain('Receipt\nclip.mp4 for @77')
    },
  )

  it('of a lost answer tells why, and what people chose', async () => {
    const lost = [
      {
        ...{ sentAt: NOON, queuedAt: NOON - MINUTE, why: 'cut', agreedUsd: PRICE },
        answer: { chose: 'retry' as const, by: '77' },
      },
    ]
    const job = await put('processing', { lost })
    await ask('receipt', { job: job.id })
    expect(await json()).toMatchObject({
      lostAnswers: [
        { sentAt: '2026-11-22T12:00:00.000Z', why: 'cut', answeredLate: false, chose: 'retry by 77' },
      ],
      earlier: { mayHaveChargedUsd: PRICE },
    })
  })

  it('has every attempt, also where the clock was set back between two', async () => {
    const job = await put('failed')
    const again: JobEvent = sampleEvents().retry_chosen
    const retried = advance(job, again, NOON - MINUTE)
    await stage.world.store.save(job, retried, again, null, postingsOf(job, retried))
    await ask('receipt', { job: job.id })
    expect((await json()).attempts).toMatchObject([
      { agreedAt: '2026-11-22T12:00:00.000Z', became: 'failed' },
      { agreedAt: '2026-11-22T11:59:00.000Z', became: 'confirmed' },
    ])
  })

  it('of another place, or of no job, or of one that nobody agreed to, is none', async () => {
    const other = await stage.put('delivered', { place: { ...place, communityId: 'another' } })
    const open = await put('quoted')
    for (const job of [other.id, 'nosuchjob', open.id]) await ask('receipt', { job })
    const [first, second, third] = stage.whispers.map(view => linesOf(view)[0])
    expect(first).toContain(`There is no job ${other.id} here.`)
    expect(second).toContain('There is no job nosuchjob here.')
    expect(third).toContain('so nothing was charged')
    expect(stage.enclosed).toEqual([])
  })
})

describe('a file that goes with an answer', () => {
  it('is left out where the platform refuses it: the answer comes without, and says why and what to do', async () => {
    const job = await finished()
    stage.refuses.files = true
    await ask('spend')
    await ask('receipt', { job: job.id })
    expect(stage.whispers).toHaveLength(2)
    expect(linesOf(stage.whispers[0])[0]).toContain('Spending in November 2026')
    expect(linesOf(stage.whispers[1])[0]).toContain('Receipt')
    for (const view of stage.whispers) {
      expect(view.parts.filter(({ kind }) => kind === 'file')).toEqual([])
      expect(linesOf(view).at(-1)).toMatch(/^The file that belongs to this could not be sent/)
    }
  })

  it('is gone from our disk when it was sent, or could not be', async () => {
    const notes: string[] = []
    const { files } = stage.world
    const noting: typeof files = {
      ...files,
      async note(text) {
        const note = await files.note(text)
        notes.push(note.path)
        return note
      },
    }
    const job = await finished()
    const world = { ...stage.world, files: noting }
    const request = () =>
      stage.admin({ word: 'receipt', options: { job: job.id } }, { communityId: place.communityId })
    await onAdmin(world, request())
    stage.refuses.files = true
    await onAdmin(world, request())
    const cut = async () => {
      throw new ChatError('unavailable', 'cut')
    }
    const chat = { ...world.chats.get('somewhere')!, whisper: cut }
    const away = { ...world, chats: new Map([['somewhere', chat]]) }
    await expect(onAdmin(away, request())).rejects.toMatchObject({ code: 'unavailable' })
    expect(notes).toHaveLength(3)
    expect(notes.filter(existsSync)).toEqual([])
  })
})
