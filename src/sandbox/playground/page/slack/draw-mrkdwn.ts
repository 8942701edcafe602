import { html, type TemplateResult } from 'lit'
import { safeUrl } from '../media.ts'
import { formatDate } from './date.ts'
import { type Inline, type Paragraph, parseMrkdwn } from './mrkdwn.ts'
import type { RichPart } from './rich-text.ts'

/** How people and channels are called where the text is read. */
export interface Names {
  user(id: string): string
  /** Of a user group; `mine`: who looks is in it. Null: not known. */
  group(id: string): { name: string; mine: boolean } | null
  channel(id: string): { name: string; open(): void } | null
}

type Drawn = TemplateResult | string

export const drawMrkdwn = (source: string, names: Names): Drawn[] =>
  parseMrkdwn(source).map(block => drawParagraph(block, names))

function drawParagraph(block: Paragraph, names: Names): TemplateResult {
  if (block.kind === 'pre') return html`<pre class="s-pre">${block.text}</pre>`
  if (block.kind === 'quote')
    return html`<blockquote class="s-quote">${inlines(block.children, names)}</blockquote>`
  return html`<div class="s-text">${inlines(block.children, names)}</div>`
}

export function drawRichPart(part: RichPart, names: Names): TemplateResult {
  switch (part.kind) {
    case 'section':
      return html`<div class="s-text">${inlines(part.children, names)}</div>`
    case 'quote':
      return html`<blockquote class="s-quote">${inlines(part.children, names)}</blockquote>`
    case 'pre':
      return html`<pre class="s-pre">${inlines(part.children, names)}</pre>`
    case 'list': {
      const items = part.items.map(item => html`<li>${inlines(item, names)}</li>`)
      const indent = `--indent:${part.indent}`
      return part.ordered
        ? html`<ol class="s-list" style=${indent} start=${part.start}>${items}</ol>`
        : html`<ul class="s-list" style=${indent}>${items}</ul>`
    }
  }
}

const inlines = (nodes: Inline[], names: Names): Drawn[] => nodes.map(node => drawInline(node, names))

/** The shortcodes that apps use most; every other stays as it was written. */
const EMOJI: Record<string, string> = {
  white_check_mark: '\u2705',
  x: '\u274c',
  warning: '\u26a0\ufe0f',
  hourglass_flowing_sand: '\u23f3',
  tada: '\u{1f389}',
  eyes: '\u{1f440}',
  movie_camera: '\u{1f3a5}',
  wave: '\u{1f44b}',
}

function drawInline(node: Inline, names: Names): Drawn {
  switch (node.kind) {
    case 'text':
      return node.text
    case 'code':
      return html`<code class="s-code">${node.text}</code>`
    case 'bold':
      return html`<b>${inlines(node.children, names)}</b>`
    case 'italic':
      return html`<i>${inlines(node.children, names)}</i>`
    case 'strike':
      return html`<s>${inlines(node.children, names)}</s>`
    case 'link':
      return html`<a class="s-link" href=${safeUrl(node.url)} target="_blank" rel="noreferrer noopener">${inlines(node.children, names)}</a>`
    case 'user':
      return html`<span class="s-mention">@${names.user(node.id)}</span>`
    case 'group':
      return html`<span class="s-mention loud">${node.name}</span>`
    case 'subteam': {
      const group = names.group(node.id)
      return html`<span class="s-mention ${group?.mine ? 'loud' : ''}">${group ? `@${group.name}` : node.label || '@group'}</span>`
    }
    case 'channel': {
      const channel = names.channel(node.id)
      if (!channel) return html`<span class="s-mention">#${node.label || 'private'}</span>`
      return html`<button type="button" class="s-mention" @click=${channel.open}>#${channel.name}</button>`
    }
    case 'emoji':
      return EMOJI[node.name] ?? `:${node.name}:`
    case 'date': {
      const words = formatDate(node.unix, node.format, Date.now())
      if (words === null) return node.fallback
      const drawn = html`<time datetime=${new Date(node.unix * 1000).toISOString()} title=${formatDate(node.unix, '{date_long} at {time}', 0) ?? ''}>${words}</time>`
      return node.url
        ? html`<a class="s-link" href=${safeUrl(node.url)} target="_blank" rel="noreferrer noopener">${drawn}</a>`
        : drawn
    }
  }
}
