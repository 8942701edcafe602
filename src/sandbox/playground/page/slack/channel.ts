import { html, nothing, type TemplateResult } from 'lit'
import type { SlackChannel } from '../../../control.ts'
import { droppable } from '../drop.ts'
import { HASH } from '../icons.ts'
import { avatar } from './avatar.ts'
import { composer, dropPlace } from './composer.ts'
import { LOCK } from './icons.ts'
import { messageList } from './message.ts'
import type { Place, SlackPage } from './page.ts'
import { botIsIn, isDirect, nameOf, openChannel, rowsOf, userOf, workspaceOf } from './selectors.ts'
import { welcome } from './welcome.ts'

export function channelPane(page: SlackPage): TemplateResult | typeof nothing {
  const { state } = page
  const channel = openChannel(state)
  if (!channel) return nothing
  const place: Place = { channelId: channel.id, threadTs: null }
  const title = isDirect(channel) ? 'Murano' : `#${channel.name}`
  return html`<main class="s-channel" aria-label=${title}>
    <header class="s-bar">${isDirect(channel) ? nothing : channel.is_private ? LOCK : HASH}<h2>${isDirect(channel) ? 'Murano' : channel.name}</h2>
      <span class="s-people" title=${channel.members.map(id => nameOf(userOf(state, id))).join(', ')}>${channel.members.slice(0, 3).map(id => avatar(userOf(state, id), 20))}<b>${channel.members.length}</b></span></header>
    ${notice(page, channel, place)}
    ${droppable(
      dropPlace(page, place, `Upload to ${title}`),
      html`<div class="s-scroller" data-scroll=${`slack-${channel.id}`}>
        <div class="s-start"><h1>${title}</h1><p>${intro(page, channel)}</p></div>
        ${messageList(page, place, rowsOf(state, channel.id, Date.now()))}
      </div>
      ${welcome(page, channel, place)}
      ${channel.is_archived ? html`<p class="s-archived">You are viewing <b>${title}</b>, an archived channel.</p>` : composer(page, place, `Message ${title}`)}`,
    )}
  </main>`
}

function intro({ state }: SlackPage, channel: SlackChannel): string {
  if (isDirect(channel)) return 'This is the very beginning of your direct messages with Murano.'
  const others = [channel.team_id, ...channel.shared_team_ids].filter(id => id !== state.teamId)
  const names = others.map(id => state.slack?.workspaces.find(w => w.id === id)?.name ?? id)
  const shared = names.length > 0 ? ` It is shared with ${names.join(', ')}.` : ''
  return `This is the very beginning of the #${channel.name} channel.${shared}`
}

/** What keeps the bot from answering here, with the cure beside it. */
function notice(page: SlackPage, channel: SlackChannel, place: Place): TemplateResult | typeof nothing {
  const { state } = page
  const workspace = workspaceOf(state)
  if (state.connection === 'lost') return banner('The sandbox is away. Trying to reach it again…', 'lost')
  if (!workspace?.installed) {
    return banner(
      `Murano is not installed in ${workspace?.name ?? 'this workspace'}.`,
      '',
      installForm(page, place),
    )
  }
  if (!state.slack?.bot_online) return banner('Murano is not connected: nothing is answered until it is.', '')
  if (!channel.is_archived && !isDirect(channel) && !botIsIn(state, channel)) {
    return banner(
      'Murano is not in this channel, so it hears no mention here.',
      '',
      html`<button type="button" class="s-button small" data-testid="slack-invite" @click=${() => void page.invite(place)}>Invite Murano</button>`,
    )
  }
  return nothing
}

/** The sandbox can't know where a bot that listens on a socket has its install page. */
function installForm(page: SlackPage, place: Place): TemplateResult {
  const install = (event: Event) => {
    event.preventDefault()
    const url = new FormData(event.target as HTMLFormElement).get('url')
    void page.install(place, String(url ?? '').trim())
  }
  return html`<form class="s-install" @submit=${install}><input name="url" type="url" aria-label="The bot's install page" placeholder="http://127.0.0.1:3000/slack/install" data-testid="slack-install-url" />
    <button type="submit" class="s-button small" data-testid="slack-install">Add Murano to Slack</button></form>`
}

const banner = (
  text: string,
  look: string,
  cure: TemplateResult | typeof nothing = nothing,
): TemplateResult => html`<div class="s-banner ${look}" role="status"><span>${text}</span>${cure}</div>`
