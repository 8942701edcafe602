import { Refusal, type RefusalCode } from '../core/errors.ts'
import type { FileHosts } from '../core/ports.ts'
import { LINK } from '../core/source.ts'

export interface Rules {
  /** By the names of platforms. */
  hosts: ReadonlyMap<string, FileHosts>
  /** Origins ("http://127.0.0.1:4100") that links may lead to as they are, inside the own network or not. */
  trusted: ReadonlySet<string>
}

/** Origins whose addresses are not looked at: those trusted for links, or what stands for the platform; never both. */
export const exemptFor = (origin: string, { hosts, trusted }: Rules): ReadonlySet<string> =>
  origin === LINK ? trusted : new Set(hosts.get(origin)?.origins)

/**
 * Reads an address, the way to it from `base` where it is one of a redirect. Letters over which readers of addresses
 * disagree are no part of an honest one. @throws Refusal link_invalid
 */
export function parseAddress(text: string, base?: URL): URL {
  const url = DISPUTED.test(text) ? null : URL.parse(text, base)
  if (!url) throw new Refusal('link_invalid', { why: 'unreadable' })
  return url
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const DISPUTED = /[\u0000-\u001f\u007f\\]/

/**
 * Refuses an address by what it says. Where its name leads is looked at again for each connection.
 * @throws Refusal link_invalid, link_forbidden, and for a platform's file file_elsewhere
 */
export function assertAllowed(url: URL, origin: string, rules: Rules): void {
  const refuse = (code: RefusalCode, why: string) =>
    new Refusal(origin === LINK ? code : 'file_elsewhere', { why })

  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('link_invalid', 'scheme')
  if (url.username || url.password) throw refuse('link_invalid', 'it carries a name or a password')
  if (exemptFor(origin, rules).has(url.origin)) return
  if (url.protocol !== 'https:') throw refuse('link_invalid', 'scheme')
  // Other ports are where services listen that were not made for the public.
  if (url.port) throw refuse('link_invalid', 'port')
  if (origin !== LINK && !rules.hosts.get(origin)?.hosts.includes(url.hostname))
    throw refuse('file_elsewhere', 'host')
  if (isLiteral(url.hostname)) return
  const ending = url.hostname.slice(url.hostname.lastIndexOf('.') + 1)
  if (!PUBLIC_NAME.test(url.hostname) || INNER_ENDINGS.has(ending))
    throw refuse('link_forbidden', 'no public name')
}

/** URL has brought every spelling of an address (0x7f.1, 2130706433, fullwidth digits) to the plain one. */
const isLiteral = (hostname: string) => hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(hostname)

/** Two parts or more, none of them empty: no dot at the end, and nothing that only an inner resolver completes. */
const PUBLIC_NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/

/**
 * Never given out on the internet. Source: IANA Special-Use Domain Names registry (RFC 6761, 6762, 7686, 8375, 9476),
 * ICANN's reservation of "internal" (2024) and of what home routers and offices use.
 */
const INNER_ENDINGS = new Set([
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'arpa',
  'onion',
  'alt',
  'invalid',
  'test',
])
