/** Block Kit JSON (docs: reference/block-kit, November 2026) as a union; what is unknown is said to be. */
import { list, object, text } from './json.ts'
import {
  type ActionElement,
  actionElement,
  type ImageElement,
  type InputElement,
  image,
  inputElement,
  type TextObject,
  textObject,
  type UnknownElement,
  unknown,
  wordsIn,
} from './raw-element.ts'
import { type RichPart, readRichText } from './rich-text.ts'

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
