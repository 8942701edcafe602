import { type Kysely, sql } from 'kysely'
import type { Clock, Postings } from '../core/ports.ts'
import { toJson } from './job-row.ts'
import type { Tables } from './schema.ts'

export interface PostingStore extends Postings {
  /** Forgets what was begun longer ago than this, ms. Returns how many. */
  prune(olderThanMs: number): Promise<number>
}

/** What was posted, in SQL. Like for jobs, every method is one statement. */
export function postingStore(db: Kysely<Tables>, clock: Clock): PostingStore {
  return {
    async begin(key) {
      const row = await db
        .insertInto('postings')
        .values({ key, started_at: clock(), facts: '{}' })
        // Counting is what tells the first from all others: whoever comes later updates the row, and so sees it.
        .onConflict(c => c.column('key').doUpdateSet({ attempts: sql<number>`postings.attempts + 1` }))
        .returning(['attempts', 'started_at', 'facts'])
        .executeTakeFirstOrThrow()
      if (row.attempts === 1) return null
      return { startedAt: Number(row.started_at), note: row.facts as Record<string, string> }
    },

    async note(key, facts) {
      await db
        .updateTable('postings')
        .set({ facts: sql<string>`facts || ${toJson(facts)}::jsonb` })
        .where('key', '=', key)
        .execute()
    },

    async prune(olderThanMs) {
      const gone = await db
        .deleteFrom('postings')
        .where('started_at', '<', String(clock() - olderThanMs))
        .returning('key')
        .execute()
      return gone.length
    },
  }
}
