import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Clip, clipPath, clips } from '../fixtures/clips/clips.ts'
import { artifact, hasChromium, openBrowser, openPage, type WatchedPage } from '../kit/browser.ts'
import { openStage, type Stage } from '../kit/stage.ts'

const DESKTOP = { width: 1440, height: 900 }
const PHONE = { width: 420, height: 860 }

describe.skipIf(!hasChromium())('the playground page in a browser', () => {
  let stage: Stage
  let browser: Browser
  let watched: WatchedPage
  let page: Page

  beforeAll(async () => {
    // Longer than the 5 s between two edits of the progress message, so that its bar is seen on a busy machine too.
    ;[stage, browser] = await Promise.all([
      openStage({ playground: true, venice: { processingMs: 9_000 } }),
      openBrowser(),
    ])
    watched = await openPage(browser, stage.sandbox.url, DESKTOP)
    page = watched.page
  })
  afterAll(async () => {
    await browser?.close()
    await stage?.[Symbol.asyncDispose]()
  })

  it('a clip, a price, a press of somebody else, another size, Confirm, and the video plays in the thread', async () => {
    const clip = clips.mp4Sound
    await page.getByTestId('welcome').waitFor()
    await page.screenshot({ path: await artifact('playground-welcome.png') })

    const card = await askFor(page, clip, 2)
    await button(card, 'Confirm $0.04').waitFor()
    await says(card, clip.file, '320x180 · 30 fps · 0:03 · H.264 · sound')
    await says(card, 'Quoted by Venice', 'in 15 minutes')
    expect(await rowsOf(card)).toEqual([
      ['1x', '320x180', '$0.04', ''],
      ['2x', '640x360', '$0.04', 'chosen'],
      ['4x', '1280x720', '$0.04', ''],
    ])
    await card.screenshot({ path: await artifact('playground-quote-card.png') })

    await page.getByTestId('act-as-jonas.frames').click()
    await button(card, 'Confirm').click()
    const whisper = messages(page).filter({ hasText: 'Only you can see this' })
    await says(whisper, 'Mira', 'who asked for it, can press this')
    await page.screenshot({ path: await artifact('playground-private-line.png') })
    await page.getByTestId('act-as-mira').click()
    await whisper.waitFor({ state: 'detached' })
    expect(await page.getByTestId('venice-paid').textContent()).toBe('0')

    await card.locator('string-select button').click()
    await card.locator('[data-value="4"]').click()
    await expect
      .poll(() => rowsOf(card), { timeout: 20_000 })
      .toContainEqual(['4x', '1280x720', '$0.04', 'chosen'])
    const credit = await page.getByTestId('venice-credit').textContent()
    await button(card, 'Confirm').click()

    await card.getByTestId(/^thread-/).click()
    const thread = page.getByTestId('thread-panel')
    const threadMessages = thread.locator('.messages > [data-testid^="message-"]')
    await says(threadMessages.first(), 'mp4-sound.mp4 to 4x', 'Venice is upscaling it', '▱')
    await thread.screenshot({ path: await artifact('playground-progress.png') })
    await button(card, 'Confirm').waitFor({ state: 'detached' })
    await says(card, 'Mira', 'confirmed 4x for $0.04')

    const video = thread.locator('video')
    await video.waitFor()
    expect(await played(video)).toEqual({ width: 1280, height: 720, heard: true })
    await says(threadMessages.last(), 'Mira', 'your video is ready', '1280x720, 0:03')
    await says(threadMessages.first(), 'Done.')
    await thread.screenshot({ path: await artifact('playground-result.png') })

    const job = page.getByTestId('venice-job')
    await says(job, '320×180→1280×720', '$0.039')
    expect(await job.count()).toBe(1)
    expect(await page.getByTestId('venice-paid').textContent()).toBe('1')
    expect(await page.getByTestId('venice-credit').textContent()).not.toBe(credit)
    await page.screenshot({ path: await artifact('playground.png') })
  })

  it('where the answer to the paid request is lost, it asks and has two buttons', async () => {
    await page.getByRole('button', { name: 'Close thread' }).click()
    await page.getByTestId('fault-lost-answer').click()
    await page.locator('[data-testid="fault-lost-answer"][aria-checked="true"]').waitFor()

    const card = await askFor(page, clips.silent, 2)
    await button(card, 'Confirm').click()
    await card.getByTestId(/^thread-/).click()
    const question = page
      .getByTestId('thread-panel')
      .locator('.messages > [data-testid^="message-"]')
      .filter({ hasText: "we don't know whether Venice accepted" })
    await says(question, 'Mira', 'silent.mp4', 'Retry is safe')
    expect(await question.getByRole('button').allTextContents()).toEqual([
      'Retry (may be charged twice)',
      'Give up',
    ])
    await page.getByTestId('thread-panel').screenshot({ path: await artifact('playground-question.png') })

    await button(question, 'Give up').click()
    await button(question, 'Give up').waitFor({ state: 'detached' })
    await says(question, 'Given up on request of')
    // Paid once by the lost request, and not again.
    await expect.poll(() => page.getByTestId('venice-paid').textContent()).toBe('2')
    expect(await page.getByTestId('venice-job').count()).toBe(2)
    await page.getByTestId('fault-lost-answer').click()
  })

  it('fits a window as narrow as a phone', async () => {
    const narrow = await openPage(browser, stage.sandbox.url, PHONE)
    const card = await askFor(narrow.page, clips.rotatedPhone, 2)
    await button(card, 'Confirm').waitFor()
    const box = (await card.locator('.container').boundingBox())!
    expect(box.x).toBeGreaterThanOrEqual(0)
    expect(box.x + box.width).toBeLessThanOrEqual(PHONE.width)
    // Each price stays in one line.
    const lines = await card
      .locator('.md-code')
      .evaluateAll(codes =>
        codes.map(code =>
          Math.round(
            code.getBoundingClientRect().height / Number.parseFloat(getComputedStyle(code).lineHeight),
          ),
        ),
      )
    expect(lines).toEqual([1, 1, 1])
    await narrow.page.screenshot({ path: await artifact('playground-narrow.png') })
    await card.screenshot({ path: await artifact('playground-narrow-quote-card.png') })
    await button(card, 'Cancel').click()
    await button(card, 'Cancel').waitFor({ state: 'detached' })
    await narrow.page.context().close()
    expect(narrow.complaints).toEqual([])
  })

  it('complained of nothing, and asked nobody but this machine', () => {
    expect(watched.requests()).toBeGreaterThan(20)
    expect(watched.complaints).toEqual([])
    expect(stage.logs.filter(line => line.startsWith('FATAL'))).toEqual([])
  })
})

const messages = (page: Page): Locator => page.locator('.chat .messages > [data-testid^="message-"]')
const button = (within: Locator, name: string): Locator => within.getByRole('button', { name })

/** Waits until all of it can be read there. */
async function says(where: Locator, ...texts: string[]): Promise<void> {
  for (const hasText of texts) await where.filter({ hasText }).first().waitFor()
}

/** Sets a file, chooses a size, sends, and waits for the bot's card. */
async function askFor(page: Page, clip: Clip, factor: number): Promise<Locator> {
  await page.getByTestId('composer-file').setInputFiles(clipPath(clip))
  await page.getByTestId('chosen-file').filter({ hasText: clip.file }).waitFor()
  await page.locator('.composer [data-option="factor"] button').first().click()
  await page.locator(`.composer [data-value="${factor}"]`).click()
  await page.getByTestId('send').click()
  const card = messages(page).filter({ hasText: `Upscale ${clip.file}` })
  await card.waitFor()
  return card
}

/** The price table of a card as a person reads it: factor, size, price, and what is said of the row. */
async function rowsOf(card: Locator): Promise<string[][]> {
  const lines = (await card.locator('.md-text').filter({ hasText: '1x' }).first().innerText()).split('\n')
  return lines.map(line => {
    const [, factor = '', size = '', price = '', more = ''] =
      /(\d+x)\s+(\d+x\d+)\s+(\$[\d.]+)\s*(.*)$/.exec(line) ?? []
    return [factor, size, price, more]
  })
}

/** Plays it until its clock has moved by half a second. */
const played = (video: Locator): Promise<{ width: number; height: number; heard: boolean }> =>
  video.evaluate(async element => {
    const player = element as HTMLVideoElement & { webkitAudioDecodedByteCount: number }
    player.muted = true
    const moved = new Promise<void>((resolve, reject) => {
      player.addEventListener('error', () => reject(new Error(player.error?.message)))
      player.addEventListener('timeupdate', () => player.currentTime > 0.5 && resolve())
    })
    await player.play()
    await moved
    player.pause()
    return {
      width: player.videoWidth,
      height: player.videoHeight,
      heard: player.webkitAudioDecodedByteCount > 0,
    }
  })
