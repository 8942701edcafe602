import { html, nothing, type TemplateResult } from 'lit'
import type { SandboxMessage } from '../../control.ts'
import { avatar } from './avatar.ts'
import type { Page } from './page.ts'
import { displayName, previewOf, rowsOf, threadOn, userOf } from './selectors.ts'
import { formatTimestamp } from './times.ts'

/** Below a message that has a thread: its name, how much is in it and the last that was said. */
export function threadStub(page: Page, message: SandboxMessage): TemplateResult | typeof nothing {
  const thread = threadOn(page.state, message)
  if (thread?.type !== 11) return nothing
  const inside = rowsOf(page.state, thread.id).map(row => row.message)
  const last = inside.at(-1)
  const author = userOf(page.state, last?.author.id ?? null)
  const count = inside.length === 1 ? '1 Message' : `${inside.length} Messages`
  const open = () => page.dispatch({ type: 'open_thread', threadId: thread.id })
  const ago = last && Date.now() - Date.parse(last.timestamp) > 5000
  return html`<button type="button" class="thread-stub" data-testid=${`thread-${thread.id}`} @click=${open}>
    <span class="top"><b>${thread.name}</b><span class="more">${inside.length ? count : 'See Thread'} ›</span></span>
    ${
      last
        ? html`<span class="last">${avatar(author, 16)}<b class=${author?.bot ? 'bot' : ''}>${displayName(author)}</b>
          <span class="preview">${previewOf(page.state, last) || 'sent an attachment'}</span>
          ${ago ? html`<time class="md-time-plain" data-unix=${Math.round(Date.parse(last.timestamp) / 1000)} data-style="R" .textContent=${formatTimestamp(Date.parse(last.timestamp) / 1000, 'R', Date.now())}></time>` : nothing}</span>`
        : html`<span class="last">There are no recent messages in this thread.</span>`
    }
  </button>`
}
