import { isDeepStrictEqual } from 'node:util'
import type {
  Button,
  ChannelsSelect,
  Checkboxes,
  ConversationsSelect,
  Datepicker,
  ImageElement,
  MultiStaticSelect,
  Overflow,
  RadioButtons,
  StaticSelect,
  UsersSelect,
} from '@slack/types'
import { z } from 'zod'
import { asArray, asObject } from '../json.ts'
import { actionId, fields, focus_on_load, placeholder } from './block-inputs.ts'
import {
  anyOption,
  confirmation,
  optionGroup,
  plainOption,
  plainText,
  type Shape,
  url,
} from './block-text.ts'

const confirm = confirmation.optional()
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date like 2026-11-22')
const menu = { action_id: actionId, confirm, focus_on_load, placeholder }

const button = z.strictObject({
  type: z.literal('button'),
  action_id: actionId,
  text: plainText(75),
  value: z.string().max(2000).optional(),
  url: url.optional(),
  style: z.enum(['primary', 'danger']).optional(),
  accessibility_label: z.string().max(75).optional(),
  confirm,
} satisfies Shape<Button>)

export const image = z.strictObject({
  type: z.literal('image'),
  alt_text: z.string().min(1).max(2000),
  image_url: url.optional(),
  slack_file: z.strictObject({ id: z.string().optional(), url: url.optional() }).optional(),
} satisfies Shape<ImageElement>)

const oneOf = 'must have either options or option_groups'
const sameOption = 'must exactly match one of the provided options'

/** Options or groups of them, never both; what is chosen at first is one of them to the letter. */
function checkOptions(element: Record<string, unknown>, context: z.RefinementCtx): void {
  const { options, option_groups, initial_option, initial_options } = element
  const grouped = asArray(option_groups).flatMap(group => asArray(asObject(group)?.options))
  if ((options === undefined) === (option_groups === undefined))
    context.addIssue({ code: 'custom', message: oneOf, path: ['options'] })
  const all = [...asArray(options), ...grouped]
  const fits = (wanted: unknown) => all.some(candidate => isDeepStrictEqual(candidate, wanted))
  if (initial_option !== undefined && !fits(initial_option))
    context.addIssue({ code: 'custom', message: sameOption, path: ['initial_option'] })
  if (!asArray(initial_options).every(fits))
    context.addIssue({ code: 'custom', message: sameOption, path: ['initial_options'] })
}

const choices = {
  options: z.array(plainOption).min(1).max(100).optional(),
  option_groups: z.array(optionGroup).min(1).max(100).optional(),
}
const staticSelect = z
  .strictObject({
    ...menu,
    ...choices,
    type: z.literal('static_select'),
    initial_option: plainOption.optional(),
  } satisfies Shape<StaticSelect>)
  .superRefine(checkOptions)
const multiStaticSelect = z
  .strictObject({
    ...menu,
    ...choices,
    type: z.literal('multi_static_select'),
    initial_options: z.array(plainOption).min(1).optional(),
    max_selected_items: z.int().min(1).optional(),
  } satisfies Shape<MultiStaticSelect>)
  .superRefine(checkOptions)
const usersSelect = z.strictObject({
  ...menu,
  type: z.literal('users_select'),
  initial_user: z.string().optional(),
} satisfies Shape<UsersSelect>)
const channelsSelect = z.strictObject({
  ...menu,
  type: z.literal('channels_select'),
  initial_channel: z.string().optional(),
  response_url_enabled: z.boolean().optional(),
} satisfies Shape<ChannelsSelect>)
const conversationsSelect = z.strictObject({
  ...menu,
  type: z.literal('conversations_select'),
  initial_conversation: z.string().optional(),
  response_url_enabled: z.boolean().optional(),
  default_to_current_conversation: z.boolean().optional(),
  filter: z
    .strictObject({
      include: z
        .array(z.enum(['im', 'mpim', 'private', 'public']))
        .min(1)
        .optional(),
      exclude_bot_users: z.boolean().optional(),
      exclude_external_shared_channels: z.boolean().optional(),
    })
    .optional(),
} satisfies Shape<ConversationsSelect>)
const overflow = z.strictObject({
  type: z.literal('overflow'),
  action_id: actionId,
  confirm,
  options: z.array(plainOption).min(1).max(5),
} satisfies Shape<Overflow>)

const tenOptions = z.array(anyOption).min(1).max(10)
const radioButtons = z
  .strictObject({
    type: z.literal('radio_buttons'),
    action_id: actionId,
    confirm,
    focus_on_load,
    options: tenOptions,
    initial_option: anyOption.optional(),
  } satisfies Shape<RadioButtons>)
  .superRefine(checkOptions)
const checkboxes = z
  .strictObject({
    type: z.literal('checkboxes'),
    action_id: actionId,
    confirm,
    focus_on_load,
    options: tenOptions,
    initial_options: z.array(anyOption).min(1).optional(),
  } satisfies Shape<Checkboxes>)
  .superRefine(checkOptions)
const datepicker = z.strictObject({
  ...menu,
  type: z.literal('datepicker'),
  initial_date: date.optional(),
} satisfies Shape<Datepicker>)

const selects = [staticSelect, usersSelect, channelsSelect, conversationsSelect] as const
const pickers = [radioButtons, checkboxes, datepicker] as const

/** Of an actions block. */
export const actionElement = z.discriminatedUnion('type', [button, overflow, ...selects, ...pickers])
/** Beside a section's text. */
export const accessory = z.discriminatedUnion('type', [
  button,
  overflow,
  image,
  multiStaticSelect,
  ...selects,
  ...pickers,
])
/** Of an input block. */
export const inputElement = z.discriminatedUnion('type', [
  ...fields,
  multiStaticSelect,
  ...selects,
  ...pickers,
])
