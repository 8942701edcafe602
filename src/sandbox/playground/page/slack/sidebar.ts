import { html, nothing, type TemplateResult } from 'lit'
import type { SlackChannel } from '../../../control.ts'
import { CHEVRON, HASH } from '../icons.ts'
import { avatar } from './avatar.ts'
import { LOCK, SHARED } from './icons.ts'
import type { SlackPage } from './page.ts'
import { myId, openChannelId } from './reducer.ts'
import { botOf, channelsOf, directOf, nameOf, peopleOf, userOf, workspaceOf } from './selectors.ts'

/** Workspaces, channels, and who one is. */
export function sidebar(page: SlackPage): TemplateResult {
  const { state } = page
  return html`<nav class="s-rail" aria-label="Workspaces">${(state.slack?.workspaces ?? []).map(workspace => {
    const current = workspace.id === state.teamId
    return html`<button type="button" class="s-workspace ${current ? 'current' : ''}" aria-current=${current ? 'true' : nothing} title=${workspace.name} aria-label=${workspace.name}
      data-testid=${`slack-workspace-${workspace.id}`} @click=${() => page.dispatch({ type: 'open_workspace', teamId: workspace.id })}>${initials(workspace.name)}</button>`
  })}</nav>
  <nav class="s-sidebar" aria-label="Channels of the workspace">
    <header class="s-team"><b>${workspaceOf(state)?.name ?? ''}</b>${CHEVRON}</header>
    <div class="s-channels">
      <h3>Channels</h3>${channelsOf(state).map(channel => entry(page, channel))}
      ${workspaceOf(state)?.installed ? html`<h3>Apps</h3>${app(page)}` : nothing}
    </div>
  </nav>
  ${account(page)}`
}

/** What it has written to who looks is behind its name. */
function app(page: SlackPage): TemplateResult {
  const { state } = page
  const bot = botOf(state)
  const face = html`${avatar(bot, 20)}<span>${nameOf(bot)}</span>${dot(state.slack?.bot_online === true)}`
  const direct = directOf(state)
  if (!direct) return html`<span class="s-entry still">${face}</span>`
  return html`<button type="button" class=${lookOf(page, direct)} aria-current=${isOpen(page, direct) ? 'page' : nothing}
    data-testid="slack-direct" @click=${() => page.dispatch({ type: 'open_channel', channelId: direct.id })}>${face}</button>`
}

const isOpen = ({ state }: SlackPage, channel: SlackChannel) => channel.id === openChannelId(state)
const lookOf = (page: SlackPage, channel: SlackChannel) =>
  `s-entry ${isOpen(page, channel) ? 'current' : ''} ${page.state.unread.has(channel.id) ? 'unread' : ''}`

const initials = (name: string): string =>
  name
    .split(/\s+/)
    .filter(word => word !== 'The')
    .map(word => word[0])
    .join('')
    .slice(0, 2)

const dot = (online: boolean): TemplateResult =>
  html`<i class="s-dot ${online ? 'on' : ''}" role="img" aria-label=${online ? 'Online' : 'Away'}></i>`

function entry(page: SlackPage, channel: SlackChannel): TemplateResult {
  return html`<button type="button" class=${lookOf(page, channel)} aria-current=${isOpen(page, channel) ? 'page' : nothing}
    data-testid=${`slack-channel-${channel.name}`} @click=${() => page.dispatch({ type: 'open_channel', channelId: channel.id })}>
    ${channel.is_private ? LOCK : HASH}<span>${channel.name}</span>${channel.shared_team_ids.length ? SHARED : nothing}</button>`
}

/** At the bottom left: one click is somebody else. */
function account(page: SlackPage): TemplateResult {
  const { state } = page
  const me = userOf(state, myId(state))
  return html`<div class="s-account" data-testid="slack-acting-as" data-user=${nameOf(me)}><span class="s-me">${avatar(me, 28)}<b>${nameOf(me)}</b></span>
    <span class="s-others" role="radiogroup" aria-label="Act as, on Slack">${peopleOf(state).map(
      user => html`<button type="button" role="radio" aria-checked=${user.id === me?.id} aria-label=${`Act as ${nameOf(user)} on Slack`} title=${`Act as ${nameOf(user)}`}
        data-testid=${`slack-act-as-${user.name}`} @click=${() => page.dispatch({ type: 'act_as', userId: user.id })}>${avatar(user, 22)}</button>`,
    )}</span></div>`
}
