import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import '@skyra/discord-components-core/discord-verified-author-tag.js'
import type { SandboxMessage, SandboxUser } from '../../control.ts'
import { avatar } from './avatar.ts'
import { messageCommandHead, slashHead } from './command-head.ts'
import { moveInList } from './focus.ts'
import { CLOSE, EYE, WARNING } from './icons.ts'
import { messageBody } from './message-body.ts'
import { messageMenu } from './message-menu.ts'
import type { Page } from './page.ts'
import type { Pending } from './reducer.ts'
import { displayName, isMentioned, type Row, rowsOf, userOf } from './selectors.ts'
import { threadStub } from './thread-stub.ts'
import { clockTime, messageTime } from './times.ts'

/** Message type: the answer to a command from a message's menu. */
const MENU_ANSWER = 23

/** All messages of a channel, and below them what was sent and not answered yet. */
export function messageList(page: Page, channelId: string): TemplateResult {
  const pending = page.state.pending.filter(
    p => p.channelId === channelId && p.use.kind !== 'press' && p.userId === page.state.actingAs,
  )
  const rows = rowsOf(page.state, channelId)
  return html`<ol class="messages" aria-label="Messages" @keydown=${moveInList}>${repeat(
    rows,
    row => row.message.id,
    row =>
      html`${row.day ? html`<li class="day" role="separator"><span>${row.day}</span></li>` : nothing}${drawRow(page, row, row === rows.at(-1))}`,
  )}${repeat(
    pending,
    p => p.key,
    p => drawPending(page, p),
  )}</ol>`
}

function drawRow(page: Page, { message, grouped }: Row, newest: boolean): TemplateResult {
  const { state } = page
  const author = userOf(state, message.author.id)
  const mentioned = isMentioned(state, message)
  const private_ = message.ephemeral_for !== null
  const look = [
    'message',
    grouped ? 'grouped' : '',
    mentioned ? 'mentioned' : '',
    private_ ? 'ephemeral' : '',
  ]
  return html`<li class=${look.join(' ')} id=${`message-${message.id}`} tabindex=${newest ? 0 : -1} aria-label=${`${displayName(author)}, ${clockTime(message.timestamp)}`} data-testid=${`message-${message.id}`}>
    ${messageMenu(page, message)}
    ${answerHead(page, message)}
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

/** Which command it answers. */
function answerHead({ state }: Page, message: SandboxMessage) {
  const user = userOf(state, message.interaction?.user_id ?? null)
  if (!message.interaction || !user) return nothing
  const { name } = message.interaction
  if (message.type !== MENU_ANSWER) return slashHead(user, name)
  return messageCommandHead(
    state,
    user,
    name,
    state.messages.get(message.message_reference?.message_id ?? ''),
  )
}

export const messageHead = (author: SandboxUser | undefined, fallback: string, at: string) =>
  html`<div class="head"><span class="name ${author?.bot ? 'bot' : ''}">${author ? displayName(author) : fallback}</span>${
    author?.bot ? html`<discord-verified-author-tag></discord-verified-author-tag>` : nothing
  }<time datetime=${at}>${messageTime(at, Date.now())}</time></div>`

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
  const failed = pending.status === 'failed'
  return html`<li class="message ephemeral" data-testid="pending">
    ${user ? pendingHead(page, user, pending.use) : nothing}
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

function pendingHead({ state }: Page, user: SandboxUser, use: Pending['use']) {
  if (use.kind === 'press') return nothing
  return use.kind === 'slash'
    ? slashHead(user, use.name)
    : messageCommandHead(state, user, use.name, state.messages.get(use.messageId))
}

export const closeButton = (label: string, onClick: () => void) =>
  html`<button type="button" class="icon-button" aria-label=${label} title=${label} @click=${onClick}>${CLOSE}</button>`
