/** Block Kit's elements and composition objects as unions; what is unknown is said to be. */
import { type Json, list, number, object, text } from './json.ts'

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

/** The words of a text object, whatever its kind. */
export const wordsIn = (value: unknown): string => text(object(value).text)

export const textObject = (value: unknown): TextObject => ({
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

export const image = (json: Json): ImageElement => ({
  kind: 'image',
  url: text(json.image_url),
  alt: text(json.alt_text),
  title: wordsIn(json.title),
})

export const unknown = (json: Json): UnknownElement => ({ kind: 'unknown', type: text(json.type) })

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

export function actionElement(value: unknown): ActionElement {
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

export function inputElement(value: unknown): InputElement {
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
