import { html, nothing, type TemplateResult } from 'lit'
import { droppable } from '../drop.ts'
import { CLOSE } from '../icons.ts'
import { composer, dropPlace } from './composer.ts'
import { lookOf, messageList, messageRow } from './message.ts'
import type { Place, SlackPage } from './page.ts'
import { keyOf } from './reducer.ts'
import { openChannel, replyRows, threadOf } from './selectors.ts'

/** The open thread beside its channel. */
export function threadPanel(page: SlackPage): TemplateResult | typeof nothing {
  const { state } = page
  const channel = openChannel(state)
  const starter =
    channel && state.threadTs ? state.messages.get(keyOf(channel.id, state.threadTs)) : undefined
  if (!channel || !starter) return nothing
  const place: Place = { channelId: channel.id, threadTs: starter.ts }
  const count = threadOf(state, starter)?.count ?? 0
  return html`<section class="s-thread" data-testid="slack-thread-panel" aria-label="Thread in #${channel.name}">
    <header class="s-bar"><h2>Thread</h2><small>#${channel.name}</small>
      <button type="button" class="s-icon-button" aria-label="Close the thread" title="Close the thread" data-testid="slack-thread-close" @click=${() => page.dispatch({ type: 'close_thread' })}>${CLOSE}</button></header>
    ${droppable(
      dropPlace(page, place, 'Upload to the thread'),
      html`<div class="s-scroller" data-scroll=${`slack-${channel.id}-${starter.ts}`}>
        <div class=${lookOf(starter, false)} data-testid=${`slack-starter-${starter.ts}`}>${messageRow(page, { message: starter, grouped: false, day: null }, 'starter')}</div>
        ${count > 0 ? html`<div class="s-count"><span>${count === 1 ? '1 reply' : `${count} replies`}</span></div>` : nothing}
        ${messageList(page, place, replyRows(state, channel.id, starter.ts, Date.now()))}
      </div>
      ${channel.is_archived ? nothing : composer(page, place, 'Reply…')}`,
    )}
  </section>`
}
