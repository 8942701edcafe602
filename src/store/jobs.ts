import { type Kysely, sql } from 'kysely'
import type { Clock, Due, JobStore } from '../core/ports.ts'
import { dueAt } from '../core/schedule.ts'
import { decodeJob, encodeJob, toJson } from './job-row.ts'
import type { Polls } from './polls.ts'
import type { Tables } from './schema.ts'
import { writeStep } from './step.ts'

/** A line of a job's history, oldest first. */
export interface PastEvent {
  version: number
  /** Wall-clock ms. */
  at: number
  from: string | null
  to: string
  event: unknown
}

/** What plugs have learned and keep between starts, by name. */
export interface Notes {
  recall(name: string): Promise<string | null>
  remember(name: string, value: string): Promise<void>
}

/** Jobs in SQL. Every method is one statement, so it is atomic by itself. */
export function jobStore(
  db: Kysely<Tables>,
  clock: Clock,
): Omit<JobStore, keyof Polls | 'spend'> & Notes & { history(id: string): Promise<PastEvent[]> } {
  return {
    async create(job, eventId) {
      const now = clock()
      const made = await db
        .with('seen', q =>
          q
            .insertInto('seen_events')
            .values({ event_id: eventId, job_id: job.id, at: now })
            .onConflict(c => c.column('event_id').doNothing())
            .returning('job_id'),
        )
        .with('noted', q =>
          q
            .insertInto('job_events')
            .columns(['job_id', 'version', 'at', 'from_state', 'to_state', 'event'])
            .expression(e =>
              e
                .selectFrom('seen')
                .select([
                  'seen.job_id',
                  sql<number>`${job.version}::int`.as('version'),
                  sql<number>`${now}::bigint`.as('at'),
                  sql<string | null>`null`.as('from_state'),
                  sql<string>`${job.state}::text`.as('to_state'),
                  sql`${toJson({ type: 'created', eventId })}::jsonb`.as('event'),
                ]),
            ),
        )
        .insertInto('jobs')
        .columns([
          'id',
          'state',
          'version',
          'data',
          'posts',
          'told',
          'untold_since',
          'due_at',
          'event_id',
          'community_id',
          'requester_id',
          'created_at',
          'updated_at',
        ])
        .expression(e => {
          const { data, posts } = encodeJob(job)
          return e.selectFrom('seen').select([
            'seen.job_id',
            sql<string>`${job.state}::text`.as('state'),
            sql<number>`${job.version}::int`.as('version'),
            sql`${data}::jsonb`.as('data'),
            sql`${posts}::jsonb`.as('posts'),
            // The platform's own acknowledgement is up; until a price is known there is nothing else to tell.
            sql<boolean>`true`.as('told'),
            sql<number>`${now}::bigint`.as('untold_since'),
            sql<number | null>`${dueAt(job)}::bigint`.as('due_at'),
            sql<string>`${eventId}::text`.as('event_id'),
            sql<string>`${job.place.communityId}::text`.as('community_id'),
            sql<string>`${job.requesterId}::text`.as('requester_id'),
            sql<number>`${job.createdAt}::bigint`.as('created_at'),
            sql<number>`${now}::bigint`.as('updated_at'),
          ])
        })
        .returning('id')
        .execute()
      return made.length > 0 ? 'created' : 'duplicate'
    },

    async get(id) {
      const row = await db
        .selectFrom('jobs')
        .select(['data', 'posts'])
        .where('id', '=', id)
        .executeTakeFirst()
      return row ? decodeJob(row) : null
    },

    save: (before, next, event, due, postings) =>
      writeStep(db, { before, next, event, due, postings, now: clock() }),

    async notePosts(id, posts) {
      await db
        .updateTable('jobs')
        .set({ posts: sql<string>`posts || ${toJson(posts)}::jsonb` })
        .where('id', '=', id)
        .execute()
    },

    async markTold(id, version) {
      await db
        .updateTable('jobs')
        .set({ told: true })
        .where('id', '=', id)
        .where('version', '=', version)
        .execute()
    },

    async forget(id) {
      await db.deleteFrom('jobs').where('id', '=', id).where('state', '=', 'quoting').execute()
    },

    async claimDue(states, { now, leaseMs, untoldMs, limit }) {
      if (states.length === 0 || limit <= 0) return []
      const until = now + leaseMs
      // A row's turn: when it is due, or when it has been untold for too long, whichever comes first.
      const turn = sql<string>`least(due_at, case when not told then untold_since + ${untoldMs}::bigint end)`
      const rows = await db
        .with('turns', q =>
          q
            .selectFrom('jobs')
            .select(['id', turn.as('turn')])
            .where('state', 'in', states)
            .where(e =>
              e.or([
                e('due_at', '<=', sql<string>`${now}::bigint`),
                e.and([
                  e('told', '=', false),
                  e('untold_since', '<=', sql<string>`${now - untoldMs}::bigint`),
                ]),
              ]),
            )
            .orderBy('turn')
            .orderBy('id')
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .updateTable('jobs')
        .from('turns')
        .set({
          // A job that waits for nothing but to be told gets no due time by this.
          due_at: sql<
            number | null
          >`case when due_at is null then null else greatest(due_at, ${until}::bigint) end`,
          // Its next turn is when the lease ends, unless the caller does not mind who was told.
          untold_since: sql<number>`greatest(untold_since, ${until - untoldMs}::bigint)`,
        })
        .whereRef('jobs.id', '=', 'turns.id')
        .returning(['jobs.data', 'jobs.posts', 'jobs.told', 'turns.turn'])
        .execute()
      // RETURNING promises no order.
      rows.sort((a, b) => Number(a.turn) - Number(b.turn))
      return rows.map((row): Due => ({ job: decodeJob(row), told: row.told }))
    },

    async knownReceipts(queueIds) {
      if (queueIds.length === 0) return []
      // In the words of the index.
      const queueId = sql<string>`event->'provider'->>'queueId'`
      const rows = await db
        .selectFrom('job_events')
        .select(queueId.as('queueId'))
        .distinct()
        .where(sql<boolean>`event->>'type' = 'accepted'`)
        .where(queueId, 'in', queueIds)
        .execute()
      return rows.map(row => row.queueId)
    },

    async list(states) {
      if (states.length === 0) return []
      const rows = await db
        .selectFrom('jobs')
        .select(['data', 'posts'])
        .where('state', 'in', states)
        .orderBy('created_at')
        .orderBy('id')
        .execute()
      return rows.map(decodeJob)
    },

    async setting(name, make) {
      const known = await db
        .selectFrom('settings')
        .select('value')
        .where('name', '=', name)
        .executeTakeFirst()
      if (known) return known.value
      // Whoever comes second gets the first one's value: the update changes nothing, but lets RETURNING see the row.
      const row = await db
        .insertInto('settings')
        .values({ name, value: make() })
        .onConflict(c => c.column('name').doUpdateSet({ name }))
        .returning('value')
        .executeTakeFirstOrThrow()
      return row.value
    },

    async recall(name) {
      const row = await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst()
      return row?.value ?? null
    },

    async remember(name, value) {
      await db
        .insertInto('settings')
        .values({ name, value })
        .onConflict(c => c.column('name').doUpdateSet({ value }))
        .execute()
    },

    async history(id) {
      const rows = await db
        .selectFrom('job_events')
        .selectAll()
        .where('job_id', '=', id)
        .orderBy('id')
        .execute()
      return rows.map(row => ({
        version: row.version,
        at: Number(row.at),
        from: row.from_state,
        to: row.to_state,
        event: row.event,
      }))
    },
  }
}
