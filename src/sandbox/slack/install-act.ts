import { MOUNT } from '../control.ts'
import { ControlError } from '../control-error.ts'
import type { Stage } from './stage.ts'

/** How often an address may send on to another. */
const MOST_STEPS = 10

/**
 * A person installs the app: opens its install page, clicks its button, clicks "Allow" and is sent back, with the cookies
 * that the app set on the way. `place`: a workspace, or an organisation for all of its workspaces.
 * @returns the address where the person ends up
 * @throws ControlError where the app or Slack shows an error on the way
 */
export async function installApp(stage: Stage, place: string, installUrl: string): Promise<string> {
  const browser = new Browser()
  const ownPage = `${stage.baseUrl()}${MOUNT.slackOauth}/v2/authorize`
  let page = await browser.open(installUrl)
  if (!page.url.startsWith(ownPage)) {
    const link = linksIn(page.text).find(address => address.startsWith(ownPage))
    if (!link)
      throw new ControlError(
        502,
        `${installUrl} is no install page: it neither leads to Slack nor links to it.`,
      )
    page = await browser.open(link)
  }
  const form = new URLSearchParams({ place, choice: 'allow' })
  return (await browser.open(page.url, form)).url
}

/** As much of a browser as the way through an installation needs: it follows redirects and keeps cookies. */
class Browser {
  /** By origin, then by name. */
  readonly #cookies = new Map<string, Map<string, string>>()

  async open(address: string, form: URLSearchParams | null = null): Promise<{ url: string; text: string }> {
    let url = new URL(address)
    let body = form
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const response = await this.#request(url, body)
      this.#keep(url, response)
      const onward = response.headers.get('location')
      if (!onward || response.status < 300 || response.status > 399) {
        const text = await response.text()
        if (response.ok) return { url: url.href, text }
        throw new ControlError(502, refusal(url, response.status, plain(text)))
      }
      url = new URL(onward, url)
      body = null
    }
    throw new ControlError(502, `${address} sends on and on, so the app was not installed.`)
  }

  async #request(url: URL, body: URLSearchParams | null): Promise<Response> {
    const cookies = [...(this.#cookies.get(url.origin) ?? [])].map(([name, value]) => `${name}=${value}`)
    const headers = cookies.length > 0 ? { cookie: cookies.join('; ') } : {}
    const init: RequestInit = body ? { method: 'POST', body, headers } : { headers }
    try {
      return await fetch(url, { ...init, redirect: 'manual' })
    } catch {
      throw new ControlError(502, `${url.origin}${url.pathname} can't be reached. Does the bot run there?`)
    }
  }

  #keep(url: URL, response: Response): void {
    const jar = this.#cookies.get(url.origin) ?? new Map<string, string>()
    this.#cookies.set(url.origin, jar)
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (name !== undefined && value !== undefined) jar.set(name, value)
    }
  }
}

/** Names the address without its query, which may hold a code. */
function refusal({ origin, pathname }: URL, status: number, words: string): string {
  if (status === 404) {
    return `There is no page at ${origin}${pathname}. A bot that was started for many workspaces has its install page at /slack/install.`
  }
  return `${origin}${pathname} answered ${status}, so the app was not installed.${words && ` It says: ${words}`}`
}

function linksIn(text: string): string[] {
  return [...text.matchAll(/href="([^"]+)"/g)].map(([, address = '']) => address.replaceAll('&amp;', '&'))
}

/** A page's words, without what is between angle brackets, and not more than a sentence or two. */
function plain(text: string): string {
  const words = text.replace(/<(style|script)[\s\S]*?<\/\1>/g, ' ').replace(/<[^>]*>/g, ' ')
  return words.replace(/\s+/g, ' ').trim().slice(0, 300)
}
