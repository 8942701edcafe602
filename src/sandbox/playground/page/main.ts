/** The playground page: what Discord and Slack show, and beside them what Venice saw. */
import { html, render } from 'lit'
import type { DiscordEvent, DiscordState } from '../../control.ts'
import { sandbox } from './api.ts'
import { chat } from './chat.ts'
import { overlay } from './dialog.ts'
import { keepTimesLive } from './draw-text.ts'
import { follow } from './follow.ts'
import { closeMenuOutside } from './message-menu.ts'
import { createPage } from './page.ts'
import { keepAtEnd } from './scroll.ts'
import { halfInAddress, shell, veniceFits } from './shell.ts'
import { sidebar } from './sidebar.ts'
import { keepFocus, slackHalf } from './slack/half.ts'
import { createSlackPage, followSlack } from './slack/page.ts'
import { threadPanel } from './thread.ts'
import { followVenice } from './venice-feed.ts'
import { venicePanel } from './venice-panel.ts'

const root = document.getElementById('app')!
const scroll = keepAtEnd(root)
const focus = keepFocus(root)
const page = createPage(redraw)
const slack = createSlackPage(redraw)
const venice = followVenice(redraw, () => veniceFits(slack.state.slack !== null))

let asked = false
function redraw(): void {
  if (asked) return
  asked = true
  requestAnimationFrame(() => {
    asked = false
    draw()
  })
}

function draw(): void {
  if (!page.state.discord) return
  root.querySelector('.boot')?.remove()
  render(
    shell({
      title: page.state.discord.guild.name,
      discord: html`<div class="frame ${page.state.threadId ? 'with-thread' : ''}" ?inert=${page.state.dialog !== null}>${sidebar(page)}<div class="stage">${chat(page)}${threadPanel(page)}</div></div>${overlay(page)}`,
      slack: slack.state.slack ? slackHalf(slack) : null,
      venice: venicePanel({ discord: page.state.refused, slack: slack.state.refused }, venice),
      veniceOpen: venice.open,
      shown: halfInAddress(),
      news: [
        ...(page.state.unread.size ? (['discord'] as const) : []),
        ...(slack.state.unread.size ? (['slack'] as const) : []),
      ],
    }),
    root,
  )
  scroll.after()
  focus.after()
}

follow<DiscordState, DiscordEvent>({
  events: '/sandbox/discord/events',
  state: sandbox.state,
  event: event => page.dispatch(event),
  loaded: state => page.dispatch({ type: 'loaded', state }),
  lost: () => page.dispatch({ type: 'connection', connection: 'lost' }),
})
void followSlack(slack)
keepTimesLive(document)
closeMenuOutside(page)
addEventListener('hashchange', redraw)
addEventListener('resize', redraw)
// A file that misses the chat must not replace the page.
for (const type of ['dragover', 'drop']) addEventListener(type, event => event.preventDefault())
