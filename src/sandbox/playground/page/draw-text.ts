import { html, nothing, type TemplateResult } from 'lit'
import '@skyra/discord-components-core/discord-mention.js'
import '@skyra/discord-components-core/discord-spoiler.js'
import { type Block, type Inline, parseMarkdown } from './markdown.ts'
import { formatTimestamp } from './times.ts'

/** Who and what the ids in a text stand for. */
export interface Names {
  user(id: string): string
  /** `color` as CSS has it; null: as every mention. */
  role(id: string): { name: string; color: string | null }
  channel(id: string): { name: string; thread: boolean; open(): void } | null
}

type Drawn = TemplateResult | string | typeof nothing

const parsed = new Map<string, Block[]>()

/** Discord markdown as elements; text only ever becomes text nodes. */
export function drawMarkdown(source: string, names: Names): Drawn[] {
  let blocks = parsed.get(source)
  if (!blocks) {
    if (parsed.size > 500) parsed.clear()
    blocks = parseMarkdown(source)
    parsed.set(source, blocks)
  }
  return blocks.map(block => drawBlock(block, names))
}

function drawBlock(block: Block, names: Names): Drawn {
  switch (block.kind) {
    case 'paragraph':
      return html`<div class="md-text">${inlines(block.children, names)}</div>`
    case 'subtext':
      return html`<small class="md-subtext">${inlines(block.children, names)}</small>`
    case 'heading': {
      const content = inlines(block.children, names)
      if (block.level === 1) return html`<h1 class="md-h">${content}</h1>`
      if (block.level === 2) return html`<h2 class="md-h">${content}</h2>`
      return html`<h3 class="md-h">${content}</h3>`
    }
    case 'quote':
      return html`<div class="md-quote"><i></i><blockquote>${block.blocks.map(b => drawBlock(b, names))}</blockquote></div>`
    case 'list': {
      const items = block.items.map(
        item =>
          html`<li style="margin-left:${item.depth * 18}px" class=${item.depth ? 'deep' : ''}>${inlines(item.children, names)}</li>`,
      )
      return block.ordered
        ? html`<ol class="md-list" start=${block.start}>${items}</ol>`
        : html`<ul class="md-list">${items}</ul>`
    }
    case 'codeblock':
      return html`<pre class="md-pre"><code>${block.text}</code></pre>`
  }
}

const inlines = (nodes: Inline[], names: Names): Drawn[] => nodes.map(node => drawInline(node, names))

function drawInline(node: Inline, names: Names): Drawn {
  switch (node.kind) {
    case 'text':
      return node.text
    case 'code':
      return html`<code class="md-code">${node.text}</code>`
    case 'bold':
      return html`<strong>${inlines(node.children, names)}</strong>`
    case 'italic':
      return html`<em>${inlines(node.children, names)}</em>`
    case 'underline':
      return html`<u>${inlines(node.children, names)}</u>`
    case 'strike':
      return html`<s>${inlines(node.children, names)}</s>`
    case 'spoiler':
      return html`<discord-spoiler tabindex="0" role="button" aria-label="Spoiler">${inlines(node.children, names)}</discord-spoiler>`
    case 'link':
      return html`<a class="md-link" href=${node.url} target="_blank" rel="noreferrer noopener" title=${node.url}>${inlines(node.children, names)}</a>`
    case 'user':
      return html`<discord-mention type="user">${names.user(node.id)}</discord-mention>`
    case 'role': {
      const { name, color } = names.role(node.id)
      // It puts the sign before the name itself.
      return html`<discord-mention type="role" color=${color ?? nothing}>${name.replace(/^@/, '')}</discord-mention>`
    }
    case 'channel': {
      const channel = names.channel(node.id)
      if (!channel) return html`<discord-mention type="user">unknown</discord-mention>`
      const type = channel.thread ? 'thread' : 'channel'
      return html`<discord-mention type=${type} @click=${channel.open}>${channel.name}</discord-mention>`
    }
    case 'command':
      return html`<discord-mention type="slash">${node.name}</discord-mention>`
    case 'emoji':
      return html`<span class="md-emoji">:${node.name}:</span>`
    case 'time': {
      const { unix, style } = node
      const date = new Date(unix * 1000)
      const exact = Number.isNaN(date.getTime()) ? '' : date.toISOString()
      return html`<time class="md-time" datetime=${exact} title=${formatTimestamp(unix, 'F', Date.now())} data-unix=${unix} data-style=${style} .textContent=${formatTimestamp(unix, style, Date.now())}></time>`
    }
  }
}

/** Keeps "in 5 minutes" true. The element's own text is set, so that nothing else is drawn again. */
export function keepTimesLive(root: ParentNode): void {
  setInterval(() => {
    for (const time of root.querySelectorAll<HTMLTimeElement>('time[data-style="R"]')) {
      const words = formatTimestamp(Number(time.dataset.unix), 'R', Date.now())
      if (time.textContent !== words) time.textContent = words
    }
  }, 1000)
}
