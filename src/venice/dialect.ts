/**
 * Which optional fields a server wants in /video/queue. The guide: none. Observed on 2026-07-30: the real duration as a
 * string of seconds. The OpenAPI document (20260821.193530): "1s".."30s" or "Auto", and a prompt.
 */

import { z } from 'zod'
import type { Log } from '../core/ports.ts'
import type { QueueFields } from './paid-body.ts'
import type { DialectMemory } from './settings.ts'
import { parseJson, type Trouble } from './wire.ts'

const DURATIONS = ['none', 'seconds', 'auto'] as const
const PROMPTS = ['none', 'empty'] as const

export interface Form {
  duration: (typeof DURATIONS)[number]
  prompt: (typeof PROMPTS)[number]
}

export const GUIDE_FORM: Form = { duration: 'none', prompt: 'none' }

export function fieldsOf(form: Form, durationS: number): Pick<QueueFields, 'duration' | 'prompt'> {
  return {
    ...(form.duration === 'seconds' && { duration: String(Number(durationS.toFixed(2))) }),
    ...(form.duration === 'auto' && { duration: 'Auto' }),
    ...(form.prompt === 'empty' && { prompt: '' }),
  }
}

/** Corrects a form by what a 400 complains of; each way of each field is tried once, so this ends. */
export function correction(start: Form): (form: Form, trouble: Trouble) => Form | null {
  const durations = DURATIONS.filter(way => way !== start.duration)
  const prompts = PROMPTS.filter(way => way !== start.prompt)
  return (form, trouble) => {
    const duration = trouble.names('duration') ? durations.shift() : undefined
    const prompt = trouble.names('prompt') ? prompts.shift() : undefined
    if (!duration && !prompt) return null
    return { duration: duration ?? form.duration, prompt: prompt ?? form.prompt }
  }
}

const kept = z.object({ baseUrl: z.string(), duration: z.enum(DURATIONS), prompt: z.enum(PROMPTS) })

/** The form that this base URL accepted last. Never fails: without a memory the guide's form is tried first. */
export function createDialect(baseUrl: string, memory: DialectMemory | undefined, log: Log) {
  let known: Form | null = null
  const recall = async () => (memory ? memory.get() : null)
  const keep = async (form: Form) => memory?.set(JSON.stringify({ baseUrl, ...form }))
  return {
    async form(): Promise<Form> {
      if (known) return known
      const text = await recall().catch(error => {
        log.warn({ error: String(error) }, 'the learned dialect could not be read')
        return null
      })
      const { data } = kept.safeParse(text ? parseJson(text) : null)
      known ??= data?.baseUrl === baseUrl ? { duration: data.duration, prompt: data.prompt } : GUIDE_FORM
      return known
    },
    /** Not waited for: a receipt must not hang on a memory. */
    accepted(form: Form): void {
      if (known?.duration === form.duration && known.prompt === form.prompt) return
      known = form
      log.info(form, 'learned how this server wants a job')
      keep(form).catch(error => {
        log.warn({ error: String(error) }, 'the learned dialect could not be kept')
      })
    },
  }
}

export type Dialect = ReturnType<typeof createDialect>
