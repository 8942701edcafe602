import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import '@skyra/discord-components-core/discord-command.js'
import '@skyra/discord-components-core/discord-verified-author-tag.js'
import type { SandboxMessage, SandboxUser } from '../../control.ts'
import { avatar, avatarUrl } from './avatar.ts'
import { drawComponents } from './components.ts'
import { drawMarkdown, type Names } from './draw-text.ts'
import { CLOSE, EYE, SPINE, WARNING } from './icons.ts'
import { drawAttachment } from './media.ts'
import type { Page } from './page.ts'
import { readComponents } from './raw-component.ts'
import type { Pending } from './reducer.ts'
import { channelOf, displayName, type Row, rowsOf, userOf } from './selectors.ts'
import { threadStub } from './thread-stub.ts'
import { clockTime, messageTime } from './times.ts'

/** All messages of a channel, and below them what was sent and not answered yet. */
export function messageList(page: Page, channelId: string): TemplateResult {
  const pending = page.state.pending.filter(
    p => p.channelId === channelId && p.use.kind === 'slash' && p.userId === page.state.actingAs,
  )
  return html`<ol class="messages" aria-label="Messages">${repeat(
    rowsOf(page.state, channelId),
    row => row.message.id,
    row =>
      html`${row.day ? html`<li class="day" role="separator"><span>${row.day}</span></li>` : nothing}${drawRow(page, row)}`,
  )}${repeat(
    pending,
    p => p.key,
    p => drawPending(page, p),
  )}</ol>`
}

export const namesOf = (page: Page): Names => ({
  user: id => displayName(userOf(page.state, id)),
  channel(id) {
    const channel = channelOf(page.state, id)
    if (!channel) return null
    const thread = channel.type === 11
    const open = () =>
      page.dispatch(thread ? { type: 'open_thread', threadId: id } : { type: 'open_channel', channelId: id })
    return { name: channel.name, thread, open }
  },
})

function drawRow(page: Page, { message, grouped }: Row): TemplateResult {
  const { state } = page
  const author = userOf(state, message.author.id)
  const mentioned = message.mentions.some(user => user.id === state.actingAs)
  const private_ = message.ephemeral_for !== null
  const look = [
    'message',
    grouped ? 'grouped' : '',
    mentioned ? 'mentioned' : '',
    private_ ? 'ephemeral' : '',
  ]
  const user = message.interaction && userOf(state, message.interaction.user_id)
  return html`<li class=${look.join(' ')} data-testid=${`message-${message.id}`}>
    ${message.interaction && user ? commandHead(user, message.interaction.name) : nothing}
    ${grouped ? html`<time class="gutter">${clockTime(message.timestamp)}</time>` : avatar(author, 40)}
    <div class="content">
      ${grouped ? nothing : messageHead(author, message.author.username, message.timestamp)}
      ${messageBody(page, message)}
      ${failedPress(page, message)}
      ${threadStub(page, message)}
      ${private_ ? onlyYou(() => page.dispatch({ type: 'dismiss', id: message.id })) : nothing}
    </div>
  </li>`
}

const commandHead = (user: SandboxUser, name: string) =>
  html`<div class="command-head">${SPINE}<discord-command author=${displayName(user)} avatar=${avatarUrl(user)}
    command=${name} type="slash_command"></discord-command></div>`

export const messageHead = (author: SandboxUser | undefined, fallback: string, at: string) =>
  html`<div class="head"><span class="name ${author?.bot ? 'bot' : ''}">${author ? displayName(author) : fallback}</span>${
    author?.bot ? html`<discord-verified-author-tag></discord-verified-author-tag>` : nothing
  }<time datetime=${at}>${messageTime(at, Date.now())}</time></div>`

/** Everything between the head and the foot: words, components, loose attachments. */
export function messageBody(page: Page, message: SandboxMessage): TemplateResult {
  if (message.loading)
    return html`<div class="thinking"><span class="dots"><i></i><i></i><i></i></span>${message.author.username} is thinking…</div>`
  const names = namesOf(page)
  const waiting = page.state.pending.find(
    p => p.status === 'sending' && p.use.kind === 'press' && p.use.messageId === message.id,
  )
  const around = {
    messageId: message.id,
    names,
    waitingFor: waiting?.use.kind === 'press' ? waiting.use.customId : null,
    press: (customId: string, values?: string[]) =>
      void page.press(message.id, message.channel_id, customId, values),
  }
  return html`${message.content ? html`<div class="text-display">${drawMarkdown(message.content, names)}</div>` : nothing}
    ${message.attachments.map(drawAttachment)}
    ${message.components.length ? html`<div class="components">${drawComponents(readComponents(message.components), around)}</div>` : nothing}`
}

const onlyYou = (dismiss: () => void) =>
  html`<div class="only-you">${EYE} Only you can see this <span>•</span> <button type="button" class="link-button" @click=${dismiss}>Dismiss message</button></div>`

function failedPress(page: Page, message: SandboxMessage) {
  const failed = page.state.pending.find(
    p => p.status === 'failed' && p.use.kind === 'press' && p.use.messageId === message.id,
  )
  return failed ? html`<div class="failure" role="alert">${WARNING} This interaction failed</div>` : nothing
}

function drawPending(page: Page, pending: Pending): TemplateResult {
  const bot = page.state.discord?.users.find(user => user.bot)
  const user = userOf(page.state, pending.userId)
  const name = pending.use.kind === 'slash' ? pending.use.name : ''
  const failed = pending.status === 'failed'
  return html`<li class="message ephemeral" data-testid="pending">
    ${user ? commandHead(user, name) : nothing}
    ${avatar(bot, 40)}
    <div class="content">
      ${messageHead(bot, 'Bot', new Date().toISOString())}
      ${
        failed
          ? html`<div class="failure" role="alert">${WARNING} The application did not respond</div>${onlyYou(
              () => page.dispatch({ type: 'dismiss', id: pending.key }),
            )}`
          : html`<div class="thinking"><span class="dots"><i></i><i></i><i></i></span>Sending command…</div>`
      }
    </div>
  </li>`
}

export const closeButton = (label: string, onClick: () => void) =>
  html`<button type="button" class="icon-button" aria-label=${label} title=${label} @click=${onClick}>${CLOSE}</button>`
