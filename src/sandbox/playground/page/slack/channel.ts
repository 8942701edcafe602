import { html, nothing, type TemplateResult } from 'lit'
import type { SlackChannel } from '../../../control.ts'
import { droppable } from '../drop.ts'
import { HASH } from '../icons.ts'
import { avatar } from './avatar.ts'
import { composer, dropPlace } from './composer.ts'
import { LOCK } from './icons.ts'
import { messageList } from './message.ts'
import type { Place, SlackPage } from './page.ts'
import { botIsIn, botOf, isDirect, nameOf, openChannel, rowsOf, userOf, workspaceOf } from './selectors.ts'
import { welcome } from './welcome.ts'

export function channelPane(page: SlackPage): TemplateResult | typeof nothing {
  const { state } = page
  const channel = openChannel(state)
  if (!channel) return nothing
  const place: Place = { channelId: channel.id, threadTs: null }
  const direct = isDirect(channel)
  const bot = botOf(state)
  const name = direct ? nameOf(bot) : channel.name
  const title = direct ? name : `#${name}`
  return html`<main class="s-channel" aria-label=${title}>
    <header class="s-bar">${direct ? avatar(bot, 20) : channel.is_private ? LOCK : HASH}<h2>${name}</h2>
      <span class="s-people" title=${channel.members.map(id => nameOf(userOf(state, id))).join(', ')}>${channel.members.slice(0, 3).map(id => avatar(userOf(state, id), 20))}<b>${channel.members.length}</b></span></header>
    ${notice(page, channel, place)}
    ${
      direct
        ? html`${history(page, channel, place, title)}<p class="s-archived">Sending messages to this app has been turned off.</p>`
        : droppable(
            dropPlace(page, place, `Upload to ${title}`),
            html`${history(page, channel, place, title)}
      ${welcome(page, channel, place)}
      ${channel.is_archived ? html`<p class="s-archived">You are viewing <b>${title}</b>, an archived channel.</p>` : composer(page, place, `Message ${title}`)}`,
          )
    }
  </main>`
}

const history = (page: SlackPage, channel: SlackChannel, place: Place, title: string): TemplateResult =>
  html`<div class="s-scroller" data-scroll=${`slack-${channel.id}`}>
    <div class="s-start"><h1>${title}</h1><p>${intro(page, channel)}</p></div>
    ${messageList(page, place, rowsOf(page.state, channel.id, Date.now()))}
  </div>`

function intro({ state }: SlackPage, channel: SlackChannel): string {
  if (isDirect(channel)) return 'What is here only you and the app see.'
  const others = [channel.team_id, ...channel.shared_team_ids].filter(id => id !== state.teamId)
  const names = others.map(id => state.slack?.workspaces.find(w => w.id === id)?.name ?? id)
  const shared = names.length > 0 ? ` It is shared with ${names.join(', ')}.` : ''
  return `This is the very beginning of the #${channel.name} channel.${shared}`
}

/** What keeps the bot from answering here, with the cure beside it. */
function notice(page: SlackPage, channel: SlackChannel, place: Place): TemplateResult | typeof nothing {
  const { state } = page
  const workspace = workspaceOf(state)
  const bot = nameOf(botOf(state))
  if (state.connection === 'lost') return banner('The sandbox is away. Trying to reach it again…', 'lost')
  if (!workspace?.installed) {
    return banner(
      `${bot} is not installed in ${workspace?.name ?? 'this workspace'}. “npm start” runs a bot for one workspace (SLACK_BOT_TOKEN). A bot for many has an install page: README, “In many workspaces”.`,
      '',
      installForm(page, place),
    )
  }
  if (!state.slack?.bot_online) return banner(`${bot} is not connected: nothing is answered until it is.`, '')
  if (!channel.is_archived && !botIsIn(state, channel)) {
    return banner(
      `${bot} is not in this channel, so it hears no mention here.`,
      '',
      html`<button type="button" class="s-button small" data-testid="slack-invite" @click=${() => void page.invite(place)}>Invite ${bot}</button>`,
    )
  }
  return nothing
}

/** The sandbox can't know whether a bot that listens on a socket has an install page, and where. */
function installForm(page: SlackPage, place: Place): TemplateResult {
  const install = (event: Event) => {
    event.preventDefault()
    const url = new FormData(event.target as HTMLFormElement).get('url')
    void page.install(place, String(url ?? '').trim())
  }
  return html`<details class="s-install"><summary data-testid="slack-install-more">I have started it for many workspaces</summary><form @submit=${install}><input name="url" type="url" aria-label="The bot's install page" placeholder="http://127.0.0.1:3000/slack/install" data-testid="slack-install-url" />
    <button type="submit" class="s-button small" data-testid="slack-install">Add ${nameOf(botOf(page.state))} to Slack</button></form></details>`
}

const banner = (
  text: string,
  look: string,
  cure: TemplateResult | typeof nothing = nothing,
): TemplateResult => html`<div class="s-banner ${look}" role="status"><span>${text}</span>${cure}</div>`
