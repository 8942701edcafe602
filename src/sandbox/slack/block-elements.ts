import { isDeepStrictEqual } from 'node:util'
import type {
  Button,
  ChannelsSelect,
  Checkboxes,
  ConversationsSelect,
  Datepicker,
  EmailInput,
  FileInput,
  ImageElement,
  MultiStaticSelect,
  NumberInput,
  Overflow,
  PlainTextInput,
  RadioButtons,
  StaticSelect,
  URLInput,
  UsersSelect,
} from '@slack/types'
import { z } from 'zod'
import { asArray, asObject } from '../discord/json.ts'
import {
  anyOption,
  confirmation,
  optionGroup,
  plainOption,
  plainText,
  type Shape,
  url,
} from './block-text.ts'

const actionId = z.string().min(1).max(255).exactOptional()
const confirm = confirmation.exactOptional()
const focus_on_load = z.boolean().exactOptional()
const placeholder = plainText(150).exactOptional()
const dispatch_action_config = z
  .strictObject({
    trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])).exactOptional(),
  })
  .exactOptional()
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date like 2026-11-22')
const menu = { action_id: actionId, confirm, focus_on_load, placeholder }
const field = { action_id: actionId, dispatch_action_config, focus_on_load, placeholder }

const button = z.strictObject({
  type: z.literal('button'),
  action_id: actionId,
  text: plainText(75),
  value: z.string().max(2000).exactOptional(),
  url: url.exactOptional(),
  style: z.enum(['primary', 'danger']).exactOptional(),
  accessibility_label: z.string().max(75).exactOptional(),
  confirm,
} satisfies Shape<Button>)

export const image = z.strictObject({
  type: z.literal('image'),
  alt_text: z.string().min(1).max(2000),
  image_url: url.exactOptional(),
  slack_file: z.strictObject({ id: z.string().exactOptional(), url: url.exactOptional() }).exactOptional(),
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
  options: z.array(plainOption).min(1).max(100).exactOptional(),
  option_groups: z.array(optionGroup).min(1).max(100).exactOptional(),
}
const staticSelect = z
  .strictObject({
    ...menu,
    ...choices,
    type: z.literal('static_select'),
    initial_option: plainOption.exactOptional(),
  } satisfies Shape<StaticSelect>)
  .superRefine(checkOptions)
const multiStaticSelect = z
  .strictObject({
    ...menu,
    ...choices,
    type: z.literal('multi_static_select'),
    initial_options: z.array(plainOption).min(1).exactOptional(),
    max_selected_items: z.int().min(1).exactOptional(),
  } satisfies Shape<MultiStaticSelect>)
  .superRefine(checkOptions)
const usersSelect = z.strictObject({
  ...menu,
  type: z.literal('users_select'),
  initial_user: z.string().exactOptional(),
} satisfies Shape<UsersSelect>)
const channelsSelect = z.strictObject({
  ...menu,
  type: z.literal('channels_select'),
  initial_channel: z.string().exactOptional(),
  response_url_enabled: z.boolean().exactOptional(),
} satisfies Shape<ChannelsSelect>)
const conversationsSelect = z.strictObject({
  ...menu,
  type: z.literal('conversations_select'),
  initial_conversation: z.string().exactOptional(),
  response_url_enabled: z.boolean().exactOptional(),
  default_to_current_conversation: z.boolean().exactOptional(),
  filter: z
    .strictObject({
      include: z
        .array(z.enum(['im', 'mpim', 'private', 'public']))
        .min(1)
        .exactOptional(),
      exclude_bot_users: z.boolean().exactOptional(),
      exclude_external_shared_channels: z.boolean().exactOptional(),
    })
    .exactOptional(),
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
    initial_option: anyOption.exactOptional(),
  } satisfies Shape<RadioButtons>)
  .superRefine(checkOptions)
const checkboxes = z
  .strictObject({
    type: z.literal('checkboxes'),
    action_id: actionId,
    confirm,
    focus_on_load,
    options: tenOptions,
    initial_options: z.array(anyOption).min(1).exactOptional(),
  } satisfies Shape<Checkboxes>)
  .superRefine(checkOptions)
const datepicker = z.strictObject({
  ...menu,
  type: z.literal('datepicker'),
  initial_date: date.exactOptional(),
} satisfies Shape<Datepicker>)

const plainTextInput = z.strictObject({
  ...field,
  type: z.literal('plain_text_input'),
  initial_value: z.string().max(3000).exactOptional(),
  multiline: z.boolean().exactOptional(),
  min_length: z.int().min(0).max(3000).exactOptional(),
  max_length: z.int().min(1).max(3000).exactOptional(),
} satisfies Shape<PlainTextInput>)
const urlInput = z.strictObject({
  ...field,
  type: z.literal('url_text_input'),
  initial_value: z.string().exactOptional(),
} satisfies Shape<URLInput>)
const emailInput = z.strictObject({
  ...field,
  type: z.literal('email_text_input'),
  initial_value: z.string().exactOptional(),
} satisfies Shape<EmailInput>)
const numberInput = z.strictObject({
  ...field,
  type: z.literal('number_input'),
  is_decimal_allowed: z.boolean(),
  initial_value: z.string().exactOptional(),
  min_value: z.string().exactOptional(),
  max_value: z.string().exactOptional(),
} satisfies Shape<NumberInput>)
const fileInput = z.strictObject({
  type: z.literal('file_input'),
  action_id: actionId,
  filetypes: z.array(z.string().min(1)).min(1).exactOptional(),
  max_files: z.int().min(1).max(10).exactOptional(),
} satisfies Shape<FileInput>)

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
  plainTextInput,
  urlInput,
  emailInput,
  numberInput,
  fileInput,
  multiStaticSelect,
  ...selects,
  ...pickers,
])
