import { html, nothing, type TemplateResult } from 'lit'

export type Half = 'discord' | 'slack'

const NAMES: Record<Half, string> = { discord: 'Discord', slack: 'Slack' }

/** From this width both halves are shown side by side; style/frame.css has the same number. */
const BOTH_PX = 1500
/** Below these widths the Venice panel leaves the chats little room, so it starts folded. */
const ROOM_FOR_VENICE_PX = { one: 1240, both: 1900 }

/** What the address asks for: `/#slack` or `/#discord`. */
export const halfInAddress = (): Half => (location.hash === '#slack' ? 'slack' : 'discord')

export const veniceFits = (slackIsThere: boolean): boolean =>
  innerWidth >= (slackIsThere && innerWidth >= BOTH_PX ? ROOM_FOR_VENICE_PX.both : ROOM_FOR_VENICE_PX.one)

export interface Shell {
  title: string
  /** Null where the sandbox has no Slack. */
  slack: TemplateResult | null
  discord: TemplateResult
  venice: TemplateResult
  veniceOpen: boolean
  shown: Half
  /** Halves that have something new in them. */
  news: Half[]
}

/** The frame around both halves; in a narrow window it shows one of them, and tabs to switch. */
export function shell({ title, slack, discord, venice, veniceOpen, shown, news }: Shell): TemplateResult {
  const look = `playground ${slack ? 'two' : ''} ${veniceOpen ? 'with-venice' : ''}`
  return html`<div class=${look} data-shown=${slack ? shown : 'discord'}>
    <header class="title-bar"><img src="/favicon.ico" alt="" width="16" height="16" /><b>${title}</b>
      ${slack ? tabs(shown, news) : nothing}
      <span class="plain-words">Sandbox: the bot is real, ${slack ? 'Discord, Slack' : 'Discord'} and Venice are stand-ins, money is not spent</span></header>
    <section class="half discord-half" id="half-discord" aria-label="Discord">${discord}</section>
    ${slack ? html`<section class="half slack-half" id="half-slack" aria-label="Slack">${slack}</section>` : nothing}
    ${venice}
  </div>`
}

const tabs = (shown: Half, news: Half[]): TemplateResult =>
  html`<nav class="tabs" aria-label="Platform">${(['discord', 'slack'] as const).map(
    half =>
      html`<a class="tab tab-${half}" href=${`#${half}`} aria-current=${half === shown ? 'page' : nothing} data-testid=${`tab-${half}`}><i aria-hidden="true"></i>${NAMES[half]}${
        half !== shown && news.includes(half)
          ? html`<span class="news" role="img" aria-label="Something new"></span>`
          : nothing
      }</a>`,
  )}</nav>`
