import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { SlackMessage, SlackUser } from '../../../control.ts'
import { EYE, WARNING } from '../icons.ts'
import { formatTimestamp } from '../times.ts'
import { avatar } from './avatar.ts'
import { drawBlocks, type Surroundings } from './blocks.ts'
import { formatDate, shortTimeOf, timeOf } from './date.ts'
import { drawMrkdwn, type Names } from './draw-mrkdwn.ts'
import { drawFile } from './files.ts'
import { messageMenu } from './message-menu.ts'
import { type Place, type SlackPage, threadIn } from './page.ts'
import { readAttachments, readBlocks } from './raw-block.ts'
import { myId, type Pending } from './reducer.ts'
import { channelOf, failedIn, nameOf, pressOn, type Row, threadOf, userOf } from './selectors.ts'

/** Messages in order, and below them the commands and shortcuts that the app did not answer. */
export function messageList(page: SlackPage, place: Place, rows: Row[]): TemplateResult {
  return html`<ol class="s-messages" aria-label="Messages">${repeat(
    rows,
    row => row.message.ts,
    row => html`${row.day ? html`<li class="s-day" role="separator"><span>${row.day}</span></li>` : nothing}
      <li class=${lookOf(row.message, row.grouped)} data-testid=${`slack-message-${row.message.ts}`}>${messageRow(page, row, place.threadTs ? 'thread' : 'channel')}</li>`,
  )}${failedIn(page.state, place.channelId, place.threadTs).map(failed => failureRow(page, failed))}</ol>`
}

export const lookOf = (message: SlackMessage, grouped: boolean): string =>
  ['s-message', grouped ? 'grouped' : '', message.ephemeral_for ? 'ephemeral' : ''].join(' ')

export const namesOf = (page: SlackPage): Names => ({
  user: id => nameOf(userOf(page.state, id)),
  group(id) {
    const group = page.state.slack?.user_groups.find(one => one.id === id)
    return group ? { name: group.handle, mine: group.users.includes(myId(page.state) ?? '') } : null
  },
  channel(id) {
    const channel = channelOf(page.state, id)
    if (!channel) return null
    return { name: channel.name, open: () => page.dispatch({ type: 'open_channel', channelId: id }) }
  },
})

/** One message without the element around it. `place`: where it is drawn, "channel", "thread" or "starter". */
export function messageRow(page: SlackPage, { message, grouped }: Row, place: string): TemplateResult {
  const author = userOf(page.state, message.user)
  if (message.deleted) {
    return html`<span class="s-trash" aria-hidden="true"></span><div class="s-content"><p class="s-gone">This message was deleted.</p>${place === 'channel' ? threadButton(page, message) : nothing}</div>`
  }
  return html`
    ${message.ephemeral_for ? html`<div class="s-only-you">${EYE}Only visible to you</div>` : nothing}
    ${grouped ? html`<time class="s-gutter">${shortTimeOf(message.ts)}</time>` : avatar(author, 36)}
    <div class="s-content">
      ${grouped ? nothing : head(author, message.ts)}
      ${body(page, message, place)}
      ${pressOn(page.state, message, 'failed') ? html`<div class="s-failure" role="alert">${WARNING}This app did not respond in time. Try again?</div>` : nothing}
      ${place === 'channel' ? threadButton(page, message) : nothing}
    </div>
    ${messageMenu(page, message, place)}`
}

const head = (author: SlackUser | undefined, ts: string): TemplateResult =>
  html`<div class="s-head"><b>${nameOf(author)}</b>${author?.is_bot ? html`<span class="s-app-tag">APP</span>` : nothing}<time title=${formatDate(Number(ts), '{date_long} at {time_secs}', 0) ?? ''}>${timeOf(ts)}</time></div>`

/** Blocks stand for the text, which is then only what notifications show. */
function body(page: SlackPage, message: SlackMessage, place: string): TemplateResult {
  const waiting = pressOn(page.state, message, 'sending')
  const names = namesOf(page)
  const around: Surroundings = {
    id: `${place}-${message.channel}-${message.ts}`,
    names,
    waitingFor: waiting?.use.kind === 'press' ? waiting.use.actionId : null,
    press(actionId, value, confirm) {
      const press = { channelId: message.channel, ts: message.ts, actionId, value }
      if (confirm) page.dispatch({ type: 'ask', asking: { press, threadTs: threadIn(message), confirm } })
      else void page.press(press, threadIn(message))
    },
  }
  const attachments = readAttachments(message.attachments)
  const plain = message.blocks.length === 0 && message.text !== ''
  return html`${plain ? html`<div class="s-words">${drawMrkdwn(message.text, names)}${message.edits > 0 ? html`<small class="s-edited">(edited)</small>` : nothing}</div>` : nothing}
    ${message.blocks.length ? html`<div class="s-blocks">${drawBlocks(readBlocks(message.blocks), around)}</div>` : nothing}
    ${attachments.map(
      attachment => html`<div class="s-attachment" style=${attachment.color ? `--bar:${attachment.color}` : ''}><div class="s-blocks">
        ${attachment.text ? drawMrkdwn(attachment.text, names) : nothing}${drawBlocks(attachment.blocks, around)}</div></div>`,
    )}
    ${
      message.files.length
        ? html`<div class="s-files">${repeat(
            message.files,
            file => file.id,
            file => drawFile(file),
          )}</div>`
        : nothing
    }`
}

/** "2 replies", as Slack shows a thread below its first message. */
function threadButton(page: SlackPage, message: SlackMessage): TemplateResult | typeof nothing {
  const thread = threadOf(page.state, message)
  if (!thread) return nothing
  const unix = Math.round(Number(thread.lastTs))
  const open = () => page.dispatch({ type: 'open_thread', ts: message.ts })
  return html`<button type="button" class="s-thread-button" data-testid=${`slack-thread-${message.ts}`} @click=${open}>
    <span class="s-repliers">${thread.users.map(user => avatar(user, 24))}</span><b>${thread.count === 1 ? '1 reply' : `${thread.count} replies`}</b>
    <span class="s-last-reply">Last reply <time data-unix=${unix} data-style="R" .textContent=${formatTimestamp(unix, 'R', Date.now())}></time></span>
    <span class="s-view-thread">View thread</span></button>`
}

/** What Slack itself says, to one person, when an app does not answer. */
function failureRow(page: SlackPage, failed: Pending): TemplateResult {
  const what = failed.use.kind === 'press' ? '' : failed.use.name
  return html`<li class="s-message ephemeral" data-testid="slack-failure">
    <div class="s-only-you">${EYE}Only visible to you</div>
    <span class="s-slackbot" aria-hidden="true"></span>
    <div class="s-content"><div class="s-head"><b>Slackbot</b></div>
      <div class="s-text" role="alert"><b>${what}</b> failed with the error “operation_timeout”: the app did not answer within 3 seconds.</div>
      <button type="button" class="s-link" @click=${() => page.dispatch({ type: 'use_gone', key: failed.key })}>Dismiss</button></div>
  </li>`
}
