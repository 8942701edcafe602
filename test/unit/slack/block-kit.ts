import { z } from 'zod'

/**
 * What Slack takes of the part of Block Kit that is drawn here, and nothing else: a key that is not known is an error.
 * Limits: docs.slack.dev/reference/block-kit and the comments of @slack/types 3.2.0. Written apart from both the adapter
 * and the stand-in, so that one mistake is not believed by all three.
 */
const seen = (max: number) =>
  z
    .string()
    .max(max)
    .refine(text => text.trim() !== '', 'nothing to see')
    .refine(text => text.isWellFormed(), 'half a letter')
const plain = (max: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: seen(max), emoji: z.boolean() })
const mrkdwn = z.strictObject({ type: z.literal('mrkdwn'), text: seen(3000), verbatim: z.literal(true) })

const style = z.strictObject({ bold: z.boolean().optional(), code: z.boolean().optional() }).optional()
const richElement = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1), style }),
  z.strictObject({ type: z.literal('link'), url: z.url().max(3000), text: z.string().min(1), style }),
  z.strictObject({ type: z.literal('user'), user_id: z.string().regex(/^[UW][A-Z0-9]+$/), style }),
  z.strictObject({
    type: z.literal('date'),
    timestamp: z.int(),
    format: z.string().regex(/\{(time|date_short)\}/),
    fallback: seen(100),
    style,
  }),
])

const confirm = z.strictObject({
  title: plain(100),
  text: plain(300),
  confirm: plain(30),
  deny: plain(30),
  style: z.enum(['primary', 'danger']),
})
const option = z.strictObject({
  text: plain(75),
  value: z.string().min(1).max(75),
  description: plain(75).optional(),
})
const action_id = z.string().min(1).max(255)
const button = z.strictObject({
  type: z.literal('button'),
  text: plain(75),
  action_id,
  value: z.string().max(2000).optional(),
  url: z.url().max(3000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: confirm.optional(),
})
const select = z
  .strictObject({
    type: z.literal('static_select'),
    action_id,
    placeholder: plain(150).optional(),
    options: z.array(option).min(1).max(100),
    initial_option: option.optional(),
  })
  .refine(
    ({ options, initial_option: initial }) =>
      !initial || options.some(o => JSON.stringify(o) === JSON.stringify(initial)),
    'the initial option is none of the options',
  )

const divider = z.strictObject({ type: z.literal('divider') })
const context = z.strictObject({
  type: z.literal('context'),
  elements: z
    .array(z.union([mrkdwn, plain(3000)]))
    .min(1)
    .max(10),
})
const actions = z.strictObject({
  type: z.literal('actions'),
  elements: z
    .array(z.discriminatedUnion('type', [button, select]))
    .min(1)
    .max(25)
    .refine(row => new Set(row.map(e => e.action_id)).size === row.length, 'an action_id comes twice'),
})
const richText = z.strictObject({
  type: z.literal('rich_text'),
  elements: z.array(
    z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(richElement).min(1) }),
  ),
})
const header = z.strictObject({ type: z.literal('header'), text: plain(150) })

const message = z.strictObject({
  text: seen(4000),
  blocks: z
    .array(z.discriminatedUnion('type', [header, richText, context, actions, divider]))
    .min(1)
    .max(50)
    // Measured, not documented: at some 12,000 letters with their frames it is too long (slackapi/bolt-js issue 2509).
    .refine(blocks => lettersIn(blocks) < 8000, 'msg_blocks_too_long'),
})

const input = z.strictObject({
  type: z.literal('input'),
  block_id: z.string().max(255),
  label: plain(2000),
  hint: plain(2000).optional(),
  optional: z.boolean().optional(),
  element: z.discriminatedUnion('type', [
    select,
    z.strictObject({
      type: z.literal('file_input'),
      action_id,
      filetypes: z.array(z.string().regex(/^[a-z0-9]+$/)).min(1),
      max_files: z.int().min(1).max(10),
    }),
    z.strictObject({ type: z.literal('url_text_input'), action_id, placeholder: plain(150).optional() }),
  ]),
})
const modal = z.strictObject({
  type: z.literal('modal'),
  callback_id: z.string().max(255),
  title: plain(24),
  submit: plain(24),
  close: plain(24),
  private_metadata: z.string().max(3000),
  blocks: z
    .array(z.discriminatedUnion('type', [input, context]))
    .min(1)
    .max(100),
})

/** All letters of words in blocks, wherever they are. */
export function lettersIn(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0
  return Object.entries(node).reduce(
    (sum, [key, value]) =>
      sum + (key === 'text' && typeof value === 'string' ? value.length : lettersIn(value)),
    0,
  )
}

const faultsBy = (schema: z.ZodType) => (payload: unknown) =>
  (schema.safeParse(payload).error?.issues ?? []).map(issue => `${issue.path.join('.')}: ${issue.message}`)

/** What Slack would not take, in words; empty: it is fine. */
export const faultsOfMessage = faultsBy(message)
export const faultsOfModal = faultsBy(modal)
