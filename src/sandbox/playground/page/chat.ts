import { html, nothing, type TemplateResult } from 'lit'
import { avatar } from './avatar.ts'
import { composer, dropPlace } from './composer.ts'
import { droppable } from './drop.ts'
import { HASH } from './icons.ts'
import { messageList } from './message.ts'
import type { Page } from './page.ts'
import { botName, channelOf, displayName, threadsIn } from './selectors.ts'
import { welcome } from './welcome.ts'

/**
 * The open channel. What tests can hold on to in Discord's half (`data-testid`):
 *
 * | id | is |
 * |---|---|
 * | act-as-NAME, acting-as | the button that makes one somebody else; who one is |
 * | welcome, use-sample | what a newcomer is shown; its sample clip |
 * | message-ID, starter-ID | a message in the channel or thread; the first message of the open thread, in its panel |
 * | pending | a command that the bot did not answer yet, or not in time |
 * | forward-ID, menu-ID | buttons over a message: forward it, its menu |
 * | message-command-NAME | an app's command in the open menu; spaces are dashes: message-command-Upscale-video |
 * | menu-forward, menu-delete | the other lines of the open menu |
 * | forward-dialog, forward-to-NAME, forward-send | where to forward it; a channel or thread, spaces are dashes |
 * | delete-dialog, delete-confirm | the question before one's own message is deleted |
 * | forwarded-ID | what a forward holds |
 * | thread-ID, thread-panel | the line below a message that has a thread; the open thread |
 * | composer, composer-file, send, composer-error | the channel's: text, hidden file input, button, what went wrong |
 * | attached-file, cancel-command | a file of the message being written; the end of a command, whose file stays |
 * | thread-composer, -composer-file, -send, -composer-error, -attached-file, -cancel-command | the same of the thread |
 * | chosen-file | the file in an option of a command |
 * | drop-area | where files can be dropped |
 */
export function chat(page: Page): TemplateResult | typeof nothing {
  const { state } = page
  const channel = channelOf(state, state.channelId)
  if (!channel) return nothing
  const threads = threadsIn(state, channel.id).length
  return html`<main class="chat">
    <header class="bar">${HASH}<h2>${channel.name}</h2>
      <span class="topic">${threads === 0 ? nothing : threads === 1 ? '1 thread' : `${threads} threads`}</span>
      <div class="people">${(state.discord?.users ?? []).map(user => {
        const online = user.bot ? state.discord?.bot_online : true
        return html`<span class="presence ${online ? '' : 'away'}" title="${displayName(user)}${online ? '' : ' (offline)'}">${avatar(user, 24)}</span>`
      })}</div>
    </header>
    ${connection(page)}
    ${droppable(
      dropPlace(page, channel.id),
      html`
      <div class="scroller" data-scroll=${channel.id}>
        <div class="channel-start"><span class="round">${HASH}</span><h1>Welcome to #${channel.name}!</h1><p>This is the start of the #${channel.name} channel.</p></div>
        ${messageList(page, channel.id)}
      </div>
      ${welcome(page, channel.id)}
      ${composer(page, channel.id, { label: channel.name, thread: false })}`,
    )}
  </main>`
}

function connection({ state }: Page) {
  if (state.connection === 'lost')
    return html`<div class="banner" role="status">The sandbox is away. Trying to reach it again…</div>`
  if (state.discord && !state.discord.bot_online)
    return html`<div class="banner quiet" role="status">${botName(state)} is offline: commands will not be answered until it connects.</div>`
  return nothing
}
