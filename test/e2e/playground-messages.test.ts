import { readFile } from 'node:fs/promises'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { artifact, hasChromium, openBrowser, openPage, type WatchedPage } from '../kit/browser.ts'
import { openStage, type Stage } from '../kit/stage.ts'

const clip = clips.mp4Sound

describe.skipIf(!hasChromium())("members' messages on the playground page, in a browser", () => {
  let stage: Stage
  let browser: Browser
  let watched: WatchedPage
  let page: Page

  beforeAll(async () => {
    ;[stage, browser] = await Promise.all([openStage({ playground: true }), openBrowser()])
    watched = await openPage(browser, stage.sandbox.url, { width: 1280, height: 860 })
    page = watched.page
    await page.getByTestId('welcome').waitFor()
  })
  afterAll(async () => {
    await browser?.close()
    await stage?.[Symbol.asyncDispose]()
  })

  it('a file without its command is posted with words, and plays where it stands', async () => {
    await page.getByTestId('composer-file').setInputFiles(clipPath(clip))
    await page.getByTestId('chosen-file').waitFor()
    await page.getByTestId('cancel-command').click()
    await page.getByTestId('attached-file').filter({ hasText: clip.file }).waitFor()
    await page.getByTestId('composer').fill('the tail, **again**')
    await page.screenshot({ path: await artifact('playground-attached.png') })
    await page.getByTestId('composer').press('Enter')

    const post = posted(page)
    expect(await widthOf(post.locator('video'))).toBe(clip.displayWidth)
    await page.getByTestId('attached-file').waitFor({ state: 'detached' })
    expect(await page.getByTestId('composer').inputValue()).toBe('')
  })

  it("by the keyboard, Upscale video in the post's menu answers privately, and the card comes in its thread", async () => {
    const post = posted(page)
    await page.getByTestId('composer').focus()
    await page.keyboard.press('Shift+Tab') // the button beside it
    while (!(await post.evaluate(element => element === document.activeElement)))
      await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('ArrowUp')
    await page.locator('[data-testid^="message-"]:focus').filter({ hasText: 'The tail!' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await focused(page, 'menu-forward')
    await page.screenshot({ path: await artifact('playground-message-menu.png') })
    await page.keyboard.press('ArrowDown')
    await focused(page, 'message-command-Upscale-video')
    await page.keyboard.press('Enter')

    const whisper = messages(page).filter({ hasText: 'Only you can see this' })
    await whisper.waitFor()
    expect(await whisper.getByTestId(/^menu-/).count()).toBe(0)
    const stub = post.getByTestId(/^thread-/)
    await stub.waitFor()
    await page.screenshot({ path: await artifact('playground-private-answer.png') })
    await stub.click()
    const thread = page.getByTestId('thread-panel')
    await thread.getByRole('button', { name: 'Confirm $0.04' }).waitFor()
    await page.screenshot({ path: await artifact('playground-thread-card.png') })
    await page.getByRole('button', { name: 'Close thread' }).click()
  })

  it('a forward shows what the message was, also after it is deleted, and knows where it came from', async () => {
    const post = posted(page)
    await openMenu(post)
    await page.getByTestId('menu-forward').click()
    await page.getByTestId('forward-to-upscale-lab').click()
    await page.screenshot({ path: await artifact('playground-forward-to.png') })
    await page.getByTestId('forward-send').click()
    await page.getByTestId('forward-dialog').waitFor({ state: 'detached' })

    await openMenu(post)
    await page.getByTestId('menu-delete').click()
    await page.screenshot({ path: await artifact('playground-delete.png') })
    await page.getByTestId('delete-confirm').click()
    await post.waitFor({ state: 'detached' })

    await page.getByRole('button', { name: 'upscale-lab' }).click()
    const forward = page.getByTestId(/^forwarded-/)
    await forward.filter({ hasText: 'the tail, again' }).waitFor()
    expect(await widthOf(forward.locator('video'))).toBe(clip.displayWidth)
    await page.screenshot({ path: await artifact('playground-forward.png') })
    await forward.getByRole('button', { name: 'clips' }).click()
    await page.getByTestId('composer').and(page.getByLabel('Message clips')).waitFor()
  })

  it('a link to a clip plays below the words, and is upscaled by the option for links', async () => {
    const link = await stage.web(clip.file, await readFile(clipPath(clip)))
    await page.getByTestId('composer').fill(`look ${link}`)
    await page.getByTestId('send').click()
    const post = messages(page).filter({ hasText: 'look' })
    expect(await widthOf(post.locator('video'))).toBe(clip.displayWidth)

    await page.getByTestId('composer').fill('/upsc')
    await page.getByTestId('composer').press('Enter')
    await page.getByRole('textbox', { name: 'url' }).fill(link)
    await page.screenshot({ path: await artifact('playground-link.png') })
    await page.getByTestId('send').click()
    await messages(page).getByRole('button', { name: 'Confirm $0.04' }).waitFor()
    await page.screenshot({ path: await artifact('playground-link-card.png') })
  })

  it("only one's own messages can be deleted, and Escape and a press elsewhere close the menu", async () => {
    const jonas = messages(page).filter({ hasText: 'The tail!' })
    await openMenu(jonas)
    await focused(page, 'menu-forward')
    expect(await page.getByTestId('menu-delete').count()).toBe(0)
    await page.keyboard.press('Escape')
    await page.getByRole('menu').waitFor({ state: 'detached' })
    expect(await menuOf(jonas).evaluate(button => button === document.activeElement)).toBe(true)
    await openMenu(jonas)
    await page.getByRole('menu').waitFor()
    await page.getByTestId('composer').click()
    await page.getByRole('menu').waitFor({ state: 'detached' })
  })

  it('says what is no command, and posts nothing', async () => {
    await page.getByTestId('composer').fill('/sing')
    await page.getByTestId('send').click()
    await page.getByTestId('composer-error').filter({ hasText: 'There is no command “/sing”' }).waitFor()
    expect(await messages(page).filter({ hasText: '/sing' }).count()).toBe(0)
  })

  it('gives the words back where a message was refused, and says why', async () => {
    await page.getByTestId('composer').fill('x'.repeat(2001))
    await page.getByTestId('composer').press('Enter')
    await page.getByTestId('composer-error').filter({ hasText: 'at most 2000 letters' }).waitFor()
    expect(await page.getByTestId('composer').inputValue()).toHaveLength(2001)
    // Taken out, so that it is the only one: the browser itself logs the refused request.
    expect(watched.complaints.splice(0)).toEqual([expect.stringContaining('status of 400')])
    await page.getByTestId('composer').fill('')
  })

  it('complained of nothing', () => expect(watched.complaints).toEqual([]))
})

const messages = (page: Page): Locator => page.locator('.chat .messages > [data-testid^="message-"]')
/** What she posts in the beginning; the private answer quotes it. */
const posted = (page: Page): Locator =>
  messages(page).filter({ hasText: 'the tail, again', hasNotText: 'Only you can see this' })
const menuOf = (message: Locator): Locator => message.getByRole('button', { name: 'More actions' })
async function openMenu(message: Locator): Promise<void> {
  await message.hover()
  await menuOf(message).click()
}
const focused = (page: Page, testid: string): Promise<void> =>
  page.locator(`[data-testid="${testid}"]:focus`).waitFor()

/** In pixels, as the browser decoded it. */
async function widthOf(video: Locator): Promise<number> {
  await expect
    .poll(() => video.evaluate(element => (element as HTMLVideoElement).videoWidth))
    .toBeGreaterThan(0)
  return video.evaluate(element => (element as HTMLVideoElement).videoWidth)
}
