import type { ZodMiniType, z } from 'zod/mini'
import { invalidForm, type Problem } from './errors.ts'

/** Every operation whose body Discord's published OpenAPI description covers. */
export type Operation = keyof Awaited<ReturnType<typeof loadSchemas>>

let loading: ReturnType<typeof loadSchemas> | undefined

/** Starts the import (about 0.3 s of one core) before the first body needs it. */
export function warmSchemas(): void {
  loading ??= loadSchemas()
}

/** @throws DiscordError 50035 that names every key that is wrong. */
export async function checkBody(operation: Operation, body: unknown): Promise<void> {
  loading ??= loadSchemas()
  const result = (await loading)[operation].safeParse(body, { reportInput: true })
  if (!result.success) throw invalidForm(result.error.issues.flatMap(issue => problemsOf(issue)))
}

async function loadSchemas() {
  const [spec, { array }] = await Promise.all([import('discord-api-spec/zod'), import('zod/mini')])
  return {
    'commands.put': array(spec.ApplicationCommandUpdateRequestSchema) as ZodMiniType,
    'command.create': spec.ApplicationCommandCreateRequestSchema,
    'command.edit': spec.ApplicationCommandPatchRequestPartialSchema,
    'callback.message': spec.CreateMessageInteractionCallbackRequestSchema,
    'callback.update': spec.UpdateMessageInteractionCallbackRequestSchema,
    'callback.autocomplete': spec.ApplicationCommandAutocompleteCallbackRequestSchema,
    'callback.modal': spec.ModalInteractionCallbackRequestSchema,
    'webhook.create': spec.IncomingWebhookRequestPartialSchema,
    'webhook.edit': spec.IncomingWebhookUpdateRequestPartialSchema,
    'message.create': spec.MessageCreateRequestSchema,
    'message.edit': spec.MessageEditRequestPartialSchema,
    'thread.fromMessage': spec.CreateTextThreadWithMessageRequestSchema,
    'thread.create': spec.CreateTextThreadWithoutMessageRequestSchema,
    'thread.edit': spec.UpdateThreadRequestPartialSchema,
    'channel.edit': spec.UpdateGuildChannelRequestPartialSchema,
  }
}

type Issue = z.core.$ZodIssue

/** A union fails in each of its branches; only the one that was meant (its `type` fits) is worth telling. */
function problemsOf(issue: Issue, base: (string | number)[] = []): Problem[] {
  const path = [...base, ...issue.path.map(key => (typeof key === 'symbol' ? String(key) : key))]
  if (issue.code !== 'invalid_union') return [{ path, ...wordsOf(issue) }]
  const meant = issue.errors.filter(
    branch => !branch.some(inner => inner.path.length === 1 && inner.path[0] === 'type'),
  )
  const best = meant.sort((a, b) => a.length - b.length)[0]
  if (!best || best.length === 0) {
    return [
      {
        path,
        code: 'UNION_TYPE_CHOICES',
        message: 'Value of field "type" must be one of the allowed choices.',
      },
    ]
  }
  return best.flatMap(inner => problemsOf(inner, path))
}

function wordsOf(issue: Issue): { code: string; message: string } {
  if (issue.code === 'too_big' || issue.code === 'too_small') {
    const bound = issue.code === 'too_big' ? `${issue.maximum} or fewer` : `at least ${issue.minimum}`
    if (issue.origin === 'string' || issue.origin === 'array') {
      return { code: 'BASE_TYPE_BAD_LENGTH', message: `Must be ${bound} in length.` }
    }
    return {
      code: `NUMBER_TYPE_${issue.code === 'too_big' ? 'MAX' : 'MIN'}`,
      message: `Value should be ${bound}.`,
    }
  }
  if (issue.code === 'invalid_type') {
    if (issue.input === undefined) return { code: 'BASE_TYPE_REQUIRED', message: 'This field is required' }
    return { code: 'BASE_TYPE_CONVERT', message: `Could not interpret the value as ${issue.expected}.` }
  }
  if (issue.code === 'invalid_value') {
    return {
      code: 'BASE_TYPE_CHOICES',
      message: `Value must be one of {${issue.values.map(String).join(', ')}}.`,
    }
  }
  if (issue.code === 'invalid_format' && issue.format === 'url') {
    return { code: 'URL_TYPE_INVALID_URL', message: 'Not a well formed URL.' }
  }
  return { code: 'BASE_TYPE_INVALID', message: issue.message || 'The value is not valid.' }
}
