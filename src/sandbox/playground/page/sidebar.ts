import { html, nothing, type TemplateResult } from 'lit'
import { avatar } from './avatar.ts'
import { CHEVRON, COMPASS, HASH, PLUS, SPINE } from './icons.ts'
import type { Page } from './page.ts'
import { displayName, textChannels, threadsIn, userOf } from './selectors.ts'

/** Server rail, channels with their threads, and who one is. */
export function sidebar(page: Page): TemplateResult {
  const { state } = page
  const guild = state.discord?.guild
  const initials = (guild?.name ?? '')
    .split(/\s+/)
    .map(word => word[0])
    .join('')
    .slice(0, 3)
  return html`<nav class="rail" aria-label="Servers">
      <span class="server home" aria-hidden="true"><img src="/favicon.ico" alt="" width="40" height="40" /></span><hr />
      <span class="server current" title=${guild?.name ?? ''}>${initials}</span>
      <span class="server quiet" aria-hidden="true">${PLUS}</span><span class="server quiet" aria-hidden="true">${COMPASS}</span>
    </nav>
    <nav class="channels" aria-label="Channels">
      <header class="guild-name"><b>${guild?.name ?? ''}</b>${CHEVRON}</header>
      <div class="channel-list"><h3 class="category">Text channels</h3>
        ${textChannels(state).map(
          channel => html`
          ${entry(page, channel.id, channel.name, false)}
          ${threadsIn(state, channel.id).map(thread => entry(page, thread.id, thread.name, true))}`,
        )}
      </div>
    </nav>
    ${memberPanel(page)}`
}

function entry(page: Page, id: string, name: string, thread: boolean): TemplateResult {
  const { state } = page
  const current = thread ? state.threadId === id : state.channelId === id && state.threadId === null
  const look = `channel ${thread ? 'in-thread' : ''} ${current ? 'current' : ''} ${state.unread.has(id) ? 'unread' : ''}`
  const open = () =>
    page.dispatch(thread ? { type: 'open_thread', threadId: id } : { type: 'open_channel', channelId: id })
  return html`<button type="button" class=${look} aria-current=${current ? 'page' : nothing} @click=${open}>${thread ? SPINE : HASH}<span>${name}</span></button>`
}

/** At the bottom left, where Discord shows the account: one click is somebody else. */
function memberPanel(page: Page): TemplateResult {
  const { state } = page
  const me = userOf(state, state.actingAs)
  const members = state.discord?.users.filter(user => !user.bot) ?? []
  return html`<div class="member-panel" data-testid="acting-as" data-user=${me?.global_name ?? ''}>
    <div class="me"><span class="presence">${avatar(me, 32)}</span><div><b>${displayName(me)}</b><small>${me?.username ?? ''}</small></div></div>
    <div class="others" role="radiogroup" aria-label="Act as">${members.map(
      user => html`<button type="button" role="radio" aria-checked=${user.id === me?.id} aria-label=${`Act as ${displayName(user)}`}
        title=${`Act as ${displayName(user)}`} data-testid=${`act-as-${user.username}`} @click=${() => page.dispatch({ type: 'act_as', userId: user.id })}>${avatar(user, 24)}</button>`,
    )}</div>
  </div>`
}
