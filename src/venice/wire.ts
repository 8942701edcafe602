/**
 * Every answer that Venice gives, read from `unknown` once. Sources: the "Video Upscaling" guide, the OpenAPI document
 * 20260821.193530 and live calls noted by a community client on 2026-07-30; where they differ, all are understood.
 */
import { z } from 'zod'
import { fromDollars, type MicroUsd } from '../core/money.ts'

/** Text as JSON; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const link = z.url({ protocol: /^https?$/ })
/** No job takes longer than a day, as its file is not kept longer: more is a mistake, which no forecast may rest on. */
const ms = z
  .number()
  .nonnegative()
  .max(24 * 60 * 60_000)
  .nullable()
  .catch(null)

export interface Queued {
  queueId: string
  model: string | null
  /** Given once, here; valid for 24 hours. */
  downloadUrl: string | null
}

const queued = z.looseObject({
  queue_id: z.union([z.string().trim().min(1), z.number().transform(String)]),
  model: z.string().min(1).nullable().catch(null),
  download_url: link.nullable().catch(null),
})

/** Null: not a receipt. */
export function parseQueued(body: unknown): Queued | null {
  const { data } = queued.safeParse(body)
  return data ? { queueId: data.queue_id, model: data.model, downloadUrl: data.download_url } : null
}

export type Retrieved =
  | { status: 'processing'; averageMs: number | null; elapsedMs: number | null }
  | { status: 'completed'; url: string | null }
  | { status: 'failed'; trouble: Trouble }

const retrieved = z.looseObject({
  status: z.string(),
  average_execution_time: ms,
  execution_duration: ms,
  url: link.nullable().catch(null),
  download_url: link.nullable().catch(null),
})

// The documents name PROCESSING and completed; the others are what queues of this kind say, so that a word more or
// less in the vendor's vocabulary does not strand a paid job.
const WAITING = new Set(['processing', 'queued', 'pending', 'in_queue', 'in_progress', 'running', 'starting'])
const DONE = new Set(['completed', 'complete', 'succeeded', 'success', 'done', 'finished'])
const OVER = new Set([
  'failed',
  'failure',
  'error',
  'errored',
  'cancelled',
  'canceled',
  'rejected',
  'aborted',
])

/** Null: none of the known shapes, which is a protocol error. */
export function parseRetrieved(body: unknown): Retrieved | null {
  const { data } = retrieved.safeParse(body)
  if (!data) return null
  const status = data.status.toLowerCase()
  if (WAITING.has(status)) {
    return {
      status: 'processing',
      averageMs: data.average_execution_time,
      elapsedMs: data.execution_duration,
    }
  }
  if (DONE.has(status)) return { status: 'completed', url: data.url ?? data.download_url }
  if (OVER.has(status)) return { status: 'failed', trouble: parseTrouble(body) }
  return null
}

/** The link in the answer to /video/complete; null where it holds none (the spec's `{success: true}`). */
export function parseCompleted(body: unknown): string | null {
  const { data } = z
    .looseObject({ url: link.nullable().catch(null), download_url: link.nullable().catch(null) })
    .safeParse(body)
  return data ? (data.url ?? data.download_url) : null
}

/** Null where there is no price in it, or none that can be one (zero, negative, not finite). */
export function parseQuote(body: unknown): MicroUsd | null {
  const { data } = z.looseObject({ quote: z.union([z.number(), z.string().regex(/\d/)]) }).safeParse(body)
  const usd = data ? fromDollars(Number(data.quote)) : 0
  return usd > 0 && Number.isSafeInteger(usd) ? usd : null
}

/** What an error body says, in whichever of its shapes. */
export interface Trouble {
  /** The vendor's words, as they came; null where there are none. */
  said: string | null
  /** The vendor's name for it, in capitals ("INSUFFICIENT_BALANCE"). */
  code: string | null
  /** Null: not said. */
  creditsRefunded: boolean | null
  /** Whether the complaint is about that request field. */
  names(field: string): boolean
  /** Whether its words match. */
  says(pattern: RegExp): boolean
}

const words = z.string().trim().min(1)
const issue = z.looseObject({
  path: z.array(z.union([z.string(), z.number()])).catch([]),
  keys: z.array(z.string()).catch([]),
  message: words.nullable().catch(null),
})
const refunded = z.boolean().nullable().catch(null)
const name = words.optional().catch(undefined)
const errorObject = z.looseObject({
  message: words.optional().catch(undefined),
  code: name,
  type: name,
  param: z.string().nullable().catch(null),
  credits_refunded: refunded,
})
const trouble = z.looseObject({
  error: z.union([words, errorObject]).optional().catch(undefined),
  code: name,
  message: words.optional().catch(undefined),
  details: z.record(z.string(), z.unknown()).optional().catch(undefined),
  issues: z.array(issue).catch([]),
  credits_refunded: refunded,
})

export function parseTrouble(body: unknown): Trouble {
  const { data } = trouble.safeParse(body)
  if (!data) return { said: null, code: null, creditsRefunded: null, names: () => false, says: () => false }
  const error = typeof data.error === 'object' ? data.error : null
  const message = typeof data.error === 'string' ? data.error : error?.message
  const issues = data.issues.map(i => [i.path.join('.'), i.message].filter(Boolean).join(': '))
  // What wants a payment (x402) has a title in `error` and its words in `message`.
  const said = [...new Set([message, data.message, ...issues].filter(Boolean))].join('; ')
  const named = new Set([
    ...Object.keys(data.details ?? {}),
    ...data.issues.flatMap(i => [...i.path.map(String), ...i.keys]),
    ...(error?.param ? [error.param] : []),
  ])
  return {
    said: said === '' ? null : said,
    code: (data.code ?? error?.code ?? error?.type)?.toUpperCase() ?? null,
    // The OpenAPI document has it inside the error object where a provider refused (ProviderContentPolicyError).
    creditsRefunded: data.credits_refunded ?? error?.credits_refunded ?? null,
    names: field => named.has(field) || new RegExp(`\\b${field}\\b`, 'i').test(said),
    says: pattern => pattern.test(said),
  }
}
