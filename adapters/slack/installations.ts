import { z } from 'zod'
import { ChatError } from '../../src/core/chat.ts'
import type { Removal } from './events.ts'
import { fitForLogs, wordOf } from './failures.ts'
import { communityOf, PLATFORM, type Tenant } from './handle.ts'
import { installPages } from './install.ts'
import { PATIENCE } from './limits.ts'
import { missingScopes, missingScopesText } from './permissions.ts'
import { clientFor, freshToken, stateOfToken, type TokenState } from './rest.ts'
import type { Key, Keys, TenantsOptions, Workspace } from './tenants.ts'

/** What is kept of an installation, sealed. */
const INSTALLATION = z.object({
  botToken: z.string(),
  scopes: z.array(z.string()),
  /** Only where tokens rotate: good for one renewal, and when the token ends, wall-clock ms. */
  refreshToken: z.string().nullable(),
  expiresAt: z.number().nullable(),
  name: z.string(),
})
export type Installation = z.infer<typeof INSTALLATION>

/** How long a row that was read is good for, ms: an installation that ended elsewhere shows itself by its token. */
const CACHE_MS = 60_000

/** Tokens live 12 hours where they rotate; so long before the end a new one is asked for. */
const RENEW_MS = 2 * 60 * 60_000

export function manyWorkspaces(options: TenantsOptions, app: Extract<Workspace, { kind: 'many' }>) {
  const { log, clock, wait } = options
  const rows = createRows(options, app)

  const keyOf = ({ enterpriseId, teamId }: Tenant, { botToken }: Installation): Key => ({
    token: botToken,
    teamId: enterpriseId === null ? null : teamId,
  })

  /** One that fails is tried again when the row is read again. */
  const renewBeside = (row: string): void => {
    rows
      .renew(row, { soonMs: RENEW_MS })
      .catch(error => log.warn({ row, error: fitForLogs(error) }, 'a Slack token was not looked after'))
  }

  /** Its token is dead: nothing can be done there any more, whoever ended it. */
  const end = async (row: string, botToken: string): Promise<void> => {
    if (!(await rows.remove(row, botToken))) return
    log.info({ row }, 'a Slack installation has ended')
    options.onLeft(row)
  }

  /** As Slack tells; an ended token that can be renewed is alive, one that can't is dead. */
  const stateOf = async (row: string, { botToken }: Installation): Promise<TokenState> => {
    const state = await stateOfToken(clientFor(options, botToken, null), wait)
    if (state !== 'expired') return state
    try {
      return (await rows.renew(row, { refused: botToken })) ? 'alive' : 'dead'
    } catch {
      return 'unknown'
    }
  }

  const keys: Keys = {
    async current(tenant) {
      const row = communityOf(tenant)
      const recent = rows.recent(row)
      const known = recent ?? (await rows.read(row))
      if (!known) return null
      if (!endsBy(known, clock())) {
        const endsSoon = !recent && endsBy(known, clock() + RENEW_MS)
        if (endsSoon || rows.isUnsaved(row)) renewBeside(row)
        return keyOf(tenant, known)
      }
      const renewed = await rows.renew(row, { soonMs: RENEW_MS })
      if (renewed) return keyOf(tenant, renewed)
      await end(row, known.botToken)
      return null
    },

    async instead(tenant, refused, why) {
      const row = communityOf(tenant)
      const now = await rows.read(row)
      if (now && now.botToken !== refused) return keyOf(tenant, now)
      if (now && why === 'expired') {
        const renewed = await rows.renew(row, { refused })
        if (renewed) return keyOf(tenant, renewed)
      }
      if (now && why === 'dead') {
        const state = await stateOf(row, now)
        if (state !== 'dead') {
          const other = rows.recent(row)
          return other && other.botToken !== refused ? keyOf(tenant, other) : refusedOnce(tenant, state)
        }
      }
      await end(row, refused)
      return null
    },

    isIn: async communityId => (await rows.read(communityId)) !== null,
  }

  const isOver = async (row: string, now: Installation, said: Removal['said']): Promise<boolean> => {
    const state = await stateOf(row, now)
    if (state === 'dead') return true
    if (state === 'alive') {
      log.info({ row }, 'a word that the bot was removed came late: its token works')
      return false
    }
    // A word of revoked tokens may mean older ones; if it meant this one, that shows when it is used.
    const counts = said === 'app_uninstalled'
    log.warn({ row, said, counts }, 'a word that the bot was removed, and Slack does not tell of its token')
    return counts
  }

  return {
    ...keys,
    settled: rows.settled,
    async removed({ teamId, enterpriseId, orgWide, said }: Removal) {
      // Where Slack does not say whose installation it was, a workspace's own comes before its organisation's.
      const ofTeam = orgWide === false || (orgWide === null && teamId !== null && (await rows.read(teamId)))
      const row = (ofTeam ? teamId : enterpriseId) ?? teamId ?? enterpriseId!
      const now = await rows.read(row)
      if (now && !(await isOver(row, now, said))) return
      await end(row, now?.botToken ?? '')
    },
    pages: installPages(options, app, async (row, installation) => {
      const missing = missingScopes(installation.scopes)
      if (missing.length > 0) log.warn({ row, missing }, missingScopesText(missing))
      await rows.put(row, installation)
      log.info({ row, name: installation.name }, 'a Slack workspace has installed the bot')
    }),
  }
}

/**
 * What a refusal means whose token Slack does not call dead: an organisation's is good for its other workspaces.
 * @throws ChatError unavailable where that can't be the reason
 */
export function refusedOnce({ enterpriseId }: Tenant, state: TokenState): null {
  if (state === 'alive' && enterpriseId !== null) return null
  throw new ChatError('unavailable', 'Slack refused a token that it does not call dead')
}

/** Installations by row: the id of a workspace, or of an organisation that has the bot for all of its own. */
interface Rows {
  /** As read less than a minute ago; null: not read, or too long ago. */
  recent(row: string): Installation | null
  /** As it is now. Null: the bot is not installed there. */
  read(row: string): Promise<Installation | null>
  /** Somebody has installed the bot. */
  put(row: string, installation: Installation): Promise<void>
  /**
   * A token that is good for `soonMs` more, or, where Slack has `refused` one, another one. Null: there is none any more.
   * Where the renewal fails while the old token lives, that one.
   */
  renew(row: string, wish: { soonMs: number } | { refused: string }): Promise<Installation | null>
  /** Whether it was renewed and could not be written down yet; a renewal tries that again first. */
  isUnsaved(row: string): boolean
  /** Takes it away if it still is the one with that token. False: it is another one. */
  remove(row: string, botToken: string): Promise<boolean>
  /** Resolves when no renewal is under way: one that is cut in the middle costs the workspace its token. */
  settled(): Promise<void>
}

const endsBy = ({ expiresAt }: Installation, at: number) => expiresAt !== null && expiresAt <= at

function createRows(options: TenantsOptions, app: Extract<Workspace, { kind: 'many' }>): Rows {
  const { log, clock, wait } = options
  const installations = options.installations!
  const cache = new Map<string, { installation: Installation; readAt: number }>()
  const renewals = new Map<string, Promise<Installation | null>>()
  /** Renewed, so that what is on the disk is worth nothing any more. `stored`: the bot token that is there. */
  const unsaved = new Map<string, { installation: Installation; stored: string }>()

  const alone = <T>(row: string, work: () => Promise<T>) => installations.alone(PLATFORM, row, work)
  const remember = (row: string, installation: Installation) => {
    cache.set(row, { installation, readAt: clock() })
    return installation
  }

  const read = async (row: string): Promise<Installation | null> => {
    const before = unsaved.get(row)
    const data = await installations.get(PLATFORM, row)
    const stored = data ? INSTALLATION.parse(data) : null
    const ours = unsaved.get(row) ?? before
    if (ours && stored?.botToken === ours.stored) return remember(row, ours.installation)
    // Removed, or installed anew, in another process.
    unsaved.delete(row)
    if (stored) return remember(row, stored)
    cache.delete(row)
    return null
  }

  /** Slack has taken the old refresh token back, so these count from here on, written down or not. */
  const keepRenewed = async (row: string, installation: Installation, stored: string) => {
    remember(row, installation)
    unsaved.set(row, { installation, stored })
    for (const waitMs of [...PATIENCE.saveMs, null]) {
      try {
        await installations.save(PLATFORM, row, installation)
        unsaved.delete(row)
        break
      } catch (error) {
        log.error({ row, error }, 'a renewed Slack token could not be written down')
      }
      if (waitMs !== null) await wait(waitMs)
    }
    return installation
  }

  const renewAlone: Rows['renew'] = async (row, wish) => {
    const now = await read(row)
    if (!now) return null
    const ours = unsaved.get(row)
    if (ours) await keepRenewed(row, ours.installation, ours.stored)
    const isGood = 'refused' in wish ? now.botToken !== wish.refused : !endsBy(now, clock() + wish.soonMs)
    if (isGood) return now
    if (!now.refreshToken) return 'refused' in wish ? null : now
    let renewed: Awaited<ReturnType<typeof freshToken>>
    try {
      renewed = await freshToken(options, app, now.refreshToken)
    } catch (error) {
      log.error({ row, error: fitForLogs(error) }, 'a Slack token could not be renewed')
      if (!('refused' in wish) && !endsBy(now, clock())) return now
      if (wordOf(error) === 'invalid_refresh_token') return null
      throw error
    }
    return keepRenewed(row, { ...now, ...renewed }, unsaved.get(row)?.stored ?? now.botToken)
  }

  return {
    recent(row) {
      const cached = cache.get(row)
      return cached && clock() - cached.readAt < CACHE_MS ? cached.installation : null
    },
    read,
    put: (row, installation) =>
      alone(row, async () => {
        await installations.save(PLATFORM, row, installation)
        unsaved.delete(row)
        remember(row, installation)
      }),
    // One at a time, in all processes: each refresh token is good once.
    renew(row, wish) {
      const running = renewals.get(row)
      if (running) return running
      const renewal = alone(row, () => renewAlone(row, wish)).finally(() => renewals.delete(row))
      renewals.set(row, renewal)
      return renewal
    },
    isUnsaved: row => unsaved.has(row),
    remove: (row, botToken) =>
      alone(row, async () => {
        const now = await read(row)
        if (now && now.botToken !== botToken) return false
        await installations.remove(PLATFORM, row)
        unsaved.delete(row)
        cache.delete(row)
        return true
      }),
    settled: async () => void (await Promise.allSettled(renewals.values())),
  }
}
