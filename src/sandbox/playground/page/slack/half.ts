import { html, type TemplateResult } from 'lit'
import { channelPane } from './channel.ts'
import { hasOverlay, overlay } from './modal.ts'
import type { SlackPage } from './page.ts'
import { sidebar } from './sidebar.ts'
import { threadPanel } from './thread.ts'

/**
 * Slack's half of the page. What tests can hold on to (`data-testid`):
 *
 * | id | is |
 * |---|---|
 * | slack-workspace-ID, slack-channel-NAME | buttons of the rail and of the sidebar |
 * | slack-direct | the app in the sidebar, once it has written to who looks: what it wrote |
 * | slack-acting-as, slack-act-as-NAME | who one is; the button that makes one somebody else |
 * | slack-welcome, slack-use-sample | what a newcomer is shown; its sample clip |
 * | slack-install-more, slack-install-url, slack-install, slack-invite | the cures of "not installed" and "not in this channel" |
 * | slack-message-TS | a message in the channel or, as a reply, in the thread |
 * | slack-menu-TS, slack-reply-TS | buttons over a message: its menu, reply in thread |
 * | slack-shortcut-CALLBACK | an app's shortcut in the open menu |
 * | slack-thread-TS | the button "2 replies" below a message |
 * | slack-thread-panel, slack-starter-TS, slack-thread-close | the open thread, its first message, its end |
 * | slack-composer, slack-file-input, slack-send, slack-error | the channel's: text, hidden file input, button, what went wrong |
 * | slack-thread-composer, -file-input, -send, -error | the same of the open thread |
 * | slack-chosen-file | a file that was added and not sent, in a composer or a modal |
 * | slack-drop-area, slack-thread-drop-area | where files can be dropped |
 * | slack-failure | "failed with the error operation_timeout" |
 * | slack-modal, slack-input-BLOCK, slack-modal-file-input, slack-modal-submit | the open modal and what is in it |
 * | slack-confirm-dialog | the question of a button that asks first |
 */
export function slackHalf(page: SlackPage): TemplateResult {
  const over = hasOverlay(page)
  return html`<div class="slack ${page.state.threadTs ? 's-with-thread' : ''}">
    <div class="s-frame" ?inert=${over}>${sidebar(page)}<div class="s-stage">${channelPane(page)}${threadPanel(page)}</div></div>
    ${overlay(page)}
  </div>`
}

/** After a drawing: the keyboard goes into what lies on top, and back to where it was when that is gone. */
export function keepFocus(root: HTMLElement): { after(): void } {
  let shown: Element | null = null
  let before: Element | null = null
  return {
    after() {
      const dialog = root.querySelector<HTMLElement>('.s-dialog')
      if (dialog === shown) return
      if (!shown) before = document.activeElement
      shown = dialog
      if (dialog) (dialog.querySelector<HTMLElement>('[data-focus]') ?? dialog).focus()
      else if (before instanceof HTMLElement && before.isConnected) before.focus()
    },
  }
}
