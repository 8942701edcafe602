import { describe, expect, it } from 'vitest'
import { besideBill } from '../../../src/core/billed.ts'
import { BOOK_COLUMNS, bookRows, exactUsd } from '../../../src/core/book-rows.ts'
import { attemptOf, type BookedAttempt, movementsOf, sumsBy } from '../../../src/core/books.ts'
import type { Attempt, ChargeLine, JobIn, LostAnswer } from '../../../src/core/job.ts'
import type { Bill, BookEntry } from '../../../src/core/ports.ts'
import { advance } from '../../../src/core/transitions.ts'
import { sampleEntry } from '../../kit/entries.ts'
import { NOON, sampleEvents, sampleJob } from '../../kit/jobs.ts'

const PRICE = 156_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const [FROM, TO] = [Date.UTC(2026, 10, 1), Date.UTC(2026, 11, 1)]
const LATER = TO + 30 * HOUR

describe('an attempt in the books', () => {
  const first: Attempt = {
    failure: { code: 'provider_failed', charged: 'refunded' },
    agreedUsd: 150_000,
    provider: { model: 'older', queueId: 'q-0' },
    endedAt: NOON - HOUR,
    retriedBy: '77',
    retriedAt: NOON - HOUR,
    queuedAt: NOON - 2 * HOUR,
    approvedBy: '88',
  }
  const lost: LostAnswer = {
    sentAt: NOON - 29 * MINUTE,
    queuedAt: NOON - 30 * MINUTE,
    why: 'cut',
    agreedUsd: 140_000,
  }
  const over = { earlier: [first], lost: [lost], approvedBy: '99' }
  const at = (countedAt: number) => attemptOf({ ...sampleEntry('delivered', {}, over), countedAt })

  it('that is the newest is told by its job', () => {
    expect(at(NOON)).toMatchObject({
      jobId: 'abc',
      fileName: 'clip.mp4',
      agreedAt: NOON,
      factor: 2,
      output: { width: 1280, height: 720 },
      durationS: 12,
      model: 'topaz-video-upscale',
      queueId: 'q-1',
      quotedUsd: PRICE,
      became: 'delivered',
      approvedBy: '99',
      sentAt: NOON,
    })
  })

  it('that failed before has its own price, number, approver and end', () => {
    expect(at(first.queuedAt)).toMatchObject({
      model: 'older',
      queueId: 'q-0',
      quotedUsd: 150_000,
      became: 'failed',
      failure: 'provider_failed',
      approvedBy: '88',
      endedAt: first.endedAt,
    })
  })

  it('that was never answered has no number, and was sent when it was sent', () => {
    expect(at(lost.queuedAt)).toMatchObject({
      queueId: null,
      quotedUsd: 140_000,
      became: 'unanswered',
      approvedBy: null,
      sentAt: lost.sentAt,
    })
  })

  it('keeps who approved it when its job goes on to another', () => {
    const { retry_chosen, answer_lost } = sampleEvents()
    const failed = { ...sampleJob('failed'), approvedBy: '88', queuedAt: NOON - HOUR }
    const sent = { ...sampleJob('submitting'), approvedBy: '88', queuedAt: NOON - HOUR }
    const again = [failed, advance(sent, answer_lost, NOON)].map(job => advance(job, retry_chosen, NOON))
    for (const job of again as JobIn<'confirmed'>[]) {
      const entry = { ...sampleEntry('confirmed'), job }
      expect(attemptOf({ ...entry, countedAt: NOON - HOUR }).approvedBy).toBe('88')
      expect(attemptOf({ ...entry, countedAt: NOON }).approvedBy).toBeNull()
    }
  })

  it('that shares its time with earlier ones, as in jobs from before there were books, is the newest of them', () => {
    const job = { earlier: [{ ...first, queuedAt: NOON }] }
    const newest = attemptOf(sampleEntry('delivered', { spent: PRICE }, job))
    expect(newest).toMatchObject({ became: 'delivered', queueId: 'q-1', quotedUsd: PRICE, failure: null })
  })

  it('that gave way to a late answer of the one before was not sent', () => {
    expect(at(NOON - MINUTE)).toMatchObject({ became: 'not_sent', quotedUsd: null, queueId: null })
  })
})

describe('what the billing should have of it', () => {
  const moved = (entry: BookEntry, now = LATER) =>
    movementsOf(attemptOf(entry), now).map(({ usd, sure, queueId, from, to }) => [
      usd,
      sure,
      queueId,
      from - NOON,
      to - NOON,
    ])

  it('is a charge at the time when it was accepted', () => {
    const job = { submittedAt: NOON + MINUTE }
    expect(moved(sampleEntry('delivered', { spent: PRICE }, job))).toEqual([
      [PRICE, true, 'q-1', MINUTE, MINUTE],
    ])
  })

  it('is a charge and what was given back until it ended', () => {
    const entry = sampleEntry('failed', { refundedUsd: PRICE }, { stateAt: NOON + HOUR })
    expect(moved(entry)).toEqual([
      [PRICE, true, 'q-1', 0, HOUR],
      [-PRICE, true, 'q-1', 0, HOUR],
    ])
  })

  it('is not sure of what may have been charged, is on its way, or is only minutes old', () => {
    expect(moved(sampleEntry('unconfirmed', { maybe: PRICE }))).toEqual([[PRICE, false, null, 0, 0]])
    expect(moved(sampleEntry('submitting', { held: PRICE }), NOON + MINUTE)).toEqual([
      [PRICE, false, null, 0, MINUTE],
    ])
    const young = sampleEntry('delivered', { spent: PRICE })
    expect(moved(young, NOON + 10 * MINUTE)[0]?.[1]).toBe(false)
    expect(moved(young, NOON + 11 * MINUTE)[0]?.[1]).toBe(true)
  })

  it('may come until an answer was given up, however long the upload took', () => {
    const waiting = sampleEntry('unconfirmed', { maybe: PRICE }, { stateAt: NOON + 20 * MINUTE })
    expect(moved(waiting)).toEqual([[PRICE, false, null, 0, 20 * MINUTE]])
  })

  it('may come for as long as a request can take, where it is not known when it was given up', () => {
    const lost = [{ sentAt: NOON + 1, queuedAt: NOON, why: 'cut', agreedUsd: PRICE }]
    const again = sampleEntry('processing', { maybe: PRICE }, { lost, queuedAt: NOON + HOUR })
    const longest = 35 * MINUTE + 1
    expect(moved(again)).toEqual([[PRICE, false, null, 1, longest]])
    const failure = { code: 'given_up', charged: 'unknown' } as const
    const givenUp = { lost, failure, provider: null, stateAt: NOON + HOUR }
    expect(moved(sampleEntry('failed', { maybe: PRICE }, givenUp))).toEqual([
      [PRICE, false, null, 1, longest],
    ])
  })

  it('was between the sending and the answer, where that came late', () => {
    const lost = [{ sentAt: NOON + 1, queuedAt: NOON, why: 'cut', agreedUsd: PRICE, settled: true as const }]
    const late = sampleEntry('processing', { spent: PRICE }, { lost, submittedAt: NOON + 20 * MINUTE })
    expect(moved(late)).toEqual([[PRICE, true, 'q-1', 1, 20 * MINUTE]])
  })

  it('is nothing where nothing was ever charged', () => {
    expect(moved(sampleEntry('failed'))).toEqual([])
  })
})

let made = 0
const delivered = (over: { community?: string; at?: number; spent?: number; queueId?: string } = {}) => {
  const { community = 'here', at = NOON, spent = PRICE, queueId = `q-${++made}` } = over
  const place = { ...sampleJob('quoted').place, communityId: community }
  const provider = { model: 'topaz-video-upscale', queueId }
  return attemptOf(
    sampleEntry(
      'delivered',
      { spent },
      { id: `job${++made}`, place, provider, submittedAt: at, countedAt: at },
    ),
  )
}
const lineOf = (attempt: { queueId: string | null }, over: Partial<ChargeLine> = {}): ChargeLine => ({
  at: NOON,
  usd: PRICE,
  what: 'a video',
  queueId: attempt.queueId,
  ...over,
})
const nobodys = lineOf({ queueId: 'nobody' }, { usd: 700_000 })
const bill = (lines: ChargeLine[], over: Partial<Bill> = {}): Bill => ({
  lines,
  unread: 0,
  complete: true,
  upTo: Number.MAX_SAFE_INTEGER,
  ...over,
})
const beside = (
  of: Bill,
  attempts: readonly BookedAttempt[],
  { others = [], ...over }: Partial<Parameters<typeof besideBill>[3] & { others: BookedAttempt[] }> = {},
) =>
  besideBill(of, attempts, others, {
    from: FROM,
    to: TO,
    now: LATER,
    everywhere: false,
    ...over,
  })

describe('a month beside the billing', () => {
  it('shows a community its own lines, and none of anybody else', () => {
    const [own, other, twice] = [delivered(), delivered({ community: 'other' }), delivered()]
    const lines = [lineOf(own), lineOf(other), lineOf(twice), lineOf(twice, { at: NOON + HOUR }), nobodys]
    const billed = beside(bill(lines), [own, twice], { others: [other] })
    expect([...billed.of.keys()]).toEqual([own, twice])
    expect(billed.strays).toEqual([{ line: lines[3], jobId: twice.jobId }])
    expect(billed).toMatchObject({ found: 2, oursUsd: 2 * PRICE, theirsUsd: 3 * PRICE, differenceUsd: PRICE })
  })

  it('shows whoever runs the bot all of it, also what belongs to nobody', () => {
    const all = [delivered(), delivered({ community: 'other' })]
    const billed = beside(bill([...all.map(a => lineOf(a)), nobodys]), all, { everywhere: true })
    expect(billed.strays).toEqual([{ line: nobodys, jobId: null }])
    expect(billed).toMatchObject({ found: 2, theirsUsd: 2 * PRICE + 700_000, differenceUsd: 700_000 })
  })

  it('gives no community the line of another that costs the same at the same time', () => {
    const [own, other] = [delivered(), delivered({ community: 'other', at: NOON + MINUTE })]
    const unnumbered = lineOf({ queueId: null }, { at: NOON + MINUTE })
    expect(beside(bill([unnumbered]), [own], { others: [other] })).toMatchObject({
      found: 0,
      missing: [{ attempt: own }],
    })
  })

  it('misses nothing of a request that was refused and given back at once, and that is not in the billing', () => {
    const failure = { code: 'content_refused', charged: 'refunded' } as const
    const refused = attemptOf(sampleEntry('failed', { refundedUsd: PRICE }, { failure, provider: null }))
    const alone = delivered()
    const billed = beside(bill([]), [{ ...refused, communityId: 'here' }, alone])
    expect(billed.missing).toMatchObject([{ attempt: alone, usd: PRICE }])
    expect(billed).toMatchObject({ found: 0, oursUsd: PRICE, theirsUsd: 0, differenceUsd: -PRICE })
  })

  it('misses what was given back of a charge that is in the billing', () => {
    const failed = sampleEntry('failed', { refundedUsd: PRICE })
    const attempt = { ...attemptOf(failed), communityId: 'here' }
    const back = lineOf(attempt, { at: NOON + MINUTE, usd: -PRICE })
    expect(beside(bill([lineOf(attempt), back]), [attempt])).toMatchObject({ found: 2, foundRefunds: 1 })
    const billed = beside(bill([lineOf(attempt)]), [attempt])
    expect(billed).toMatchObject({
      found: 1,
      foundRefunds: 0,
      missing: [{ usd: -PRICE }],
      differenceUsd: PRICE,
    })
  })

  it('counts what is at its edges once, in the month in which it was agreed to', () => {
    const [before, within, after] = [FROM - MINUTE, TO - MINUTE, TO + MINUTE].map(at => delivered({ at }))
    const lines = [
      lineOf(before!, { at: FROM + MINUTE }),
      lineOf(within!, { at: TO + MINUTE }),
      lineOf(after!, { at: TO + 2 * MINUTE }),
    ]
    const months = [
      [Date.UTC(2026, 9, 1), FROM],
      [FROM, TO],
      [TO, Date.UTC(2027, 0, 1)],
    ] as const
    for (const [i, [from, to]] of months.entries()) {
      const billed = beside(bill(lines), [before!, within!, after!], { from, to, now: LATER })
      expect([...billed.of.keys()]).toEqual([[before, within, after][i]])
      expect(billed).toMatchObject({ found: 1, missing: [], strays: [], differenceUsd: 0 })
    }
  })

  it('tells what is missing only where all of the billing was read', () => {
    const [found, missing] = [delivered(), delivered()]
    expect(beside(bill([lineOf(found)]), [found, missing])).toMatchObject({
      missing: [{ attempt: missing }],
      differenceUsd: -PRICE,
      whole: true,
    })
    for (const part of [{ complete: false }, { unread: 1 }]) {
      const billed = beside(bill([lineOf(found)], part), [found, missing])
      expect(billed).toMatchObject({ differenceUsd: null, whole: false, found: 1 })
      expect(billed.of.get(found)?.differenceUsd).toBe(0)
      expect(billed.of.get(missing)?.differenceUsd).toBeNull()
    }
  })

  it('misses nothing that was sent after the billing was asked for', () => {
    const one = delivered()
    expect(beside(bill([], { upTo: NOON - HOUR }), [one])).toMatchObject({ missing: [], differenceUsd: 0 })
    expect(beside(bill([]), [one])).toMatchObject({ missing: [{ attempt: one }], differenceUsd: -PRICE })
  })

  it('says what was found of what nobody had been sure of, what differs, and what was paid in something else', () => {
    const doubtful = attemptOf(sampleEntry('unconfirmed', { maybe: PRICE }))
    doubtful.communityId = 'here'
    const dearer = delivered()
    const lines = [
      lineOf(doubtful, { at: NOON + MINUTE }),
      lineOf(dearer, { usd: PRICE + 44_000, paidIn: 'DIEM' }),
    ]
    expect(beside(bill(lines), [doubtful, dearer])).toMatchObject({
      confirmed: 1,
      differing: 1,
      differenceUsd: 44_000,
      paidIn: [{ currency: 'DIEM', lines: 1 }],
    })
  })
})

describe('the table', () => {
  const cells = (rows: string[][]) =>
    rows.map(row => Object.fromEntries(row.map((cell, i) => [BOOK_COLUMNS[i]!, cell])))

  it('has one row for each attempt, with exact dollars, UTC times and what the billing has of it', () => {
    const entry = sampleEntry(
      'failed',
      { refundedUsd: PRICE },
      { failure: { code: 'provider_failed', charged: 'refunded' }, approvedBy: '88' },
    )
    const attempt = { ...attemptOf(entry), communityId: 'here' }
    const lines = [lineOf(attempt), lineOf(attempt, { at: NOON + MINUTE, usd: -PRICE })]
    expect(cells(bookRows([attempt], beside(bill(lines), [attempt])))).toEqual([
      {
        row: 'upscale',
        'agreed at': '2026-11-22T12:00:00.000Z',
        person: 'somewhere:77',
        community: 'somewhere:here',
        job: 'abc',
        file: 'clip.mp4',
        factor: '2',
        'output size': '1280x720',
        seconds: '12',
        model: 'topaz-video-upscale',
        'provider job': 'q-1',
        'quoted usd': '0.156000',
        'held usd': '0.000000',
        'charged usd': '0.156000',
        'maybe charged usd': '0.000000',
        'refunded usd': '0.156000',
        state: 'failed',
        why: 'provider_failed',
        'approved by': 'somewhere:88',
        'billing time': '2026-11-22T12:00:00.000Z',
        'billing usd': '0.000000',
        'difference usd': '0.000000',
        'billing says': 'a video; a video',
      },
    ])
  })

  it('says nothing of the billing where it could not be read, or not of this', () => {
    const attempt = delivered()
    for (const billed of [null, beside(bill([], { complete: false }), [attempt])]) {
      const [row] = cells(bookRows([attempt], billed))
      expect(row).toMatchObject({ 'billing time': '', 'billing usd': '', 'difference usd': '' })
    }
    const [row] = cells(bookRows([attempt], beside(bill([]), [attempt])))
    expect(row).toMatchObject({ 'billing usd': '0.000000', 'difference usd': '-0.156000' })
  })

  it('ends with the lines of the billing that match nothing, as rows of their own kind', () => {
    const billed = beside(bill([{ ...nobodys, paidIn: 'DIEM' }]), [], { everywhere: true })
    expect(cells(bookRows([], billed))).toMatchObject([
      {
        row: 'billing only',
        job: '',
        'charged usd': '',
        'provider job': 'nobody',
        'billing usd': '0.700000',
        'difference usd': '0.700000',
        'billing says': 'a video (paid in DIEM)',
      },
    ])
  })

  it.each([
    [0, '0.000000'],
    [1, '0.000001'],
    [-40_000, '-0.040000'],
    [12_345_678_900, '12345.678900'],
  ])('writes %i millionths as %s', (usd, text) => expect(exactUsd(usd)).toBe(text))
})

it('sums are by whatever is asked for, the largest first, and count each job once', () => {
  const of = (jobId: string, requesterId: string, spent: number) => ({
    ...sampleEntry('delivered', { spent }),
    ...{ jobId, requesterId },
  })
  const entries = [of('a', '1', 10), of('a', '1', 5), of('b', '2', 30), of('c', '1', 0)]
  expect(sumsBy(entries, entry => entry.requesterId)).toEqual([
    { key: '2', jobs: 1, standing: { held: 0, maybe: 0, spent: 30 } },
    { key: '1', jobs: 1, standing: { held: 0, maybe: 0, spent: 15 } },
  ])
})
