import { z } from 'zod'
import { fitForLogs, wordOf } from './failures.ts'
import { type Tenant, writeTenant } from './handle.ts'
import { installPages } from './install.ts'
import { missingScopes, missingScopesText } from './permissions.ts'
import { clientFor, clientWithoutToken, patiently, tokenIsDead } from './rest.ts'
import type { Key, Keys, TenantsOptions, Workspace } from './tenants.ts'

const PLATFORM = 'slack'

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
  const installations = options.installations!
  const cache = new Map<string, { installation: Installation; readAt: number }>()
  const renewals = new Map<string, Promise<Installation | null>>()
  /** Of an organisation's installation, which workspaces were heard of; for saying that they left. */
  const seen = new Map<string, Set<string>>()

  const rowOf = ({ enterpriseId, teamId }: Tenant) => enterpriseId ?? teamId
  const alone = <T>(row: string, work: () => Promise<T>) => installations.alone(PLATFORM, row, work)
  const remember = (row: string, installation: Installation) => {
    cache.set(row, { installation, readAt: clock() })
    return installation
  }
  const read = async (row: string): Promise<Installation | null> => {
    const data = await installations.get(PLATFORM, row)
    if (!data) cache.delete(row)
    return data ? remember(row, INSTALLATION.parse(data)) : null
  }
  const save = async (row: string, installation: Installation) => {
    await installations.save(PLATFORM, row, installation)
    return remember(row, installation)
  }
  const endsBy = ({ expiresAt }: Installation, at: number) => expiresAt !== null && expiresAt <= at

  /** One renewal at a time, in all processes: each refresh token is good once. `refused`: that token must not come back. */
  const renew = (row: string, refused: string | null): Promise<Installation | null> => {
    const running = renewals.get(row)
    if (running) return running
    const renewal = alone(row, () => renewAlone(row, refused)).finally(() => renewals.delete(row))
    renewals.set(row, renewal)
    return renewal
  }
  const renewAlone = async (row: string, refused: string | null): Promise<Installation | null> => {
    const now = await read(row)
    if (!now) return null
    const fresh = refused === null ? !endsBy(now, clock() + RENEW_MS) : now.botToken !== refused
    if (fresh) return now
    if (!now.refreshToken) return refused === null ? now : null
    try {
      return await save(row, { ...now, ...(await freshToken(now.refreshToken)) })
    } catch (error) {
      log.error({ row, error: fitForLogs(error) }, 'a Slack token could not be renewed')
      if (refused === null && !endsBy(now, clock())) return now
      if (wordOf(error) === 'invalid_refresh_token') return null
      throw error
    }
  }
  const freshToken = async (refreshToken: string) => {
    const answer = await patiently(wait, () =>
      clientWithoutToken(options).oauth.v2.access({
        client_id: app.clientId,
        client_secret: app.clientSecret,
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
      }),
    )
    const { access_token, refresh_token, expires_in } = RENEWED.parse(answer)
    return { botToken: access_token, refreshToken: refresh_token, expiresAt: clock() + expires_in * 1000 }
  }

  /** Takes an installation away if it still is the one whose token is dead. */
  const drop = async (row: string, dead: string, tenants: Iterable<string>): Promise<void> => {
    const dropped = await alone(row, async () => {
      const now = await read(row)
      if (now && now.botToken !== dead) return false
      await installations.remove(PLATFORM, row)
      cache.delete(row)
      return true
    })
    if (!dropped) return
    log.info({ row }, 'a Slack workspace has removed the bot')
    for (const tenantId of new Set([...tenants, ...(seen.get(row) ?? [])])) options.onLeft(tenantId)
    seen.delete(row)
  }

  const keyOf = ({ enterpriseId, teamId }: Tenant, { botToken }: Installation): Key => ({
    token: botToken,
    teamId: enterpriseId === null ? null : teamId,
  })

  const keys: Keys = {
    async current(tenant) {
      const row = rowOf(tenant)
      seen.set(row, (seen.get(row) ?? new Set()).add(writeTenant(tenant)))
      const cached = cache.get(row)
      if (cached && clock() - cached.readAt < CACHE_MS && !endsBy(cached.installation, clock())) {
        return keyOf(tenant, cached.installation)
      }
      const found = await read(row)
      const good = found && endsBy(found, clock() + RENEW_MS) ? await renew(row, null) : found
      return good && keyOf(tenant, good)
    },
    async instead(tenant, refused, why) {
      const row = rowOf(tenant)
      const now = await read(row)
      if (now && now.botToken !== refused) return keyOf(tenant, now)
      const renewed = why === 'expired' ? await renew(row, refused) : null
      if (renewed) return keyOf(tenant, renewed)
      await drop(row, refused, [writeTenant(tenant)])
      return null
    },
  }

  return {
    ...keys,
    async removed(
      row: string,
      tenant: { enterpriseId: string | null; teamId: string | null; orgWide: boolean },
    ) {
      const now = await read(row)
      if (now && !(await tokenIsDead(clientFor(options, now.botToken, null), wait))) {
        return log.info({ row }, 'a word that the bot was removed came late; it is installed again')
      }
      const { teamId, orgWide } = tenant
      const named = teamId
        ? [writeTenant({ enterpriseId: orgWide ? tenant.enterpriseId : null, teamId })]
        : []
      await drop(row, now?.botToken ?? '', named)
    },
    pages: installPages(options, app, (row, installation) =>
      alone(row, async () => {
        const missing = missingScopes(installation.scopes)
        if (missing.length > 0) log.warn({ row, missing }, missingScopesText(missing))
        await save(row, installation)
        log.info({ row, name: installation.name }, 'a Slack workspace has installed the bot')
      }),
    ),
  }
}

const RENEWED = z.object({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number() })
