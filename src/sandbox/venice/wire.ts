/**
 * Request bodies in the three dialects. Only what the three sources tell apart differs; see venice-api.md's table.
 * Each parser throws the 400 that the dialect answers.
 */

import { z } from 'zod'
import type { VeniceDialect } from '../control.ts'
import { isModelId, MODELS, type Model } from './models.ts'
import { badRequest, refuse } from './refusal.ts'

export const FACTORS = [1, 2, 4] as const

/** OpenAPI of 2026-08-21: the enum of `duration` as far as upscaling is concerned. */
export const SPEC_DURATIONS = [...Array.from({ length: 30 }, (_, i) => `${i + 1}s`), 'Auto'] as const

const factor = z.literal(FACTORS).default(2)
const videoUrl = z.string().min(1)
const seconds = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'must be the duration in seconds as a string, for example "12.34"')
const specDuration = z.enum(SPEC_DURATIONS)

const queueBase = {
  model: z.string(),
  video_url: videoUrl,
  upscale_factor: factor,
  h264_output: z.boolean().optional(),
}
const QUEUE = {
  guide: z.object({ ...queueBase, duration: z.unknown().optional() }),
  spec: z.object({ ...queueBase, duration: specDuration, prompt: z.string() }),
  observed: z.object({ ...queueBase, duration: seconds, prompt: z.string().optional() }),
} as const

export interface QueueOrder {
  model: Model
  videoUrl: string
  factor: 1 | 2 | 4
  /** Seconds as the client states them, where the dialect has it state them. */
  statedDurationS: number | null
  h264Output: boolean
  unknownFields: string[]
}

export function parseQueue(dialect: VeniceDialect, body: unknown): QueueOrder {
  const fields = asFields(body)
  if ('resolution' in fields) throw badRequest('Use upscale_factor instead of resolution')
  if (dialect === 'guide' && 'prompt' in fields) {
    throw badRequest('prompt is not supported for upscale models', {
      prompt: 'Not supported for upscale models',
    })
  }
  const schema = QUEUE[dialect]
  const order = parse(schema, fields)
  const model = modelOf(order.model)
  if (order.h264_output !== undefined && !model.takesH264Output) {
    throw badRequest(`h264_output is not supported by ${model.id}`, { h264_output: 'Not supported' })
  }
  return {
    model,
    videoUrl: order.video_url,
    factor: order.upscale_factor,
    statedDurationS: dialect === 'observed' ? Number(order.duration) : null,
    h264Output: order.h264_output ?? false,
    unknownFields: unknownIn(fields, schema),
  }
}

/** Either a file to read, or numbers to go by. */
export type QuoteOrder = { model: Model; factor: 1 | 2 | 4; unknownFields: string[] } & (
  | { videoUrl: string }
  | { durationS: number; inputHeight: number | null }
)

const quoteBase = { model: z.string(), upscale_factor: factor }
const height = z.number().int().positive().optional()
const QUOTE = {
  guide: z.object({ ...quoteBase, duration: seconds, input_height: height }),
  spec: z.object({ ...quoteBase, duration: specDuration, video_url: videoUrl.optional() }),
  observed: z.object({
    ...quoteBase,
    duration: z.union([seconds, z.literal('Auto')]),
    video_url: videoUrl.optional(),
    input_height: height,
  }),
} as const

interface QuoteFields {
  model: string
  upscale_factor: 1 | 2 | 4
  duration: string
  video_url?: string | undefined
  input_height?: number | undefined
}

export function parseQuote(dialect: VeniceDialect, body: unknown): QuoteOrder {
  const fields = asFields(body)
  if ('resolution' in fields) throw badRequest('Use upscale_factor instead of resolution')
  const schema = QUOTE[dialect]
  const order = parse<QuoteFields>(schema, fields)
  const model = modelOf(order.model)
  const common = { model, factor: order.upscale_factor, unknownFields: unknownIn(fields, schema) }
  if (order.video_url !== undefined) return { ...common, videoUrl: order.video_url }
  if (order.duration === 'Auto') {
    throw badRequest('video_url is required to detect the duration', { video_url: 'Required' })
  }
  return { ...common, durationS: Number.parseFloat(order.duration), inputHeight: order.input_height ?? null }
}

export interface JobName {
  queueId: string
  /** Null where the guide's client leaves it out. */
  model: Model | null
  deleteOnCompletion: boolean
  unknownFields: string[]
}

const named = { queue_id: z.string().min(1), delete_media_on_completion: z.boolean().default(false) }
const RETRIEVE = {
  guide: z.object({ ...named, model: z.string().optional() }),
  spec: z.object({ ...named, model: z.string() }),
} as const
const COMPLETE = {
  guide: z.object({ queue_id: named.queue_id, model: z.string().optional() }),
  spec: z.object({ queue_id: named.queue_id, model: z.string() }),
} as const

interface NameFields {
  queue_id: string
  model?: string | undefined
  delete_media_on_completion?: boolean
}

/** The body of retrieve or complete. The spec allows no unknown field in these two (additionalProperties: false). */
export function parseJobName(dialect: VeniceDialect, route: 'retrieve' | 'complete', body: unknown): JobName {
  const fields = asFields(body)
  const schema = (route === 'retrieve' ? RETRIEVE : COMPLETE)[dialect === 'guide' ? 'guide' : 'spec']
  const job = parse<NameFields>(schema, fields)
  const unknownFields = unknownIn(fields, schema)
  if (dialect === 'spec' && unknownFields.length > 0) {
    throw badRequest(`Unrecognized key: ${unknownFields.join(', ')}`)
  }
  return {
    queueId: job.queue_id,
    model: job.model === undefined ? null : modelOf(job.model),
    deleteOnCompletion: job.delete_media_on_completion ?? false,
    unknownFields,
  }
}

function modelOf(id: string): Model {
  if (!isModelId(id)) throw refuse('invalidModel')
  return MODELS[id]
}

function asFields(body: unknown): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest('Invalid request parameters')
  }
  return body as Record<string, unknown>
}

function parse<T>(schema: z.ZodType<T>, fields: Record<string, unknown>): T {
  const result = schema.safeParse(fields)
  if (result.success) return result.data
  const wrong: Record<string, string> = {}
  for (const issue of result.error.issues) {
    const name = String(issue.path[0] ?? '_errors')
    wrong[name] ??= name in fields ? issue.message : 'Required'
  }
  const text = Object.entries(wrong).map(([name, message]) => `${name}: ${message}`)
  throw badRequest(`Invalid request parameters: ${text.join('; ')}`, wrong)
}

function unknownIn(fields: Record<string, unknown>, schema: z.ZodObject): string[] {
  return Object.keys(fields).filter(name => !(name in schema.shape))
}
