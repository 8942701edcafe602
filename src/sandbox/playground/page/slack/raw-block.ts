/** Block Kit JSON (docs: reference/block-kit, November 2026) as a union; what is unknown is said to be. */
import { type RichPart, readRichText } from './rich-text.ts'

export interface TextObject {
  kind: 'plain' | 'mrkdwn'
  text: string
}

export interface ConfirmObject {
  title: string
  text: TextObject
  confirm: string
  deny: string
  style: 'primary' | 'danger'
}

export interface OptionObject {
  label: string
  description: string
  value: string
}

export interface ButtonElement {
  kind: 'button'
  actionId: string
  text: string
  look: 'default' | 'primary' | 'danger'
  url: string
  confirm: ConfirmObject | null
  label: string
}

/** `static_select` and `radio_buttons`. */
export interface ChoiceElement {
  kind: 'select' | 'radio'
  actionId: string
  placeholder: string
  options: OptionObject[]
  /** Value of the option that is chosen from the start; null: none. */
  initial: string | null
  confirm: ConfirmObject | null
}

export interface TextInputElement {
  kind: 'text-input'
  actionId: string
  type: 'text' | 'url' | 'number' | 'email'
  multiline: boolean
  placeholder: string
  initial: string
  maxLength: number | null
}

export interface FileInputElement {
  kind: 'file-input'
  actionId: string
  /** Endings without a dot; none: any. */
  filetypes: string[]
  maxFiles: number
}

export interface ImageElement {
  kind: 'image'
  url: string
  alt: string
  title: string
}

export interface UnknownElement {
  kind: 'unknown'
  type: string
}

export type InputElement = ChoiceElement | TextInputElement | FileInputElement | UnknownElement
export type ActionElement = ButtonElement | ChoiceElement | UnknownElement

export interface InputBlock {
  kind: 'input'
  blockId: string
  label: string
  hint: string
  optional: boolean
  element: InputElement
}

export type Block =
  | { kind: 'header'; text: string }
  | {
      kind: 'section'
      text: TextObject | null
      fields: TextObject[]
      accessory: ActionElement | ImageElement | null
    }
  | { kind: 'context'; elements: (TextObject | ImageElement)[] }
  | { kind: 'divider' }
  | { kind: 'actions'; elements: ActionElement[] }
  | ImageElement
  | {
      kind: 'video'
      title: string
      titleUrl: string
      description: string
      thumbnail: string
      provider: string
      alt: string
    }
  | { kind: 'rich'; parts: RichPart[] }
  | InputBlock
  | UnknownElement

type Json = Record<string, unknown>

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null)
const wordsIn = (value: unknown): string => text(object(value).text)

const textObject = (value: unknown): TextObject => ({
  kind: object(value).type === 'mrkdwn' ? 'mrkdwn' : 'plain',
  text: wordsIn(value),
})

function confirmObject(value: unknown): ConfirmObject | null {
  if (!value) return null
  const json = object(value)
  return {
    title: wordsIn(json.title),
    text: textObject(json.text),
    confirm: wordsIn(json.confirm),
    deny: wordsIn(json.deny),
    style: json.style === 'danger' ? 'danger' : 'primary',
  }
}

const optionObject = (value: unknown): OptionObject => {
  const json = object(value)
  return { label: wordsIn(json.text), description: wordsIn(json.description), value: text(json.value) }
}

const image = (json: Json): ImageElement => ({
  kind: 'image',
  url: text(json.image_url),
  alt: text(json.alt_text),
  title: wordsIn(json.title),
})

const unknown = (json: Json): UnknownElement => ({ kind: 'unknown', type: text(json.type) })

function choice(json: Json): ChoiceElement {
  const groups = list(json.option_groups).flatMap(group => list(object(group).options))
  const initial = json.initial_option ? optionObject(json.initial_option).value : null
  return {
    kind: json.type === 'radio_buttons' ? 'radio' : 'select',
    actionId: text(json.action_id),
    placeholder: wordsIn(json.placeholder) || 'Choose an option',
    options: [...list(json.options), ...groups].map(optionObject),
    initial,
    confirm: confirmObject(json.confirm),
  }
}

function actionElement(value: unknown): ActionElement {
  const json = object(value)
  switch (json.type) {
    case 'button':
      return {
        kind: 'button',
        actionId: text(json.action_id),
        text: wordsIn(json.text),
        look: json.style === 'primary' || json.style === 'danger' ? json.style : 'default',
        url: text(json.url),
        confirm: confirmObject(json.confirm),
        label: text(json.accessibility_label),
      }
    case 'static_select':
    case 'radio_buttons':
      return choice(json)
    default:
      return unknown(json)
  }
}

const INPUT_TYPES: Record<string, TextInputElement['type']> = {
  plain_text_input: 'text',
  url_text_input: 'url',
  number_input: 'number',
  email_text_input: 'email',
}

function inputElement(value: unknown): InputElement {
  const json = object(value)
  const type = INPUT_TYPES[text(json.type)]
  if (type) {
    return {
      kind: 'text-input',
      actionId: text(json.action_id),
      type,
      multiline: json.multiline === true,
      placeholder: wordsIn(json.placeholder),
      initial: text(json.initial_value),
      maxLength: number(json.max_length),
    }
  }
  switch (json.type) {
    case 'file_input':
      return {
        kind: 'file-input',
        actionId: text(json.action_id),
        filetypes: list(json.filetypes).map(text),
        maxFiles: number(json.max_files) ?? 10,
      }
    case 'static_select':
    case 'radio_buttons':
      return choice(json)
    default:
      return unknown(json)
  }
}

export const readBlocks = (value: unknown): Block[] => list(value).map(readBlock)

function readBlock(value: unknown): Block {
  const json = object(value)
  switch (json.type) {
    case 'header':
      return { kind: 'header', text: wordsIn(json.text) }
    case 'section': {
      const accessory = object(json.accessory)
      return {
        kind: 'section',
        text: json.text ? textObject(json.text) : null,
        fields: list(json.fields).map(textObject),
        accessory: !json.accessory
          ? null
          : accessory.type === 'image'
            ? image(accessory)
            : actionElement(accessory),
      }
    }
    case 'context':
      return {
        kind: 'context',
        elements: list(json.elements).map(e =>
          object(e).type === 'image' ? image(object(e)) : textObject(e),
        ),
      }
    case 'divider':
      return { kind: 'divider' }
    case 'actions':
      return { kind: 'actions', elements: list(json.elements).map(actionElement) }
    case 'image':
      return image(json)
    case 'video':
      return {
        kind: 'video',
        title: wordsIn(json.title),
        titleUrl: text(json.title_url),
        description: wordsIn(json.description),
        thumbnail: text(json.thumbnail_url),
        provider: text(json.provider_name),
        alt: text(json.alt_text),
      }
    case 'rich_text':
      return { kind: 'rich', parts: readRichText(json.elements) }
    case 'input':
      return {
        kind: 'input',
        blockId: text(json.block_id),
        label: wordsIn(json.label),
        hint: wordsIn(json.hint),
        optional: json.optional === true,
        element: inputElement(json.element),
      }
    default:
      return unknown(json)
  }
}

/** A modal as `views.open` takes it. */
export interface Modal {
  title: string
  /** '' where it has no such button. */
  submit: string
  close: string
  blocks: Block[]
}

export function readModal(view: unknown): Modal {
  const json = object(view)
  return {
    title: wordsIn(json.title),
    submit: wordsIn(json.submit),
    close: wordsIn(json.close) || 'Cancel',
    blocks: readBlocks(json.blocks),
  }
}

/** Old-style attachments, which apps still use for the bar of colour beside their blocks. */
export interface Attachment {
  /** A CSS colour, or '' for Slack's grey. */
  color: string
  text: string
  blocks: Block[]
}

const NAMED: Record<string, string> = { good: '#2eb67d', warning: '#ecb22e', danger: '#e01e5a' }

export const readAttachments = (value: unknown): Attachment[] =>
  list(value).map(entry => {
    const json = object(entry)
    const color = text(json.color)
    const hex = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(color)
    return {
      color: hex ? `#${hex[1]}` : (NAMED[color] ?? ''),
      text: text(json.text) || (json.blocks ? '' : text(json.fallback)),
      blocks: readBlocks(json.blocks),
    }
  })
