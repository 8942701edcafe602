import { html, nothing, type TemplateResult } from 'lit'
import { avatar } from './avatar.ts'
import { composer, dropPlace } from './composer.ts'
import { droppable } from './drop.ts'
import { HASH } from './icons.ts'
import { messageList } from './message.ts'
import type { Page } from './page.ts'
import { channelOf, displayName, threadsIn } from './selectors.ts'
import { welcome } from './welcome.ts'

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
    return html`<div class="banner quiet" role="status">Murano is offline: commands will not be answered until it connects.</div>`
  return nothing
}
