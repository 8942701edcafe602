/** Every way in which Venice can misbehave on demand, as one table: a switch, what it says, where and how it acts. */

import type { FaultSwitch } from '../control.ts'
import type { AnswerName } from './refusal.ts'

export type RouteName =
  | 'queue'
  | 'retrieve'
  | 'complete'
  | 'quote'
  | 'balance'
  | 'usage'
  | 'usage-gone'
  | 'limits'
  | 'models'
  | 'file'

/**
 * When and how a fault acts.
 * - `cut`: the connection is destroyed before the request is read.  - `hang`: it is read, never answered.
 * - `answer`: refused before the handler runs.  - `limit`: the same, with the rate-limit headers of a full window.
 * - `garbage`: 200 with a body that is no known shape.  - `endless`: 200, and JSON that comes letter by letter for ever.
 * - `page`: 200 with a web page.  - `video`: 200 with a video of 20 bytes.
 * - `elsewhere`: asked for by name where it acts.
 */
export type Effect =
  | { kind: 'cut' | 'hang' | 'garbage' | 'endless' | 'page' | 'video' | 'limit' | 'elsewhere' }
  | { kind: 'answer'; answer: AnswerName }

export interface Fault {
  name: string
  description: string
  /** Routes that it changes; download links are never part of 'api'. */
  on: readonly RouteName[] | 'api'
  effect: Effect
  /** Where it shows besides, by other means than its effect. */
  also?: readonly RouteName[]
}

const elsewhere = (...on: RouteName[]) => ({ on, effect: { kind: 'elsewhere' } }) as const
const answers = (answer: AnswerName, ...on: RouteName[]) =>
  ({ on, effect: { kind: 'answer', answer } }) as const
const everywhere = (answer: AnswerName) => ({ on: 'api', effect: { kind: 'answer', answer } }) as const

const VIDEO = ['queue', 'retrieve', 'complete', 'quote'] as const
const ASKED = [...VIDEO, 'balance', 'usage', 'limits', 'models'] as const

export const FAULTS = [
  {
    name: 'slow',
    description: 'Each clip that is queued now takes 60 seconds longer.',
    ...elsewhere('retrieve'),
  },
  {
    name: 'stuck',
    description: 'Retrieve says of every clip that it is still being worked on.',
    ...elsewhere('retrieve'),
  },
  {
    name: '429',
    description: 'Queue and retrieve say that the rate limit is reached, and to come back in 5 seconds.',
    on: ['queue', 'retrieve'],
    effect: { kind: 'limit' },
  },
  {
    name: 'quote-429',
    description: 'The price quote says that the rate limit is reached, and to come back in 5 seconds.',
    on: ['quote'],
    effect: { kind: 'limit' },
  },
  {
    name: '500',
    description: 'Every request fails with an internal error.',
    ...everywhere('inferenceFailed'),
  },
  {
    name: 'lost-answer',
    description: 'A queued clip is accepted and paid, but the connection breaks before the answer.',
    ...elsewhere('queue'),
  },
  {
    name: 'held-answer',
    description: 'A queued clip is accepted and paid, but the answer never comes.',
    ...elsewhere('queue'),
  },
  {
    name: 'accepted-500',
    description: 'A queued clip is accepted and paid, but the answer is an internal error.',
    ...elsewhere('queue'),
  },
  {
    name: 'no-credit',
    description: 'The balance is empty: nothing can be queued.',
    ...answers('noCredit', 'queue'),
    also: ['balance'],
  },
  {
    name: 'spend-limit',
    description: 'The API key has reached its own spending limit, though the account has money.',
    ...answers('spendLimit', 'queue'),
  },
  {
    name: 'diem-limit',
    description: 'The API key has reached its own spending limit in DIEM.',
    ...answers('diemLimit', 'queue'),
  },
  {
    name: 'payment-required',
    description: 'Queue asks for a payment from a wallet, as where there is no credit at all (402).',
    ...answers('paymentRequired', 'queue'),
  },
  {
    name: 'auth-required',
    description: 'Every request is told that it came without an API key (402).',
    ...everywhere('authRequired'),
  },
  {
    name: 'cannot-consume',
    description: 'The account has money but may not use it (canConsume is false).',
    ...answers('noCredit', 'queue'),
    also: ['balance'],
  },
  { name: 'bad-key', description: 'Every API key is refused.', ...everywhere('badKey') },
  {
    name: 'inactive-key',
    description: 'The subscription behind the API key has ended.',
    ...everywhere('inactiveKey'),
  },
  { name: 'pro-only', description: 'The model is open to Pro users only.', ...answers('proOnly', 'queue') },
  {
    name: 'forbidden',
    description: 'API access is disabled for this account.',
    ...everywhere('accessDisabled'),
  },
  {
    name: 'usage-forbidden',
    description: 'The API key may not read the usage history (403).',
    ...answers('unauthorized', 'usage'),
  },
  {
    name: 'region',
    description: 'The model is not available in this region.',
    ...answers('region', ...VIDEO),
  },
  {
    name: 'gone',
    description: 'Retrieve does not know the clip any more.',
    ...answers('notFound', 'retrieve'),
  },
  {
    name: 'needs-consent',
    description: 'Queue asks for a consent first.',
    ...answers('needsConsent', 'queue'),
  },
  {
    name: 'bad-video',
    description: 'Queue takes no video for a valid one.',
    ...answers('invalidVideo', 'queue'),
  },
  {
    name: 'too-large',
    description: 'Queue takes every request for too large.',
    ...answers('tooLarge', 'queue'),
  },
  {
    name: 'wrong-type',
    description: 'The content type of each request is refused.',
    ...answers('wrongType', ...VIDEO),
  },
  { name: 'too-long', description: 'Queue takes every clip for too long.', ...answers('tooLong', 'queue') },
  {
    name: 'too-short',
    description: 'Queue takes every clip for too short.',
    ...answers('tooShort', 'queue'),
  },
  {
    name: 'content-policy',
    description: 'Queue refuses the clip under the content policy; credits are refunded.',
    ...answers('contentPolicy', 'queue'),
  },
  {
    name: 'provider-policy',
    description: 'The accepted clip is refused under the content policy; its price is refunded.',
    ...elsewhere('retrieve', 'complete'),
  },
  {
    name: 'no-refund',
    description: 'The accepted clip is refused under the content policy; its price is kept.',
    ...elsewhere('retrieve', 'complete'),
  },
  {
    name: 'failed-job',
    description: 'Each clip that is queued now fails to convert; its price is refunded.',
    ...elsewhere('retrieve', 'complete'),
  },
  {
    name: 'overloaded',
    description: 'The model is overloaded (429).',
    ...answers('overloaded', 'queue', 'retrieve'),
  },
  { name: '502', description: 'Every request meets a bad gateway.', ...everywhere('badGateway') },
  { name: '503', description: 'The model is at capacity.', ...everywhere('atCapacity') },
  { name: '504', description: 'Every request times out at the gateway.', ...everywhere('timedOut') },
  { name: 'retrieve-500', description: 'Only retrieve fails.', ...answers('inferenceFailed', 'retrieve') },
  { name: 'complete-down', description: 'Only complete fails.', ...answers('inferenceFailed', 'complete') },
  { name: 'quote-down', description: 'Only the price quote fails.', ...answers('inferenceFailed', 'quote') },
  {
    name: 'queue-500',
    description: 'Queue alone fails with an internal error; nothing is accepted.',
    ...answers('inferenceFailed', 'queue'),
  },
  {
    name: 'down',
    description: 'The connection breaks before the request is read: nothing is accepted.',
    on: 'api',
    effect: { kind: 'cut' },
  },
  { name: 'silent', description: 'Requests are never answered.', on: 'api', effect: { kind: 'hang' } },
  {
    name: 'endless',
    description: 'Every answer begins, goes on letter by letter and never ends.',
    on: 'api',
    effect: { kind: 'endless' },
  },
  {
    name: 'web-page',
    description: 'Every answer is a web page (200, text/html), in place of a result too.',
    on: [...ASKED, 'file'],
    effect: { kind: 'page' },
  },
  {
    name: 'video-answer',
    description: 'Queue and quote are answered with a video in place of JSON.',
    on: ['queue', 'quote'],
    effect: { kind: 'video' },
  },
  {
    name: 'garbage',
    description: 'Every answer is a 200 whose body means nothing.',
    on: 'api',
    effect: { kind: 'garbage' },
  },
  {
    name: 'no-url',
    description: 'Retrieve says completed without an address; complete tells it (guide only).',
    ...elsewhere('retrieve', 'file'),
  },
  {
    name: 'inline-result',
    description: 'Queue gives no download address and retrieve sends the file itself (spec only).',
    ...elsewhere('retrieve', 'file'),
  },
  { name: 'tiny-file', description: 'The result is a video/mp4 of 20 bytes.', ...elsewhere('file') },
  {
    name: 'cut-download',
    description: 'The first download of each result breaks off halfway.',
    ...elsewhere('file'),
  },
  {
    name: 'cut-anywhere',
    description: 'Every download breaks off at a random byte.',
    ...elsewhere('file'),
  },
  {
    name: 'stalled-download',
    description: 'The first download of each result stops halfway and stays open.',
    ...elsewhere('file'),
  },
  {
    name: 'link-used-up',
    description: 'Download links say that they are used up (410).',
    ...answers('linkUsedUp', 'file'),
  },
] as const satisfies readonly Fault[]

export type FaultName = (typeof FAULTS)[number]['name']

export interface Faults {
  list(): FaultSwitch[]
  /** False for a name that is not in the table. */
  set(name: string, on: boolean): boolean
  on(name: FaultName): boolean
  /** The first switched-on fault that acts on this route before its handler. */
  at(route: RouteName): Effect | null
}

export function createFaults(): Faults {
  const active = new Set<string>()
  const actsOn = ({ effect, on }: Fault, route: RouteName) =>
    effect.kind !== 'elsewhere' && (on === 'api' ? route !== 'file' : on.includes(route))
  return {
    list: () => FAULTS.map(({ name, description }) => ({ name, description, on: active.has(name) })),
    set(name, on) {
      if (!FAULTS.some(fault => fault.name === name)) return false
      if (on) active.add(name)
      else active.delete(name)
      return true
    },
    on: name => active.has(name),
    at: route =>
      FAULTS.find((fault: Fault) => active.has(fault.name) && actsOn(fault, route))?.effect ?? null,
  }
}
