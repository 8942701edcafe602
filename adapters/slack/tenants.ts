import type { WebClient } from '@slack/web-api'
import { ChatError } from '../../src/core/chat.ts'
import { MuranoError } from '../../src/core/errors.ts'
import type { Clock, Installations } from '../../src/core/ports.ts'
import type { Removal } from './events.ts'
import { fitForLogs, isDeadToken, isExpiredToken, reasonOf, toChatError, wordOf } from './failures.ts'
import { communityOf, readTenant, type Tenant } from './handle.ts'
import type { WebHandler } from './install.ts'
import { manyWorkspaces, refusedOnce } from './installations.ts'
import { missingScopes, missingScopesText, SCOPES } from './permissions.ts'
import {
  clientFor,
  patiently,
  type RestOptions,
  stateOfToken,
  type TokenState,
  twice,
  type Wait,
} from './rest.ts'

export type Workspace =
  /** The simple way: the token that Slack shows after "Install to workspace". */
  | { kind: 'one'; botToken: string }
  /** Whoever likes installs it, through our page. */
  | { kind: 'many'; clientId: string; clientSecret: string }

export interface TenantsOptions extends RestOptions {
  workspace: Workspace
  /** Null where there is one workspace, whose token is a setting. */
  installations: Installations | null
  publicUrl: string
  /** Signs what goes through the browser while somebody installs the bot. */
  stateSecret: string
  clock: Clock
  wait: Wait
  /** The bot was removed there: a workspace, or a whole organisation. */
  onLeft(communityId: string): void
  /** The one workspace's token is dead. */
  onTokenRefused(): void
}

/** Which workspace is served by which token. */
export interface Tenants {
  /**
   * Runs `ask` with that workspace's client of now; again with a fresh token where the first had ended, and after a short
   * pause where Slack wants one. @throws ChatError left; whatever `ask` throws
   */
  ask<T>(tenantId: string, ask: (client: WebClient) => Promise<T>): Promise<T>
  /** The bot token of now. @throws ChatError left, unavailable */
  token(tenantId: string): Promise<string>
  /** The bot as a user of that workspace; null: that is not known just now. */
  self(tenantId: string): Promise<Self | null>
  /** What people type to bring the bot into a channel; null: its name is not known just now. */
  invite(tenantId: string): Promise<string | null>
  /** Whether the bot is installed there now. @throws where that can't be told */
  isIn(communityId: string): Promise<boolean>
  /** Proves that the one workspace's token works; of many, nothing. @throws MuranoError in plain words */
  check(): Promise<void>
  /** Slack says that a workspace, or all of an organisation, has removed the bot. */
  removed(removal: Removal): Promise<void>
  /** Resolves when no token is being renewed. */
  settled(): Promise<void>
  /** The pages on which a workspace installs it; null where there is but one. */
  readonly pages: WebHandler | null
}

export interface Self {
  id: string
  /** Without the "@". */
  name: string
}

/** What opens a workspace. */
export interface Key {
  token: string
  /** Said with every call where the token is an organisation's. */
  teamId: string | null
}

export interface Keys {
  /** Null: the bot is not installed there. */
  current(tenant: Tenant): Promise<Key | null>
  /**
   * What to try instead of a token that Slack has refused; null: nothing, the bot is out.
   * @throws ChatError unavailable where Slack does not tell what is the matter
   */
  instead(tenant: Tenant, refused: string, why: 'expired' | 'dead'): Promise<Key | null>
  isIn(communityId: string): Promise<boolean>
}

export function createTenants(options: TenantsOptions): Tenants {
  const { workspace, wait, log } = options
  const clients = new Map<string, { token: string; client: WebClient }>()
  const selves = new Map<string, Self>()
  const one = workspace.kind === 'one' ? oneWorkspace(options, workspace.botToken) : null
  const many = workspace.kind === 'many' ? manyWorkspaces(options, workspace) : null
  const keys: Keys = one ?? many!

  const clientOf = (tenantId: string, { token, teamId }: Key): WebClient => {
    const known = clients.get(tenantId)
    if (known?.token === token) return known.client
    const client = clientFor(options, token, teamId)
    clients.set(tenantId, { token, client })
    return client
  }

  const ask: Tenants['ask'] = async (tenantId, work) => {
    const tenant = readTenant(tenantId)
    const key = await keys.current(tenant)
    if (!key) throw left()
    const run = (with_: Key) => patiently(wait, () => work(clientOf(tenantId, with_)))
    try {
      return await run(key)
    } catch (error) {
      const why = isExpiredToken(error) ? 'expired' : isDeadToken(error) ? 'dead' : null
      if (!why) throw error
      const next = await keys.instead(tenant, key.token, why)
      if (!next) throw left(error)
      return run(next)
    }
  }

  async function self(tenantId: string): Promise<Self | null> {
    try {
      const known = selves.get(tenantId)
      if (known) return known
      const { user: name, user_id: id } = await ask(tenantId, client => client.auth.test())
      if (!name || !id) return null
      selves.set(tenantId, { id, name })
      return { id, name }
    } catch (error) {
      log.info({ error: fitForLogs(error) }, 'who the bot is in Slack is not known')
      return null
    }
  }

  return {
    ask,
    async token(tenantId) {
      const key = await keys.current(readTenant(tenantId))
      if (!key) throw left()
      return key.token
    },
    self,
    async invite(tenantId) {
      const known = await self(tenantId)
      return known && `/invite @${known.name}`
    },
    // Versions before 0.4.0 named the workspace of an organisation too: "E012AB3CD.T012AB3CD".
    isIn: async communityId => keys.isIn(communityId.replace(/\..*$/, '')),
    check: async () => void (await one?.identify()),
    removed: removal => (one ? one.removed(removal) : many!.removed(removal)),
    settled: async () => many?.settled(),
    pages: many?.pages ?? null,
  }
}

const left = (cause?: unknown) =>
  new ChatError('left', 'The bot is not installed in this Slack workspace', {
    ...(cause !== undefined && { cause: toChatError(cause) }),
  })

export const badToken = () =>
  new MuranoError(
    'slack_bad_token',
    'Slack does not accept SLACK_BOT_TOKEN. Copy it again: api.slack.com/apps, your app, "OAuth & Permissions", "Bot User OAuth Token" (xoxb-…). If it was uninstalled, press "Install to workspace" there first.',
  )

interface Identity {
  teamId: string
  /** Set where the token is good for the whole organisation. */
  enterpriseId: string | null
}

function oneWorkspace(
  options: TenantsOptions,
  token: string,
): Keys & { identify(): Promise<Identity>; removed(removal: Removal): Promise<void> } {
  const { wait, log, apiUrl } = options
  const client = clientFor(options, token, null)
  let known: Identity | null = null
  let refused = false
  const refuse = () => {
    refused = true
    options.onTokenRefused()
  }

  const identify = async (): Promise<Identity> => {
    if (known) return known
    try {
      const answer = await patiently(wait, () => twice(wait, () => client.auth.test()))
      const missing = missingScopes(answer.response_metadata?.scopes ?? Object.keys(SCOPES))
      if (missing.length > 0) log.warn({ missing }, missingScopesText(missing))
      known = {
        teamId: answer.team_id ?? '',
        enterpriseId: answer.is_enterprise_install ? (answer.enterprise_id ?? null) : null,
      }
      return known
    } catch (error) {
      if (isDeadToken(error)) throw badToken()
      throw unreachable(apiUrl, error)
    }
  }

  const current: Keys['current'] = async ({ teamId, enterpriseId }) => {
    const { teamId: ours, enterpriseId: organisation } = await identify()
    if (organisation !== null) return enterpriseId === organisation ? { token, teamId } : null
    // The operator may have moved to another workspace: what was begun in the old one must not go on in the new.
    return teamId === ours ? { token, teamId: null } : null
  }
  /** There is no way to renew it, so one that has ended is dead. */
  const isDead = (state: TokenState) => state === 'dead' || state === 'expired'

  return {
    identify,
    current,
    async instead(tenant) {
      const state = await stateOfToken(client, wait)
      if (!isDead(state)) return refusedOnce(tenant, state)
      refuse()
      return null
    },
    isIn: async communityId => !refused && communityId === communityOf(await identify()),
    async removed({ said }) {
      const state = await stateOfToken(client, wait)
      const counts = isDead(state) || (state === 'unknown' && said === 'app_uninstalled')
      log.info({ said, state, counts }, 'a word that the bot was removed')
      if (!counts) return
      if (known) options.onLeft(communityOf(known))
      refuse()
    },
  }
}

export const unreachable = (apiUrl: string | null, error: unknown) =>
  new MuranoError(
    'slack_unreachable',
    `Slack could not be reached at ${apiUrl ?? 'slack.com'}: ${wordOf(error) ?? reasonOf(error)}. Check this machine's network${apiUrl ? ' and SLACK_API_URL' : ''}; status: slack-status.com.`,
    { cause: toChatError(error) },
  )
