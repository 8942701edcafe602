import type { SlackFile, SlackMessage } from './control.ts'

/** A Block Kit block or element, as far as reading it aloud needs. */
interface Block {
  type: string
  text?: { text: string } | string
  fields?: { text: string }[]
  elements?: Block[]
  accessory?: Block
  title?: { text: string }
  style?: unknown
  action_id?: string
  url?: string
  options?: Option[]
  initial_option?: Option
  placeholder?: { text: string }
  user_id?: string
  usergroup_id?: string
  timestamp?: number
  format?: string
  name?: string
}
interface Option {
  text: { text: string }
  value: string
}

const wordsIn = (text: Block['text']): string => (typeof text === 'string' ? text : (text?.text ?? ''))

/** Every block and element of a message, parents before children. */
function partsOf(message: Pick<SlackMessage, 'blocks'>): Block[] {
  const walk = (list: Block[]): Block[] =>
    list.flatMap(b => [b, ...walk(b.elements ?? []), ...(b.accessory ? [b.accessory] : [])])
  return walk(message.blocks as Block[])
}

export interface Control {
  actionId: string
  label: string
  url: string | null
}

export const slackButtons = (message: SlackMessage): Control[] =>
  partsOf(message)
    .filter(b => b.type === 'button')
    .map(b => ({ actionId: b.action_id ?? '', label: wordsIn(b.text), url: b.url ?? null }))

export function slackMenu(message: SlackMessage) {
  const menu = partsOf(message).find(b => b.type === 'static_select')
  return {
    actionId: menu?.action_id ?? '',
    options: (menu?.options ?? []).map(o => ({
      value: o.value,
      label: o.text.text,
      chosen: o.value === menu?.initial_option?.value,
    })),
  }
}

/** Ids of the people and user groups that it names. */
export const mentionsIn = (message: SlackMessage): Set<string> => {
  const inRichText = partsOf(message).flatMap(b => {
    if (b.type === 'user') return b.user_id ?? []
    return b.type === 'usergroup' ? (b.usergroup_id ?? []) : []
  })
  const words = `${message.text} ${partsOf(message).map(b => wordsIn(b.text))}`
  const inText = words.matchAll(/<(?:@|!subteam\^)([UWS]\w+)(?:\|[^>]*)?>/g)
  return new Set([...inRichText, ...[...inText].map(m => m[1]!)])
}

/** A message as a person would read it aloud: what is drawn, without markup. */
export function readableSlack(
  message: SlackMessage,
  /** Of a person or a user group, by its id. */
  nameOf: (id: string) => string,
  now: number,
): string {
  const context = { nameOf, now }
  const drawn = (message.blocks as Block[]).flatMap(b => read(b, context))
  // Text is what notifications show; it is drawn only where there are no blocks.
  const lines = drawn.length > 0 ? drawn : plain(message.text, context).split('\n')
  for (const file of message.files) lines.push(`[${kindOf(file)}: ${file.name}]`)
  return lines.filter(line => line.trim() !== '').join('\n')
}

const kindOf = ({ mimetype }: SlackFile) => (mimetype.startsWith('video/') ? 'video' : 'file')

interface Context {
  nameOf: (id: string) => string
  now: number
}

function read(block: Block, context: Context): string[] {
  switch (block.type) {
    case 'divider':
      return ['─'.repeat(24)]
    case 'header':
      return [wordsIn(block.text)]
    case 'section':
      return [
        ...plain(wordsIn(block.text), context).split('\n'),
        ...(block.fields ?? []).flatMap(f => plain(f.text, context).split('\n')),
        ...(block.accessory ? read(block.accessory, context) : []),
      ]
    case 'context':
      return [(block.elements ?? []).map(e => plain(wordsIn(e.text), context)).join(' ')]
    case 'actions':
      return [(block.elements ?? []).flatMap(e => read(e, context)).join('  ')]
    case 'button':
      return [block.url ? `[${wordsIn(block.text)}] ${block.url}` : `[${wordsIn(block.text)}]`]
    case 'static_select':
      return [`[${block.initial_option?.text.text ?? block.placeholder?.text} ▾]`]
    case 'rich_text':
      return (block.elements ?? []).flatMap(e => read(e, context))
    case 'rich_text_section':
    case 'rich_text_preformatted':
    case 'rich_text_quote':
      return (block.elements ?? [])
        .map(e => richText(e, context))
        .join('')
        .split('\n')
    case 'rich_text_list':
      return (block.elements ?? []).flatMap(e => read(e, context).map(line => `• ${line}`))
    default:
      return []
  }
}

function richText(element: Block, { nameOf, now }: Context): string {
  switch (element.type) {
    case 'text':
      return wordsIn(element.text)
    case 'link':
      return element.url && wordsIn(element.text)
        ? `${wordsIn(element.text)} (${element.url})`
        : (element.url ?? '')
    case 'user':
      return `@${nameOf(element.user_id ?? '')}`
    case 'usergroup':
      return `@${nameOf(element.usergroup_id ?? '')}`
    case 'date':
      return dateText(element.timestamp ?? 0, element.format ?? '', now)
    default:
      return ''
  }
}

/** Slack's mrkdwn and tags as plain words. */
function plain(text: string, { nameOf, now }: Context): string {
  return text
    .replace(/<(?:@|!subteam\^)([UWS]\w+)(?:\|[^>]*)?>/g, (_, id: string) => `@${nameOf(id)}`)
    .replace(/<!date\^(\d+)\^([^|^>]+)[^>]*>/g, (_, s: string, format: string) =>
      dateText(Number(s), format, now),
    )
    .replace(/<(https?:[^|>]+)\|([^>]+)>/g, '$2 ($1)')
    .replace(/<(https?:[^>]+)>/g, '$1')
    .replace(/(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?!\w)/g, '$1')
    .replaceAll('`', '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

/** Slack's date tokens (docs: messaging/formatting-message-text#date-formatting), in this machine's zone. */
function dateText(seconds: number, format: string, now: number): string {
  const at = new Date(seconds * 1000)
  const clock = at.toTimeString().slice(0, 5)
  const day = `${at.getDate()} ${at.toLocaleString('en', { month: 'long' })} ${at.getFullYear()}`
  return format
    .replace(/\{ago\}/g, () => relative(seconds * 1000 - now))
    .replace(/\{time(_secs)?\}/g, clock)
    .replace(/\{date(_\w+)?\}/g, day)
}

function relative(ms: number): string {
  const s = Math.round(Math.abs(ms) / 1000)
  const span = s < 60 ? `${s} seconds` : `${Math.round(s / 60)} minutes`
  return ms >= 0 ? `in ${span}` : `${span} ago`
}
