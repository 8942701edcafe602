import { WebClient } from '@slack/web-api'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { render } from '../../adapters/slack/render.ts'
import type { Button, View } from '../../src/core/view.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { artifact, hasChromium, openBrowser, openPage, type WatchedPage } from '../kit/browser.ts'
import { openStage, type Stage } from '../kit/stage.ts'

const DESKTOP = { width: 1720, height: 1000 }
const PHONE = { width: 420, height: 860 }

describe.skipIf(!hasChromium())("Slack's half of the playground page in a browser", () => {
  let stage: Stage
  let browser: Browser
  let watched: WatchedPage
  let page: Page

  beforeAll(async () => {
    ;[stage, browser] = await Promise.all([openStage({ playground: true }), openBrowser()])
    watched = await openPage(browser, `${stage.sandbox.url}/#slack`, DESKTOP)
    page = watched.page
    await page.getByTestId('slack-welcome').waitFor()
  })
  afterAll(async () => {
    await browser?.close()
    await stage?.[Symbol.asyncDispose]()
  })

  const composer = () => page.getByTestId('slack-composer')
  const said = (text: string) => page.getByTestId('slack-error').filter({ hasText: text }).waitFor()
  const open = (channel: string) => page.getByTestId(`slack-channel-${channel}`).click()
  async function type(text: string): Promise<void> {
    // Where another channel is being drawn just then, what stands in the field is not what was typed.
    const fill = async () => {
      await composer().fill(text)
      return composer().inputValue()
    }
    await expect.poll(fill).toBe(text)
    await page.getByTestId('slack-send').click()
  }

  it('keys that come before the last change was drawn count too', async () => {
    // All in one go, so that nothing is drawn in between.
    const typeAndEnter = (text: string) =>
      composer().evaluate((element, value) => {
        const field = element as HTMLTextAreaElement
        field.value = value
        field.dispatchEvent(new Event('input', { bubbles: true }))
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
      }, text)
    await typeAndEnter('quick as a fox')
    await messages(page).filter({ hasText: 'quick as a fox' }).waitFor()
    expect(await composer().inputValue()).toBe('')
    await typeAndEnter('/upsc')
    await expect.poll(() => composer().inputValue()).toBe('/upscale ')
    // Drafts stay with their channel, and would come back in the middle of the next typing.
    await composer().fill('')
  })

  it('/invite takes the bot into a channel, by its name in any case, and says why it takes nobody else', async () => {
    await page.getByTestId('slack-act-as-ada').click()
    await open('festival-jury')
    await page.getByTestId('slack-invite').waitFor()
    await type('/invite')
    await said('Say whom: /invite @Murano')
    await type('/invite @Jonas')
    await said('only @Murano can be invited')
    await type('/invite @mUrAnO')
    await page.getByTestId('slack-invite').waitFor({ state: 'detached' })
    expect(await composer().inputValue()).toBe('')
    await type('/invite @Murano')
    await said('already in this channel')
    await composer().fill('')
    await page.getByTestId('slack-act-as-mira').click()
    await open('clips')
  })

  it('in a form every size can be chosen, and what asked for a clip is gone when one is there', async () => {
    await type('/upscale')
    const modal = page.getByTestId('slack-modal')
    await page.getByTestId('slack-modal-submit').click()
    const asked = modal.getByRole('alert').filter({ hasText: 'Give a file, or a link' })
    await asked.waitFor()
    await modal.getByTestId('slack-modal-file-input').setInputFiles(clipPath(clips.webmVp9))
    await asked.waitFor({ state: 'detached' })

    // In the lower window the form scrolls.
    for (const height of [DESKTOP.height, 480]) {
      await page.setViewportSize({ width: DESKTOP.width, height })
      expect(await uncovered(page.getByTestId('slack-modal-submit')), `submit at ${height}`).toBe(true)
      await modal.locator('string-select button').click()
      await page.screenshot({ path: await artifact(`playground-slack-form-${height}.png`) })
      for (const size of [1, 2, 4])
        expect(await uncovered(modal.locator(`[data-value="${size}"]`)), `${size}x at ${height}`).toBe(true)
      await modal.locator('[data-value="4"]').click()
    }
    await page.setViewportSize(DESKTOP)
    await modal.getByRole('button', { name: 'Cancel' }).click()
    await modal.waitFor({ state: 'detached' })
  })

  it('with the Venice panel open both chats keep their controls, and faults stand by whose they are', async () => {
    await page.getByTestId('slack-file-input').setInputFiles(clipPath(clips.mp4Sound))
    await page.getByTestId('slack-chosen-file').waitFor()
    await type('@Murano 2x')
    await page
      .getByTestId(/^slack-thread-\d/)
      .first()
      .click()
    const thread = page.getByTestId('slack-thread-panel')
    await thread.getByRole('button', { name: 'Confirm' }).waitFor()
    await page.getByRole('button', { name: 'Show what Venice saw' }).click()
    for (const width of [1920, 1720, 1500, 1300, 1000]) {
      await page.setViewportSize({ width, height: 1000 })
      const half = page.locator('.slack-half')
      for (const name of ['Close the thread', 'Send now'])
        expect(await uncovered(half.getByRole('button', { name }).last()), `${name} at ${width}`).toBe(true)
      await page.screenshot({ path: await artifact(`playground-slack-venice-${width}.png`) })
    }
    await page.setViewportSize(DESKTOP)
    const own = async (owner: string) =>
      page
        .getByTestId(`faults-${owner}`)
        .getByRole('switch')
        .evaluateAll(all => all.map(e => e.dataset.testid))
    expect((await own('Venice'))[0]).toBe('fault-lost-answer')
    expect((await own('Slack')).every(id => id?.startsWith('fault-slack-'))).toBe(true)
    await page.getByRole('button', { name: 'Hide this panel' }).click()
    await page.getByTestId('slack-thread-close').click()
  })

  it('a user group is called by its name, and what the app writes to one person is behind the app, for them alone', async () => {
    const { env, slack } = stage.sandbox
    const web = new WebClient(env.SLACK_BOT_TOKEN, { slackApiUrl: env.SLACK_API_URL })
    const clipsId = slack.state().channels.find(({ name }) => name === 'clips')!.id
    const ada = slack.state().users.find(({ name }) => name === 'ada')!.id
    await web.chat.postMessage({ channel: clipsId, ...render(question(ada)) })
    const asked = messages(page).filter({ hasText: 'Fox walk to 4x for $3.00' })
    await asked.waitFor()
    expect(await asked.innerText()).toContain('@approvers or @Ada')
    expect(await asked.innerText()).toContain('as @approvers know')
    expect(await asked.getByRole('button').allInnerTexts()).toEqual(
      expect.arrayContaining(['Approve $3.00', 'Decline']),
    )
    // Mira is not in that group.
    expect(await asked.locator('.s-mention.loud').count()).toBe(0)

    expect(await page.getByTestId('slack-direct').count()).toBe(0)
    const { channel } = await web.chat.postMessage({ channel: ada, text: 'Spent in November: $3.00.' })
    const csv = 'who,usd'
    const { upload_url, file_id } = await web.files.getUploadURLExternal({
      filename: 'spend 2026-11.csv',
      length: csv.length,
    })
    await fetch(upload_url!, { method: 'POST', body: csv })
    await web.files.completeUploadExternal({
      files: [{ id: file_id!, title: 'spend 2026-11.csv' }],
      channel_id: channel!,
    })
    expect(await page.getByTestId('slack-direct').count()).toBe(0)

    await page.getByTestId('slack-act-as-ada').click()
    await expect.poll(() => asked.locator('.s-mention.loud').count()).toBe(2)
    await page.screenshot({ path: await artifact('playground-slack-approval.png') })
    await page.getByTestId('slack-direct').click()
    const [words, file] = [messages(page).first(), messages(page).locator('.s-file-card')]
    await file.waitFor()
    expect(await words.innerText()).toContain('Spent in November: $3.00.')
    expect(await file.innerText()).toContain('spend 2026-11.csv')
    expect(await (await fetch((await file.getAttribute('href'))!)).text()).toBe(csv)
    expect(await page.locator('.s-archived').innerText()).toBe(
      'Sending messages to this app has been turned off.',
    )
    expect(await page.getByTestId('slack-composer').count()).toBe(0)
    expect(await page.locator('.s-channels button').allInnerTexts()).not.toContain(ada)
    await page.screenshot({ path: await artifact('playground-slack-direct.png') })

    await page.getByTestId('slack-act-as-mira').click()
    await page.getByTestId('slack-direct').waitFor({ state: 'detached' })
    await messages(page).filter({ hasText: 'Spent in November' }).waitFor({ state: 'detached' })
    await open('clips')
  })

  it('where the bot is not installed it says what kind of bot has an install page, and what went wrong there', async () => {
    await page.getByTestId('slack-workspace-T0LANTERN01').click()
    const notice = page.locator('.s-banner')
    await notice.filter({ hasText: 'Murano is not installed in Lantern Slides.' }).waitFor()
    expect(await notice.innerText()).toContain('README, “In many workspaces”')
    expect(await page.getByTestId('slack-install-url').isVisible()).toBe(false)
    await page.screenshot({ path: await artifact('playground-slack-not-installed.png') })

    await page.getByTestId('slack-install-more').click()
    await page.getByTestId('slack-install').click()
    await said("Give the address of the bot's install page")
    await page.getByTestId('slack-install-url').fill(`${stage.config.publicUrl}/nowhere`)
    await page.getByTestId('slack-install').click()
    await said('There is no page at')
    await page.screenshot({ path: await artifact('playground-slack-install.png') })
    await type('/invite @Murano')
    await said('is not installed in this workspace')
    // The browser itself logs the two refused requests.
    expect(watched.complaints.splice(0)).toEqual([
      expect.stringContaining('status of 400'),
      expect.stringContaining('status of 502'),
    ])
  })

  it("on a phone the bar over a message lies on none of its words, and Discord's hints are whole", async () => {
    const phone = await openPage(browser, `${stage.sandbox.url}/#slack`, PHONE)
    const field = phone.page.getByTestId('slack-composer')
    for (const text of ['one line', 'another one that is long enough to need more than a single line here']) {
      await field.fill(text)
      await phone.page.getByTestId('slack-send').click()
      await messages(phone.page).filter({ hasText: text }).waitFor()
    }
    const long = messages(phone.page).filter({ hasText: 'another one' })
    await long.hover()
    const bar = (await long.locator('.s-hover').boundingBox())!
    const words = (await long.locator('.s-content').boundingBox())!
    expect(words.x + words.width).toBeLessThanOrEqual(bar.x)
    await phone.page.screenshot({ path: await artifact('playground-slack-narrow.png') })
    await phone.page.context().close()
    expect(phone.complaints).toEqual([])

    await page.getByTestId('composer').fill('/upscale')
    await page.getByTestId('composer').press('Enter')
    const hints = page.locator('.slot-hint')
    await hints.first().waitFor()
    expect(await hints.evaluateAll(all => all.map(e => e.scrollWidth <= e.clientWidth))).toEqual([true, true])
    await page.screenshot({ path: await artifact('playground-command.png') })
  })

  it('complained of nothing', () => expect(watched.complaints).toEqual([]))
})

/** As approvers are asked; in each of the ways in which a group can stand in a message. */
const question = (person: string): View => ({
  tone: 'asking',
  parts: [
    { kind: 'title', text: ['Fox walk to 4x for $3.00'] },
    { kind: 'text', text: ['Who may agree: ', { group: 'S0APPROVERS' }, ' or ', { mention: person }] },
    { kind: 'note', text: ['Nothing is charged before, as ', { group: 'S0APPROVERS' }, ' know.'] },
  ],
  controls: [[button('Approve $3.00', 'approve', 'primary'), button('Decline', 'decline', 'plain')]],
  notifies: [person],
  notifiesGroups: ['S0APPROVERS'],
  summary: 'Somebody else has to agree to $3.00.',
})
const button = (label: string, name: 'approve' | 'decline', look: Button['look']): Button => ({
  kind: 'button',
  label,
  look,
  action: { name, jobId: 'j1', version: 3 },
})

const messages = (page: Page): Locator =>
  page.locator('.s-channel .s-messages > [data-testid^="slack-message-"]')

/** Whether a click in its middle meets it, and all of it is in the window. */
async function uncovered(control: Locator): Promise<boolean> {
  await control.waitFor()
  return control.evaluate(element => {
    const { left, right, top, bottom } = element.getBoundingClientRect()
    const met = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
    const inside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight
    return inside && met !== null && element.contains(met)
  })
}
