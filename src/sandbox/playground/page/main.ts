/** The playground page: what Discord shows, and beside it what Venice saw. */
import { html, render } from 'lit'
import { follow } from './api.ts'
import { chat } from './chat.ts'
import { keepTimesLive } from './draw-text.ts'
import { createPage } from './page.ts'
import { keepAtEnd } from './scroll.ts'
import { sidebar } from './sidebar.ts'
import { threadPanel } from './thread.ts'
import { followVenice } from './venice-feed.ts'
import { venicePanel } from './venice-panel.ts'

const root = document.getElementById('app')!
const scroll = keepAtEnd(root)
const page = createPage(redraw)
const venice = followVenice(redraw)

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
    html`<div class="frame ${page.state.threadId ? 'with-thread' : ''} ${venice.open ? 'with-venice' : ''}">
      <div class="title-bar"><img src="/favicon.ico" alt="" width="16" height="16" /><b>${page.state.discord.guild.name}</b><span>Sandbox: the bot is real, Discord and Venice are stand-ins, money is not spent</span></div>
      ${sidebar(page)}
      <div class="stage">${chat(page)}${threadPanel(page)}</div>
      ${venicePanel(page, venice)}
    </div>`,
    root,
  )
  scroll.after()
}

follow({
  event: event => page.dispatch(event),
  loaded: state => page.dispatch({ type: 'loaded', state }),
  lost: () => page.dispatch({ type: 'connection', connection: 'lost' }),
})
keepTimesLive(document)
// A file that misses the chat must not replace the page.
for (const type of ['dragover', 'drop']) addEventListener(type, event => event.preventDefault())
