import type { EmailInput, FileInput, NumberInput, PlainTextInput, URLInput } from '@slack/types'
import { z } from 'zod'
import { plainText, type Shape } from './block-text.ts'

export const actionId = z.string().min(1).max(255).optional()
export const focus_on_load = z.boolean().optional()
export const placeholder = plainText(150).optional()
const dispatch_action_config = z
  .strictObject({
    trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])).optional(),
  })
  .optional()
const field = { action_id: actionId, dispatch_action_config, focus_on_load, placeholder }

const plainTextInput = z.strictObject({
  ...field,
  type: z.literal('plain_text_input'),
  initial_value: z.string().max(3000).optional(),
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(3000).optional(),
  max_length: z.int().min(1).max(3000).optional(),
} satisfies Shape<PlainTextInput>)
const urlInput = z.strictObject({
  ...field,
  type: z.literal('url_text_input'),
  initial_value: z.string().optional(),
} satisfies Shape<URLInput>)
const emailInput = z.strictObject({
  ...field,
  type: z.literal('email_text_input'),
  initial_value: z.string().optional(),
} satisfies Shape<EmailInput>)
const numberInput = z.strictObject({
  ...field,
  type: z.literal('number_input'),
  is_decimal_allowed: z.boolean(),
  initial_value: z.string().optional(),
  min_value: z.string().optional(),
  max_value: z.string().optional(),
} satisfies Shape<NumberInput>)
const fileInput = z.strictObject({
  type: z.literal('file_input'),
  action_id: actionId,
  filetypes: z.array(z.string().min(1)).min(1).optional(),
  max_files: z.int().min(1).max(10).optional(),
} satisfies Shape<FileInput>)

/** What a person types or uploads; in input blocks only. */
export const fields = [plainTextInput, urlInput, emailInput, numberInput, fileInput] as const
