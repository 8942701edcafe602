import { Agent } from 'undici'
import { Refusal } from '../core/errors.ts'
import type { Body, Door, FileHosts, Log } from '../core/ports.ts'
import { type ClipSource, LINK } from '../core/source.ts'
import { createConnector, type Dial, ForbiddenAddress, type Lookup } from './connector.ts'
import { fetchBody } from './fetch-body.ts'
import { assertAllowed, exemptFor, parseAddress } from './rules.ts'

export interface DoorOptions {
  /** Where each platform's files lie, by its name. */
  hosts: ReadonlyMap<string, FileHosts>
  /** Origins ("http://127.0.0.1:4100", exact) that are open to links, wherever they lead. No credential goes there. */
  trusted: readonly string[]
  /** How names become addresses. */
  lookup?: Lookup
  /** How vetted addresses become a connection. */
  dial?: Dial
  /** Redirects that are followed at most. */
  maxRedirects?: number
  /** From the first look at a name until bytes can be sent, ms. */
  connectMs?: number
  log: Log
}

/** Larger heads than any honest file server sends, bytes. */
const MAX_HEAD = 16 << 10

/**
 * The one way by which foreign bytes come in. Only https, only its usual port, only to the public internet or, for a
 * platform's file, to that platform; a redirect is vetted as the address itself was. Nothing is taken from the
 * environment: no proxy stands between the vetting and the connection.
 */
export function createDoor(options: DoorOptions): Door & { close(): Promise<void> } {
  const { hosts, lookup, dial, maxRedirects = 3, connectMs = 5_000, log } = options
  const trusted = new Set(options.trusted.map(address => new URL(address).origin))
  const rules = { hosts, trusted }
  const agents = new Map<string, Agent>()
  /** Links and platforms have connections of their own, so that what is exempt for one is not for another. */
  const agentFor = (origin: string): Agent => {
    const known = agents.get(origin)
    if (known) return known
    const connect = createConnector({ trusted: exemptFor(origin, rules), lookup, dial, connectMs })
    const agent = new Agent({ connect, allowH2: false, maxHeaderSize: MAX_HEAD })
    agents.set(origin, agent)
    return agent
  }

  const get = async (source: ClipSource, url: URL, headers: Record<string, string>, t: Watch) => {
    try {
      return await fetchBody(url, headers, { ...t, dispatcher: agentFor(source.origin) })
    } catch (error) {
      const forbidden = causes(error).find(e => e instanceof ForbiddenAddress)
      if (!forbidden) throw error
      const { host, addresses } = forbidden
      log.warn(
        { host, addresses, origin: source.origin },
        'not opened: an address outside the public internet',
      )
      const code = source.origin === LINK ? 'link_forbidden' : 'source_gone'
      throw new Refusal(code, { why: 'address' }, { cause: error })
    }
  }

  return {
    async open(source, headers, t) {
      let url = parseAddress(source.url)
      assertAllowed(url, source.origin, rules)
      const key =
        source.access === null ? undefined : await hosts.get(source.origin)?.credential?.(source.access)
      const locked = key !== undefined
      for (let redirects = 0; ; redirects++) {
        const body = await get(source, url, { ...headers, ...key }, t)
        const to = redirectOf(body)
        if (to === null) {
          if (locked && isSignIn(body)) {
            await body.cancel()
            throw new Refusal('file_hidden', { status: body.status })
          }
          return body
        }
        await body.cancel()
        if (redirects >= maxRedirects) throw new Refusal('source_gone', { why: 'too many redirects' })
        const next = parseAddress(to, url)
        // Away from its own host leads to a sign-in page; the credential goes nowhere else.
        if (locked && next.origin !== url.origin) throw new Refusal('file_hidden', { why: 'redirected' })
        assertAllowed(next, source.origin, rules)
        if (url.protocol === 'https:' && next.protocol !== 'https:')
          throw new Refusal('link_invalid', { why: 'redirected to http' })
        url = next
      }
    },
    async close() {
      await Promise.all([...agents.values()].map(agent => agent.destroy()))
    },
  }
}

type Watch = Parameters<Door['open']>[2]

/** Where an answer sends us; null: it is the answer. */
function redirectOf(body: Body): string | null {
  if (![301, 302, 303, 307, 308].includes(body.status)) return null
  const to = body.header('location')
  // Heads come byte by byte; browsers take the bytes for UTF-8.
  return to && Buffer.from(to, 'latin1').toString()
}

/** Who may not see a file is shown a page instead, often with status 200. */
function isSignIn(body: Body): boolean {
  if (body.status === 401 || body.status === 403) return true
  const ok = body.status >= 200 && body.status <= 299
  return ok && /^\s*(?:text\/html|application\/xhtml)/i.test(body.header('content-type') ?? '')
}

function causes(error: unknown): unknown[] {
  const chain: unknown[] = []
  for (let e = error; e && chain.length < 8; e = e instanceof Error ? e.cause : null) chain.push(e)
  return chain
}
