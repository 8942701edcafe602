import { html, nothing, type TemplateResult } from 'lit'
import { avatar } from './avatar.ts'
import { composer, dropPlace } from './composer.ts'
import { droppable } from './drop.ts'
import { THREAD } from './icons.ts'
import { closeButton, messageHead, messageList } from './message.ts'
import { messageBody } from './message-body.ts'
import type { Page } from './page.ts'
import { channelOf, displayName, userOf } from './selectors.ts'

/** The open thread beside the chat, its first message on top as Discord shows it. */
export function threadPanel(page: Page): TemplateResult | typeof nothing {
  const { state } = page
  const thread = channelOf(state, state.threadId)
  if (!thread) return nothing
  const starter = state.messages.get(thread.starter_message_id ?? '')
  const author = userOf(state, starter?.author.id ?? null)
  return html`<section class="thread-panel" data-testid="thread-panel" aria-label="Thread: ${thread.name}">
    <header class="bar">${THREAD}<h2>${thread.name}</h2>${closeButton('Close thread', () => page.dispatch({ type: 'close_thread' }))}</header>
    ${droppable(
      dropPlace(page, thread.id),
      html`
      <div class="scroller" data-scroll=${thread.id}>
        <div class="thread-start"><span class="round">${THREAD}</span><h3>${thread.name}</h3>
          ${author ? html`<p>Started by <b class=${author.bot ? 'bot' : ''}>${displayName(author)}</b></p>` : nothing}</div>
        ${
          starter
            ? html`<div class="message starter" data-testid=${`starter-${starter.id}`}>${avatar(author, 40)}<div class="content">
              ${messageHead(author, starter.author.username, starter.timestamp)}${messageBody(page, starter)}</div></div><hr class="thread-rule" />`
            : nothing
        }
        ${messageList(page, thread.id)}
      </div>
      ${composer(page, thread.id, { label: thread.name, thread: true })}`,
    )}
  </section>`
}
