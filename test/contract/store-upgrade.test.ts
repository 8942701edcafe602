import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Job } from '../../src/core/job.ts'
import { postingsOf } from '../../src/core/ledger.ts'
import { dueAt } from '../../src/core/schedule.ts'
import { advance } from '../../src/core/transitions.ts'
import type { Store } from '../../src/store/index.ts'
import { migrate } from '../../src/store/migrations.ts'
import { sampleEvents } from '../kit/jobs.ts'
import { OLD_STORES, openAt, rawQuery } from '../kit/stores.ts'

const ONE_PM = Date.UTC(2026, 10, 22, 13)
const ref = (messageId: string) => ({ channelId: '2', messageId })

const clip = {
  width: 640,
  height: 360,
  codedWidth: 640,
  codedHeight: 360,
  rotation: 0,
  fps: 30,
  variableFps: false,
  durationS: 12,
  videoCodec: 'avc',
  audioCodec: 'aac',
  container: 'mp4',
  sizeBytes: 1_500_000,
} as const
const common = {
  version: 7,
  platform: 'somewhere',
  place: { communityId: '1', channelId: '2', isThread: false },
  requesterId: '77',
  fileName: 'clip.mp4',
  createdAt: ONE_PM,
  stateAt: ONE_PM + 90_000,
  attempts: 0,
  notBefore: 0,
}
const output = { width: 1280, height: 720 }
const offered = {
  ...common,
  clip,
  sourceKey: 'sources/a.mp4',
  sourceUrl: 'https://cdn.example/clip.mp4',
  reply: null,
  // Priced 8 s after the request came in.
  offer: {
    kind: 'exact',
    prices: [
      { factor: 1, priceUsd: 156_000, output: { width: 640, height: 360 } },
      { factor: 2, priceUsd: 156_000, output },
    ],
    chosen: 2,
    expiresAt: ONE_PM + 8_000 + 15 * 60_000,
  },
} as const
const agreed = {
  ...offered,
  confirmedAt: ONE_PM + 60_000,
  agreedUsd: 156_000,
  queuedAt: ONE_PM + 60_000,
  lost: [],
} as const
const accepted = {
  ...agreed,
  provider: { model: 'topaz-video-upscale', queueId: 'q-1' },
  submittedAt: ONE_PM + 90_000,
} as const
const lost = { sentAt: ONE_PM + 60_000, why: 'cut' }
const result = { key: 'results/a.mp4', fileName: 'clip-2x.mp4', clip, sound: 'kept' } as const
const failure = { code: 'provider_failed', charged: 'unknown', said: 'inference failed' } as const

/** What a row of version 0.2.0 holds, by job id: `data` without the id, and the posts. */
const before = {
  quoting: { data: { ...common, state: 'quoting', factor: 2, reply: { token: 't' } }, posts: {} },
  quoted: { data: { ...offered, state: 'quoted', replySeenBy: 'requester' }, posts: { card: ref('10') } },
  expired: { data: { ...offered, state: 'expired' }, posts: { card: ref('10') } },
  cancelled: { data: { ...offered, state: 'cancelled' }, posts: { card: ref('10') } },
  confirmed: { data: { ...agreed, state: 'confirmed' }, posts: { card: ref('10'), cardDone: true } },
  submitting: {
    data: { ...agreed, state: 'submitting', lost: [lost] },
    posts: { question: ref('11'), questionDone: true },
  },
  unconfirmed: {
    data: { ...agreed, state: 'unconfirmed', lost: [lost] },
    posts: { question: ref('11'), questionDone: false },
  },
  // Its second question has not been asked yet.
  unasked: {
    data: { ...agreed, state: 'unconfirmed', lost: [lost, { ...lost, sentAt: ONE_PM + 80_000 }] },
    posts: { question: ref('11'), questionDone: true },
  },
  processing: {
    data: { ...accepted, state: 'processing', polls: 3, averageMs: 145_000, elapsedMs: 20_000 },
    posts: { threadId: '12', progress: ref('13') },
  },
  settled: {
    data: {
      ...accepted,
      state: 'processing',
      lost: [{ ...lost, settled: true }],
      polls: 0,
      averageMs: null,
      elapsedMs: null,
    },
    posts: {},
  },
  saving: { data: { ...accepted, state: 'saving' }, posts: {} },
  delivering: { data: { ...accepted, state: 'delivering', result }, posts: {} },
  delivered: {
    data: { ...accepted, state: 'delivered', result, cleaned: false },
    posts: { closing: ref('14') },
  },
  undelivered: {
    data: { ...accepted, state: 'undelivered', result, why: 'the channel is gone' },
    posts: { closing: ref('14') },
  },
  failed: {
    data: { ...accepted, submittedAt: undefined, state: 'failed', failure },
    posts: { closing: ref('14') },
  },
  untold: { data: { ...agreed, state: 'failed', failure, provider: null }, posts: {} },
} as const

const offer = {
  ...offered.offer,
  model: 'topaz-video-upscale',
  quotedAt: ONE_PM + 8_000,
  prices: offered.offer.prices.map(price => ({ ...price, expected: null })),
}
const known = { offer, earlier: [], lost: [] }
const lostNow = { ...lost, agreedUsd: 156_000, queuedAt: agreed.queuedAt }
const polling = { polledAt: ONE_PM + 90_000, kind: 'unknown', expected: null, late: false }
const saidFailed = { failure: ref('14'), failureOf: 0, failureDone: true }

/** The same as they must be read now. The types see to it that nothing is missing that a job of that state has. */
const after: Record<keyof typeof before, Job> = {
  quoting: { ...before.quoting.data, id: 'quoting', posts: {} },
  quoted: { ...before.quoted.data, id: 'quoted', posts: { ...before.quoted.posts }, offer },
  expired: { ...before.expired.data, id: 'expired', posts: { ...before.expired.posts }, offer },
  cancelled: { ...before.cancelled.data, id: 'cancelled', posts: { ...before.cancelled.posts }, offer },
  confirmed: { ...before.confirmed.data, id: 'confirmed', posts: { ...before.confirmed.posts }, ...known },
  submitting: {
    ...before.submitting.data,
    id: 'submitting',
    posts: { ...before.submitting.posts, questionOf: 1 },
    ...known,
    lost: [lostNow],
  },
  unconfirmed: {
    ...before.unconfirmed.data,
    id: 'unconfirmed',
    posts: { ...before.unconfirmed.posts, questionOf: 1 },
    ...known,
    lost: [lostNow],
    evidence: null,
  },
  unasked: {
    ...before.unasked.data,
    id: 'unasked',
    posts: { ...before.unasked.posts, questionOf: 1 },
    ...known,
    lost: [lostNow, { ...lostNow, sentAt: ONE_PM + 80_000 }],
    evidence: null,
  },
  processing: {
    ...before.processing.data,
    id: 'processing',
    posts: { ...before.processing.posts },
    ...known,
    ...polling,
  },
  settled: {
    ...before.settled.data,
    id: 'settled',
    posts: {},
    ...known,
    ...polling,
    lost: [{ ...lostNow, settled: true }],
  },
  saving: { ...before.saving.data, id: 'saving', posts: {}, ...known, unreadable: 0 },
  delivering: { ...before.delivering.data, id: 'delivering', posts: {}, ...known },
  delivered: { ...before.delivered.data, id: 'delivered', posts: { ...before.delivered.posts }, ...known },
  undelivered: {
    ...before.undelivered.data,
    id: 'undelivered',
    posts: { ...before.undelivered.posts },
    ...known,
  },
  failed: { ...before.failed.data, id: 'failed', posts: saidFailed, ...known, retryUntil: null },
  untold: { ...before.untold.data, id: 'untold', posts: {}, ...known, retryUntil: null },
}
const ids = Object.keys(before) as (keyof typeof before)[]

for (const backend of OLD_STORES) {
  describe.skipIf(backend.missing)(`a ${backend.name} database of version 0.2.0`, () => {
    let store: Store
    let stop: () => Promise<void>

    beforeAll(async () => {
      const started = await backend.start()
      stop = started.stop
      const old = await started.open()
      await migrate(old.db, () => ONE_PM, '002_installations')
      for (const id of ids) {
        const { data, posts } = before[id]
        await sql`
          insert into jobs values (
            ${id}, ${data.state}, ${data.version}, ${JSON.stringify({ id, ...data })}, ${JSON.stringify(posts)},
            true, ${ONE_PM}, ${data.state === 'processing' ? ONE_PM + 95_000 : null}, ${`event of ${id}`}, '1', '77',
            ${ONE_PM}, ${ONE_PM}
          )`.execute(old.db)
      }
      await sql`
        insert into job_events (job_id, version, at, from_state, to_state, event) values (
          'processing', 6, ${ONE_PM}, 'submitting', 'processing',
          ${JSON.stringify({ type: 'accepted', provider: accepted.provider })}
        )`.execute(old.db)
      await sql`
        insert into job_events (job_id, version, at, to_state, event)
        select id, version, updated_at, state, '{}' from jobs on conflict do nothing`.execute(old.db)
      await old.close()
      store = await openAt(started.place, () => ONE_PM)
    })
    afterAll(async () => {
      await store?.close()
      await stop?.()
    })

    it('gives each of its jobs as this version wants it, and loses nothing of it', async () => {
      for (const id of ids) expect(await store.get(id), id).toEqual(after[id])
    })

    it('has the billing looked at for requests whose answer was lost, and nobody woken else', async () => {
      const rows = await rawQuery(store, 'select id, due_at from jobs where due_at is not null order by id')
      expect(rows.map(row => [row.id, Number(row.due_at)])).toEqual([
        ['processing', ONE_PM + 95_000],
        ['settled', ONE_PM + 95_000],
        ['unasked', dueAt(after.unasked)],
        ['unconfirmed', dueAt(after.unconfirmed)],
      ])
      const claim = (now: number) =>
        store.claimDue(['unconfirmed'], { now, leaseMs: 1, untoldMs: 1e9, limit: 9 })
      expect(await claim(ONE_PM + 92_999)).toEqual([])
      expect(await claim(ONE_PM + 93_000)).toHaveLength(2)
    })

    it('has its jobs polled, and knows their receipts', async () => {
      expect(await store.knownReceipts(['q-1', 'q-2'])).toEqual(['q-1'])
      const facts = { submittedAt: ONE_PM + 90_000, polledAt: ONE_PM + 90_000, kind: 'unknown' }
      const pollable = await store.pollable(ONE_PM + 95_000)
      expect(pollable.sort((a, b) => a.id.localeCompare(b.id))).toEqual([
        { id: 'processing', averageMs: 145_000, ...facts },
        { id: 'settled', averageMs: null, ...facts },
      ])
    })

    it('has the money of its jobs in the ledger', async () => {
      expect(await store.books.check()).toEqual([])
      const [spent] = await store.books.spent('somewhere', '1', ONE_PM, ONE_PM + 60_001)
      expect(spent?.jobs).toBe(Object.values(after).filter(job => 'agreedUsd' in job).length)
    })

    it('goes on with its jobs by buttons that were posted before', async () => {
      for (const [id, event] of [
        ['quoted', sampleEvents().confirmed],
        ['unconfirmed', sampleEvents().retry_chosen],
        ['saving', sampleEvents().saved],
      ] as const) {
        const job = (await store.get(id))!
        expect(job.version).toBe(7)
        const next = advance(job, event, ONE_PM + 100_000)
        expect(await store.save(job, next, event, dueAt(next), postingsOf(job, next)), id).toBe(true)
        expect(await store.get(id)).toEqual(next)
      }
    })
  })
}
