import { html, nothing, type TemplateResult } from 'lit'
import type { MessageSnapshot, SandboxMessage } from '../../control.ts'
import { drawComponents, type Surroundings } from './components.ts'
import { drawMarkdown, type Names } from './draw-text.ts'
import { drawEmbed } from './embeds.ts'
import { FORWARD } from './icons.ts'
import { drawAttachments } from './media.ts'
import type { Page } from './page.ts'
import { readComponents, withoutControls } from './raw-component.ts'
import { readEmbeds } from './raw-embed.ts'
import { channelOf, displayName, roleOf, userOf } from './selectors.ts'
import { messageTime } from './times.ts'

/** Message flag: its writer, or who manages messages, took the embeds away. */
const SUPPRESS_EMBEDS = 1 << 2

export const namesOf = (page: Page): Names => ({
  user: id => displayName(userOf(page.state, id)),
  role(id) {
    const { name = 'unknown-role', color = 0 } = roleOf(page.state, id) ?? {}
    return { name, color: color === 0 ? null : `#${color.toString(16).padStart(6, '0')}` }
  },
  channel(id) {
    const channel = channelOf(page.state, id)
    if (!channel) return null
    return { name: channel.name, thread: channel.type === 11, open: () => openPlace(page, id) }
  },
})

/** Everything between the head and the foot: words, files, embeds and components, its own or forwarded ones. */
export function messageBody(page: Page, message: SandboxMessage): TemplateResult {
  if (message.loading)
    return html`<div class="thinking"><span class="dots"><i></i><i></i><i></i></span>${message.author.username} is thinking…</div>`
  const waiting = page.state.pending.find(
    p => p.status === 'sending' && p.use.kind === 'press' && p.use.messageId === message.id,
  )
  const around = {
    messageId: message.id,
    names: namesOf(page),
    waitingFor: waiting?.use.kind === 'press' ? waiting.use.customId : null,
    press: (customId: string, values?: string[]) =>
      void page.press(message.id, message.channel_id, customId, values),
  }
  const snapshot = message.message_snapshots?.[0]?.message
  return snapshot ? forwarded(page, message, snapshot, around) : content(message, around)
}

function content(message: MessageSnapshot, around: Surroundings, controls = true): TemplateResult {
  const components = readComponents(message.components)
  const embeds = message.flags & SUPPRESS_EMBEDS ? [] : readEmbeds(message.embeds)
  return html`${message.content ? html`<div class="text-display">${drawMarkdown(message.content, around.names)}</div>` : nothing}
    ${message.attachments.length ? html`<div class="attachments">${drawAttachments(message.attachments)}</div>` : nothing}
    ${embeds.length ? html`<div class="embeds">${embeds.map(embed => drawEmbed(embed, around.names))}</div>` : nothing}
    ${components.length ? html`<div class="components">${drawComponents(controls ? components : withoutControls(components), around)}</div>` : nothing}`
}

/** A copy from somewhere else, with the way back to it. Its buttons only work where it came from. */
function forwarded(
  page: Page,
  message: SandboxMessage,
  snapshot: MessageSnapshot,
  around: Surroundings,
): TemplateResult {
  const from = channelOf(page.state, message.message_reference?.channel_id ?? null)
  return html`<div class="forwarded" data-testid=${`forwarded-${message.id}`}><i></i><div>
    <span class="forwarded-head">${FORWARD}Forwarded</span>
    ${content(snapshot, around, false)}
    ${
      from
        ? html`<button type="button" class="forwarded-from" @click=${() => openPlace(page, from.id)}><b>${from.type === 11 ? '' : '#'}${from.name}</b> • ${messageTime(snapshot.timestamp, Date.now())} ›</button>`
        : nothing
    }</div></div>`
}

function openPlace(page: Page, id: string): void {
  const thread = channelOf(page.state, id)?.type === 11
  page.dispatch(thread ? { type: 'open_thread', threadId: id } : { type: 'open_channel', channelId: id })
}
