import type { Browser, Locator, Page } from 'playwright-core'
import { call } from '../../src/sandbox/member.ts'
import type { Ask, Person, Seen } from '../../src/sandbox/person.ts'
import { openPage } from './browser.ts'

/** What differs between the page's two halves. */
interface Half {
  /** Every message that is drawn: in the channel, then in the open thread. */
  messages: { channel: string; thread: string }
  /** Begins the test id of a message. */
  idPrefix: string
  body: string
  botHead: string
  grouped: string
  onlyMe: string
  /** A name in the text, which the page may draw with its sign by style alone. */
  mention: string
  /** The button below a message that opens its thread. */
  threadButton: string
  act(page: Page, ask: Ask): Promise<void>
  /** Uses the command for those in charge. */
  admin(page: Page, word: string): Promise<void>
}

const HALVES: Record<Person['platform'], Half> = {
  discord: {
    messages: {
      channel: '.chat .messages > [data-testid^="message-"]',
      thread: '[data-testid="thread-panel"] .messages > [data-testid^="message-"]',
    },
    idPrefix: 'message-',
    body: '.content > :not(.head, .thread-stub, .only-you, .failure)',
    botHead: '.head .name.bot',
    grouped: '.grouped',
    onlyMe: '.ephemeral',
    mention: 'discord-mention',
    threadButton: '[data-testid^="thread-"]',
    act: askOnDiscord,
    admin: adminOnDiscord,
  },
  slack: {
    messages: {
      channel: '.s-channel .s-messages > [data-testid^="slack-message-"]',
      thread: '[data-testid="slack-thread-panel"] .s-messages > [data-testid^="slack-message-"]',
    },
    idPrefix: 'slack-message-',
    body: '.s-content > :not(.s-head, .s-thread-button, .s-failure)',
    botHead: '.s-head .s-app-tag',
    grouped: '.grouped',
    onlyMe: '.ephemeral',
    mention: '.s-mention',
    threadButton: '[data-testid^="slack-thread-"]',
    act: askOnSlack,
    admin: adminOnSlack,
  },
}

const SIZE = { width: 1440, height: 900 }
/** How often the page is looked at while something is waited for, ms. */
const LOOK_MS = 100

/** Somebody who sees nothing but the playground page, and does everything by its fields and buttons. */
export async function browserPerson(
  browser: Browser,
  url: string,
  platform: Person['platform'],
  name = 'Mira',
): Promise<Person & { complaints: string[]; page: Page }> {
  const half = HALVES[platform]
  const { page, complaints } = await openPage(browser, `${url}/#${platform}`, SIZE)
  const actAs = platform === 'slack' ? 'slack-act-as-' : 'act-as-'
  await page.locator(`[data-testid^="${actAs}${name.toLowerCase()}"]`).first().click()
  let seen: Seen[] = []

  const look = async (): Promise<Seen[]> => {
    seen = await page.evaluate(readPage, { half: { ...half, act: null, admin: null }, name })
    return seen
  }
  const elementOf = (message: Seen): Locator =>
    page.locator(
      `${message.place === 'thread' ? half.messages.thread : half.messages.channel}[data-testid="${half.idPrefix}${message.key}"]`,
    )
  const until: Person['until'] = async (what, find, timeoutMs = 60_000) => {
    const end = Date.now() + timeoutMs
    for (;;) {
      await look()
      const found = find()
      if (found) return found
      if (Date.now() > end) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`)
      await page.waitForTimeout(LOOK_MS)
    }
  }
  /** Opens the thread below a message as soon as there is one. */
  const openThread = async (element: Locator) => {
    await element.locator(half.threadButton).first().click()
    await page.locator(half.messages.thread).first().waitFor()
  }

  const person: Person & { complaints: string[]; page: Page } = {
    platform,
    name,
    page,
    complaints,
    async botOnline() {
      await page.locator(half.messages.channel).first().waitFor()
    },
    messages: () => seen,
    now: message => seen.find(m => m.key === message.key) ?? message,
    async ask(ask) {
      await closeThread(page)
      const before = new Set((await look()).map(m => m.key))
      await half.act(page, ask)
      if (ask.way === 'message') {
        const post = await until('the message with the clip', () =>
          seen.find(m => !before.has(m.key) && !m.fromBot),
        )
        before.add(post.key)
        const item = platform === 'slack' ? 'slack-shortcut-upscale_video' : 'message-command-Upscale-video'
        await elementOf(post).hover()
        await elementOf(post)
          .getByTestId(`${platform === 'slack' ? 'slack-' : ''}menu-${post.key}`)
          .click()
        await page.getByTestId(item).click()
        await openThread(elementOf(post))
      }
      return until('an answer of the bot', () =>
        seen.find(
          m => !before.has(m.key) && m.fromBot && !/^(Reading|I am reading|Murano is thinking)/.test(m.text),
        ),
      )
    },
    async press(message, label) {
      const element = elementOf(message)
      await element.getByRole('button', { name: label }).first().click()
      if (platform === 'slack' && label === 'Confirm') {
        await page.locator('[data-testid="slack-confirm-dialog"] [data-focus]').click()
      }
      if (label === 'Confirm' && message.place === 'channel' && message.fromBot && !message.onlyMe)
        void openThread(element).catch(() => {}) // Nobody else's press opens one.
    },
    async choose(message, value) {
      await elementOf(message).locator('string-select button').first().click()
      await elementOf(message).locator(`[data-value="${value}"]`).click()
    },
    async admin(word) {
      await closeThread(page)
      const before = new Set((await look()).map(m => m.key))
      await half.admin(page, word)
      return until('a line for this person alone', () =>
        seen.find(m => !before.has(m.key) && m.onlyMe && m.fromBot && !/^Murano is thinking/.test(m.text)),
      )
    },
    again: () => Promise.reject(new Error('a page can not repeat what the platform sends')),
    thread: card => {
      const at = card.place === 'thread' ? seen.findIndex(m => m.key === card.key) : -1
      return seen.filter((m, i) => m.place === 'thread' && m.fromBot && !m.onlyMe && i > at)
    },
    until,
    onNews: () => {},
    book: () => call(url, 'GET', '/sandbox/venice/book'),
    // Nobody waits for it, and the browser itself may be closed meanwhile.
    close: () =>
      void page
        .context()
        .close()
        .catch(() => {}),
  }
  return person
}

async function closeThread(page: Page): Promise<void> {
  const close = page.locator(
    '[data-testid="thread-panel"] [aria-label="Close thread"], [data-testid="slack-thread-close"]',
  )
  if ((await close.count()) > 0) await close.first().click()
}

/** Runs in the page: what a person can read in it. */
function readPage({ half, name }: { half: Omit<Half, 'act' | 'admin'>; name: string }): Seen[] {
  const read = (place: 'channel' | 'thread') => {
    let bot = false
    return [...document.querySelectorAll<HTMLElement>(half.messages[place])].map((element): Seen => {
      if (!element.matches(half.grouped)) bot = element.querySelector(half.botHead) !== null
      const select = element.querySelector('string-select') as
        | (HTMLElement & {
            options: { value: string; label: string; selected: boolean }[]
            disabled: boolean
          })
        | null
      const bodies = [...element.querySelectorAll<HTMLElement>(half.body)]
      const named = new Set(
        bodies.flatMap(b =>
          [...b.querySelectorAll(half.mention)].map(m => (m.textContent ?? '').trim().replace(/^@/, '')),
        ),
      )
      const text = bodies.map(b => b.innerText).join('\n')
      const buttons = [
        ...element.querySelectorAll<HTMLButtonElement>('[data-custom-id], [data-action-id]'),
      ].filter(b => b.tagName === 'BUTTON' && !b.disabled)
      const links = [...element.querySelectorAll<HTMLAnchorElement>('a.button, a.s-button')]
      return {
        key: element.dataset.testid!.slice(half.idPrefix.length),
        place,
        fromBot: bot,
        text: [...named].reduce((all, n) => all.replaceAll(`@${n}`, n).replaceAll(n, `@${n}`), text).trim(),
        buttons: [
          ...buttons.map(b => ({ label: b.innerText.trim(), url: null })),
          ...links.map(a => ({ label: a.innerText.trim(), url: a.href })),
        ],
        menu: (select && !select.disabled ? select.options : []).map(o => ({
          value: o.value,
          label: o.label,
          chosen: o.selected,
        })),
        video: element.querySelector('video')?.currentSrc || element.querySelector('video')?.src || null,
        files: [...element.querySelectorAll<HTMLAnchorElement>('a[download], a.s-file-card')].map(a => ({
          name: a.download || (a.querySelector('b')?.textContent ?? ''),
          url: a.href,
        })),
        mentionsMe: named.has(name) || element.matches('.mentioned'),
        onlyMe: element.matches(half.onlyMe),
        edits: 0,
      }
    })
  }
  return [...read('channel'), ...read('thread')]
}

/** Enter takes the command where it is offered, and else says that there is none. */
async function adminOnDiscord(page: Page, word: string): Promise<void> {
  await page.getByTestId('composer').fill(`/upscale-admin ${word}`)
  await page.getByTestId('composer').press('Enter')
  const refused = page.getByTestId('composer-error')
  await refused.or(page.getByTestId('cancel-command')).first().waitFor()
  if (await refused.isVisible()) throw new Error(await refused.innerText())
  await page.keyboard.press('Enter')
}

async function adminOnSlack(page: Page, word: string): Promise<void> {
  await page.getByTestId('slack-composer').fill(`/upscale-admin ${word}`)
  await page.getByTestId('slack-send').click()
}

const fileOf = ({ clip }: Ask) => ({
  name: clip!.name,
  mimeType: 'video/mp4',
  buffer: Buffer.from(clip!.bytes),
})

async function askOnSlack(page: Page, ask: Ask): Promise<void> {
  const composer = page.getByTestId('slack-composer')
  if (ask.way === 'message') {
    await page.getByTestId('slack-file-input').setInputFiles(fileOf(ask))
    await page.getByTestId('slack-send').click()
    return
  }
  await composer.fill(
    ask.way === 'link' ? `/upscale ${ask.link}${ask.factor ? ` ${ask.factor}x` : ''}` : '/upscale ',
  )
  await page.getByTestId('slack-send').click()
  if (ask.way === 'link') return
  const modal = page.getByTestId('slack-modal')
  await modal.waitFor()
  await modal.getByTestId('slack-modal-file-input').setInputFiles(fileOf(ask))
  if (ask.factor) {
    await modal.locator('string-select button').first().click()
    await modal.locator(`[data-value="${ask.factor}"]`).click()
  }
  await modal.getByTestId('slack-modal-submit').click()
  await modal.waitFor({ state: 'detached' })
}

async function askOnDiscord(page: Page, ask: Ask): Promise<void> {
  if (ask.way === 'message') {
    await page.getByTestId('composer-file').setInputFiles(fileOf(ask))
    await page.getByTestId('chosen-file').waitFor()
    // A dropped file becomes a command; without it, the file stays and can be posted.
    await page.getByTestId('cancel-command').click()
    await page.getByTestId('send').click()
    return
  }
  if (ask.way === 'link') {
    await page.getByTestId('composer').fill('/upscale')
    await page.locator('.picker').waitFor()
    await page.getByTestId('composer').press('Enter')
    await page.locator('.composer [data-option="url"] input').fill(ask.link!)
  } else {
    await page.getByTestId('composer-file').setInputFiles(fileOf(ask))
    await page.getByTestId('chosen-file').waitFor()
  }
  if (ask.factor) {
    await page.locator('.composer [data-option="factor"] button').first().click()
    await page.locator(`.composer [data-value="${ask.factor}"]`).click()
  }
  await page.getByTestId('send').click()
}
