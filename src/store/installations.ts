import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import { MuranoError } from '../core/errors.ts'
import type { Clock, Installations, Log, Vault } from '../core/ports.ts'
import type { Tables } from './schema.ts'

export interface InstallationStore extends Installations {
  /** Seals every value anew that is not under the vault's current key. Others may read and write meanwhile. */
  reseal(): Promise<Resealed>
}

export interface Resealed {
  /** How many values there are. */
  values: number
  /** How many of them were sealed anew. */
  resealed: number
  /** Why the others could not be: MuranoError vault_wrong_key, vault_damaged. */
  unreadable: Error[]
}

export interface InstallationOptions {
  /** How long after its last sign of life a process that works alone is taken for dead, ms. */
  leaseMs?: number
  /** Waits before it is asked again whether it is our turn. */
  pause?: () => Promise<void>
}

const aboutOf = (platform: string, tenantId: string) => `installation:${platform}:${tenantId}`
const askAgainSoon = () => new Promise<void>(resolve => setTimeout(resolve, 100))

/** Installations in SQL, each sealed as a whole. Like for jobs, every statement stands for itself. */
export function installationStore(
  db: Kysely<Tables>,
  context: { vault: Vault; clock: Clock; log: Log },
  { leaseMs = 30_000, pause = askAgainSoon }: InstallationOptions = {},
): InstallationStore {
  const { vault, clock, log } = context
  /** The end of the last turn in this process, by tenant. */
  const turns = new Map<string, Promise<unknown>>()

  const read = async (platform: string, tenantId: string) => {
    const row = await db
      .selectFrom('installations')
      .select('sealed')
      .where('platform', '=', platform)
      .where('tenant_id', '=', tenantId)
      .executeTakeFirst()
    return row?.sealed ?? null
  }

  /** A lease in the database, for other processes to see; while `work` runs it is renewed, so only a dead holder's ends. */
  async function underLease<T>(platform: string, tenantId: string, work: () => Promise<T>): Promise<T> {
    const holder = randomUUID()
    const mine = () => ({ holder, held_until: clock() + leaseMs })
    const take = async () => {
      const taken = await db
        .insertInto('installation_leases')
        .values({ platform, tenant_id: tenantId, ...mine() })
        .onConflict(c =>
          c
            .columns(['platform', 'tenant_id'])
            .doUpdateSet(mine())
            .where('installation_leases.held_until', '<=', String(clock())),
        )
        .returning('holder')
        .execute()
      return taken.length > 0
    }
    const troubled = (error: unknown) =>
      log.warn({ error, platform, tenantId }, 'the lease on an installation could not be kept')

    while (!(await take())) await pause()
    const renewal = setInterval(() => {
      db.updateTable('installation_leases').set(mine()).where('holder', '=', holder).execute().catch(troubled)
    }, leaseMs / 3)
    try {
      return await work()
    } finally {
      clearInterval(renewal)
      // What `work` came to counts, whether or not this works: the lease ends by itself.
      await db.deleteFrom('installation_leases').where('holder', '=', holder).execute().catch(troubled)
    }
  }

  /** True where a value was sealed anew, false where that was not needed (any more). */
  async function resealOne(platform: string, tenantId: string): Promise<boolean> {
    for (;;) {
      const sealed = await read(platform, tenantId)
      if (sealed === null || vault.isCurrent(sealed)) return false
      const about = aboutOf(platform, tenantId)
      const anew = vault.seal(vault.open(sealed, about), about)
      const written = await db
        .updateTable('installations')
        .set({ sealed: anew })
        .where('platform', '=', platform)
        .where('tenant_id', '=', tenantId)
        // Whoever has saved something newer meanwhile must not lose it.
        .where('sealed', '=', sealed)
        .returning('tenant_id')
        .execute()
      if (written.length > 0) return true
    }
  }

  return {
    async get(platform, tenantId) {
      const sealed = await read(platform, tenantId)
      if (sealed === null) return null
      return JSON.parse(vault.open(sealed, aboutOf(platform, tenantId))) as Record<string, unknown>
    },

    async save(platform, tenantId, data) {
      const written = {
        sealed: vault.seal(JSON.stringify(data), aboutOf(platform, tenantId)),
        updated_at: clock(),
      }
      await db
        .insertInto('installations')
        .values({ platform, tenant_id: tenantId, ...written })
        .onConflict(c => c.columns(['platform', 'tenant_id']).doUpdateSet(written))
        .execute()
    },

    async remove(platform, tenantId) {
      await db
        .deleteFrom('installations')
        .where('platform', '=', platform)
        .where('tenant_id', '=', tenantId)
        .execute()
    },

    async list(platform) {
      const rows = await db
        .selectFrom('installations')
        .select('tenant_id')
        .where('platform', '=', platform)
        .orderBy('tenant_id')
        .execute()
      return rows.map(row => row.tenant_id)
    },

    async alone(platform, tenantId, work) {
      const about = aboutOf(platform, tenantId)
      // First come, first served within this process, so that it asks the database for one turn at a time.
      const before = turns.get(about) ?? Promise.resolve()
      const turn = before.then(() => underLease(platform, tenantId, work))
      const ended = turn.catch(() => {})
      turns.set(about, ended)
      try {
        return await turn
      } finally {
        if (turns.get(about) === ended) turns.delete(about)
      }
    },

    async reseal() {
      const rows = await db
        .selectFrom('installations')
        .select(['platform', 'tenant_id'])
        .orderBy('platform')
        .orderBy('tenant_id')
        .execute()
      const result: Resealed = { values: rows.length, resealed: 0, unreadable: [] }
      for (const row of rows) {
        try {
          if (await resealOne(row.platform, row.tenant_id)) result.resealed += 1
        } catch (error) {
          if (!(error instanceof MuranoError)) throw error
          result.unreadable.push(error)
        }
      }
      return result
    },
  }
}
