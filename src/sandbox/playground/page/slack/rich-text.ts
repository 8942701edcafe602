/** The rich_text block (docs: blocks/rich-text-block) as the tree that mrkdwn becomes too; its text is literal. */
import { type Json, list, number, object, text } from './json.ts'
import type { Inline } from './mrkdwn.ts'

export type RichPart =
  | { kind: 'section' | 'quote'; children: Inline[] }
  | { kind: 'pre'; children: Inline[] }
  | { kind: 'list'; ordered: boolean; indent: number; start: number; items: Inline[][] }

export const readRichText = (elements: unknown): RichPart[] => list(elements).map(readPart)

function readPart(value: unknown): RichPart {
  const json = object(value)
  const children = list(json.elements)
  switch (json.type) {
    case 'rich_text_list':
      return {
        kind: 'list',
        ordered: json.style === 'ordered',
        indent: number(json.indent) ?? 0,
        start: (number(json.offset) ?? 0) + 1,
        items: children.map(item => list(object(item).elements).map(readInline)),
      }
    case 'rich_text_quote':
      return { kind: 'quote', children: children.map(readInline) }
    case 'rich_text_preformatted':
      return { kind: 'pre', children: children.map(readInline) }
    default:
      return { kind: 'section', children: children.map(readInline) }
  }
}

function readInline(value: unknown): Inline {
  const json = object(value)
  return styled(plain(json), object(json.style))
}

/** Code is innermost, as Slack draws it: bold code is bold. */
function styled(node: Inline, style: Json): Inline {
  let out: Inline = style.code === true && node.kind === 'text' ? { kind: 'code', text: node.text } : node
  for (const kind of ['strike', 'italic', 'bold'] as const) {
    if (style[kind] === true) out = { kind, children: [out] }
  }
  return out
}

function plain(json: Json): Inline {
  switch (json.type) {
    case 'text':
      return { kind: 'text', text: text(json.text) }
    case 'link':
      return {
        kind: 'link',
        url: text(json.url),
        children: [{ kind: 'text', text: text(json.text) || text(json.url) }],
      }
    case 'user':
      return { kind: 'user', id: text(json.user_id) }
    case 'channel':
      return { kind: 'channel', id: text(json.channel_id), label: '' }
    case 'broadcast':
      return { kind: 'group', name: `@${text(json.range)}` }
    case 'usergroup':
      return { kind: 'subteam', id: text(json.usergroup_id), label: '' }
    case 'emoji':
      return { kind: 'emoji', name: text(json.name) }
    case 'date':
      return {
        kind: 'date',
        unix: number(json.timestamp) ?? 0,
        format: text(json.format),
        url: text(json.url) || null,
        fallback: text(json.fallback),
      }
    default:
      return { kind: 'text', text: text(json.text) }
  }
}
