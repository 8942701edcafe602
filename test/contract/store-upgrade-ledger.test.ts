import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Attempt, Failure, Job } from '../../src/core/job.ts'
import { type Posting, postingsOf, standingOf } from '../../src/core/ledger.ts'
import { advance, type JobEvent } from '../../src/core/transitions.ts'
import type { Store } from '../../src/store/index.ts'
import { encodeJob } from '../../src/store/job-row.ts'
import { linesOf } from '../../src/store/ledger.ts'
import { migrate } from '../../src/store/migrations.ts'
import { NOON, STATES, sampleEvents, sampleJob } from '../kit/jobs.ts'
import { OLD_STORES, openAt, rawQuery } from '../kit/stores.ts'

const PRICE = 156_000
/** Of the hold that every job here waits for. */
const QUEUED = NOON - 3 * 24 * 60 * 60_000
const failed = (failure: Failure): JobEvent => ({ type: 'failed', failure })

const attempt = (agreedUsd: number, charged: Failure['charged'], code: Failure['code']): Attempt => ({
  failure: { code, charged },
  agreedUsd,
  provider: null,
  endedAt: NOON,
  retriedBy: '77',
  retriedAt: NOON,
  queuedAt: QUEUED,
})
const lost = (agreedUsd: number) => ({ sentAt: NOON, queuedAt: QUEUED, why: 'cut', agreedUsd })

/** One job in each state, and those that have been through more. */
const SAMPLES: Job[] = [
  ...STATES.map((state): Job => ({ ...sampleJob(state), id: state })),
  {
    ...sampleJob('processing'),
    id: 'everything',
    lost: [lost(1), { ...lost(20), settled: true }, lost(300)],
    earlier: [
      attempt(4_000, 'yes', 'never_finished'),
      attempt(50_000, 'unknown', 'provider_failed'),
      attempt(600_000, 'no', 'cancelled'),
      attempt(7_000_000, 'unknown', 'given_up'),
    ],
  },
  ...(['no', 'yes', 'unknown', 'refunded'] as const).map(charged => ({
    ...sampleJob('failed'),
    id: `failed-${charged}`,
    failure: { code: 'provider_failed' as const, charged },
  })),
]
const JOBS = SAMPLES.map((job): Job => {
  if (!('queuedAt' in job)) return job
  return { ...job, queuedAt: QUEUED, lost: job.lost.map(answer => ({ ...answer, queuedAt: QUEUED })) }
})

const NEXT: Partial<Record<string, JobEvent>> = {
  quoted: sampleEvents().confirmed,
  confirmed: sampleEvents().submitting,
  submitting: sampleEvents().answer_lost,
  unconfirmed: sampleEvents().accepted,
  processing: failed({ code: 'provider_failed', charged: 'refunded' }),
  failed: sampleEvents().retry_chosen,
  everything: failed({ code: 'provider_failed', charged: 'unknown' }),
}

/** Its attempts did not know when they came to wait. */
function asItWas(job: Job): Job {
  if (!('lost' in job)) return job
  const unknown = <T extends object>(list: T[]): T[] => list.map(of => ({ ...of, queuedAt: undefined }))
  return { ...job, lost: unknown(job.lost), earlier: unknown(job.earlier) }
}

for (const backend of OLD_STORES) {
  describe.skipIf(backend.missing)(`a ${backend.name} database of version 0.3.0, which had no ledger`, () => {
    let store: Store
    let stop: () => Promise<void>

    beforeAll(async () => {
      const started = await backend.start()
      stop = started.stop
      const old = await started.open()
      await migrate(old.db, () => NOON, '003_polling')
      for (const job of JOBS) {
        const { data, posts } = encodeJob(asItWas(job))
        await sql`
          insert into jobs values (
            ${job.id}, ${job.state}, ${job.version}, ${data}, ${posts}, true, ${NOON}, null, ${`event of ${job.id}`},
            ${job.place.communityId}, ${job.requesterId}, ${NOON}, ${NOON}
          )`.execute(old.db)
      }
      // More than are read at a time.
      await sql`
        insert into jobs
        select 'many' || i, state, version, data || jsonb_build_object('id', 'many' || i), posts, told, untold_since,
          due_at, 'event of many' || i, 'many', requester_id, created_at, updated_at
        from jobs, generate_series(1, 450) as i where id = 'delivered'`.execute(old.db)
      await sql`update jobs set data = jsonb_set(data, '{place,communityId}', '"many"') where community_id = 'many'`.execute(
        old.db,
      )
      // Of their history only the end.
      await sql`
        insert into job_events (job_id, version, at, to_state, event)
        select id, version, updated_at, state, '{}' from jobs`.execute(old.db)
      await old.close()
      store = await openAt(started.place, () => NOON)
    })
    afterAll(async () => {
      await store?.close()
      await stop?.()
    })

    it('has all money that was agreed to in its books, where each job’s state says it is', async () => {
      expect(await store.books.check()).toEqual([])
      const rows = await rawQuery(
        store,
        `select job_id, kind, account, amount_usd from ledger
         where account <> 'budget' and community_id <> 'many' order by job_id, leg`,
      )
      const opened = JOBS.flatMap(job => {
        const { held, maybe, spent } = standingOf(job)
        return [
          [job.id, 'hold', 'held', String(held)],
          [job.id, 'doubt', 'maybe', String(maybe)],
          [job.id, 'settle', 'spent', String(spent)],
        ].filter(line => line[3] !== '0')
      }).sort((a, b) => (a[0]! < b[0]! ? -1 : a[0]! > b[0]! ? 1 : 0))
      expect(rows.map(row => [row.job_id, row.kind, row.account, row.amount_usd])).toEqual(opened)
      expect(opened).toContainEqual(['everything', 'doubt', 'maybe', String(301 + 50_000)])
      expect(opened).toContainEqual(['everything', 'settle', 'spent', String(4_000 + PRICE)])
      expect(opened.filter(([id]) => id === 'failed-refunded')).toEqual([])
    })

    it('has every job as it was, and knows of each attempt when its money counts', async () => {
      for (const job of JOBS) expect(await store.get(job.id), job.id).toEqual(job)
    })

    it('counts it for the time in which it was agreed to', async () => {
      const day = 24 * 60 * 60_000
      expect(await store.books.spent('somewhere', 'many', QUEUED, QUEUED + 1)).toEqual([
        { requesterId: '77', jobs: 450, standing: { held: 0, maybe: 0, spent: 450 * PRICE } },
      ])
      expect(await store.books.spent('somewhere', 'many', NOON - day, NOON + day)).toEqual([])
    })

    it('goes on with every job, and the books stay right', async () => {
      for (const [id, event] of Object.entries(NEXT)) {
        const job = (await store.get(id))!
        const next = advance(job, event!, NOON)
        expect(await store.save(job, next, event!, null, postingsOf(job, next)), id).toBe(true)
      }
      expect(await store.books.check()).toEqual([])
    })

    it('has what is wrong found also in a job that comes late in the alphabet', async () => {
      await rawQuery(store, `update jobs set data = data || '{"agreedUsd": 1}' where id = 'many99'`)
      expect(await store.books.check()).toEqual([
        'Job many99: it is delivered, so $0.000001 should be "spent", but its lines add up to $0.156000.',
      ])
    })
  })
}

const MINUTE = 60_000
const { confirmed, submitting, answer_lost, retry_chosen, accepted } = sampleEvents()
const failing = (charged: Failure['charged']) => failed({ code: 'provider_failed', charged })

/** Jobs that go on a minute after each other, from one that was there already when the ledger was opened, or not. */
const WALKS: { id: string; opened: Job | null; events: JobEvent[] }[] = [
  {
    id: 'sent-again',
    opened: null,
    events: [confirmed, submitting, answer_lost, retry_chosen, submitting, accepted],
  },
  {
    id: 'tried-thrice',
    opened: null,
    events: [
      confirmed,
      submitting,
      accepted,
      failing('yes'),
      retry_chosen,
      submitting,
      answer_lost,
      retry_chosen,
      submitting,
    ],
  },
  {
    id: 'given-up',
    opened: null,
    events: [
      confirmed,
      submitting,
      answer_lost,
      failed({ code: 'given_up', charged: 'unknown' }),
      retry_chosen,
    ],
  },
  {
    id: 'lost-before',
    opened: { ...sampleJob('unconfirmed'), queuedAt: QUEUED },
    events: [retry_chosen, submitting, accepted],
  },
  {
    id: 'failed-before',
    opened: {
      ...sampleJob('failed'),
      queuedAt: QUEUED,
      lost: [{ ...lost(7), sentAt: QUEUED - MINUTE }],
      failure: { code: 'provider_failed', charged: 'yes' },
    },
    events: [retry_chosen, submitting, answer_lost],
  },
]

for (const backend of OLD_STORES) {
  describe.skipIf(backend.missing)(
    `a ${backend.name} database with a ledger, whose jobs do not know when their attempts count`,
    () => {
      let store: Store
      let stop: () => Promise<void>
      const ends = new Map<string, Job>()

      beforeAll(async () => {
        const started = await backend.start()
        stop = started.stop
        const old = await started.open()
        await migrate(old.db, () => NOON, '004_ledger')
        for (const { id, opened, events } of WALKS) {
          let job: Job = { ...(opened ?? sampleJob('quoted')), id }
          const note = async (next: Job, postings: Posting[], at: number) => {
            const lines = linesOf(next, postings, at)
            if (lines.length > 0) await old.db.insertInto('ledger').values(lines).execute()
            await sql`
              insert into job_events (job_id, version, at, to_state, event)
              values (${id}, ${next.version}, ${at}, ${next.state}, '{}')`.execute(old.db)
          }
          // All that was charged or may have been before counts when the last of it was agreed to.
          const { maybe, spent } = standingOf(job)
          await note(
            job,
            [
              { kind: 'doubt', to: 'maybe', amountUsd: maybe } as const,
              { kind: 'settle', to: 'spent', amountUsd: spent } as const,
            ]
              .filter(({ amountUsd }) => amountUsd > 0)
              .map(posting => ({ ...posting, from: 'budget', countedAt: QUEUED })),
            QUEUED,
          )
          if ('lost' in job) job = { ...job, lost: job.lost.map(answer => ({ ...answer, queuedAt: QUEUED })) }
          for (const [i, event] of events.entries()) {
            const next = advance(job, event, NOON + (i + 1) * MINUTE)
            await note(next, postingsOf(job, next), NOON + (i + 1) * MINUTE)
            job = next
          }
          ends.set(id, job)
          const { data, posts } = encodeJob(asItWas(job))
          await sql`
            insert into jobs values (
              ${id}, ${job.state}, ${job.version}, ${data}, ${posts}, true, ${NOON}, null, ${`event of ${id}`},
              ${job.place.communityId}, ${job.requesterId}, ${NOON}, ${NOON}
            )`.execute(old.db)
        }
        await old.close()
        store = await openAt(started.place, () => NOON)
      })
      afterAll(async () => {
        await store?.close()
        await stop?.()
      })

      it('has each attempt count when its money was taken from the budget', async () => {
        for (const [id, job] of ends) expect(await store.get(id), id).toEqual(job)
        expect(await store.books.check()).toEqual([])
      })
    },
  )
}
