import { readFile } from 'node:fs/promises'
import { REST, Routes } from 'discord.js'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_ACTS } from '../../src/core/admin.ts'
import { closingOf, MANAGER, type Person } from '../../src/sandbox/person.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { hasChromium, openBrowser } from '../kit/browser.ts'
import { browserPerson } from '../kit/browser-person.ts'
import { openStage, type Stage } from '../kit/stage.ts'

describe.skipIf(!hasChromium())('the command for those in charge, at the playground page', () => {
  let stage: Stage
  let browser: Browser

  beforeAll(async () => {
    ;[stage, browser] = await Promise.all([openStage({ playground: true }), openBrowser()])
    await Promise.all([
      (await stage.person('discord')).botOnline(),
      (await stage.person('slack')).botOnline(),
    ])
  })
  afterAll(async () => {
    await browser?.close()
    await stage?.[Symbol.asyncDispose]()
  })
  const joined = async (platform: Person['platform'], name: string) => {
    const person = await browserPerson(browser, stage.sandbox.url, platform, name)
    await person.botOnline()
    return person
  }

  it.each(['discord', 'slack'] as const)(
    'is used from the composer on %s, and answered in sight',
    async platform => {
      const ada = await joined(platform, MANAGER)
      const mira = await joined(platform, 'Mira')
      const answer = await ada.admin('spend')
      expect(answer).toMatchObject({ onlyMe: true, fromBot: true })
      await mira.until('the page', () => mira.messages().length > 0)
      expect(mira.messages().some(({ key }) => key === answer.key)).toBe(false)
      expect([...ada.complaints, ...mira.complaints]).toEqual([])
      for (const person of [ada, mira]) person.close()
    },
  )

  it('is offered on Discord to those who manage the server, a line for each act, and to nobody else', async () => {
    const ada = await joined('discord', MANAGER)
    await ada.page.getByTestId('composer').fill('/upscale')
    const lines = ada.page.locator('.picker [role="option"] b')
    await lines.first().waitFor()
    expect(await lines.allInnerTexts()).toEqual([
      '/upscale',
      ...ADMIN_ACTS.map(word => `/upscale-admin ${word}`),
    ])
    // However many there are, the one that Enter takes is in sight.
    await ada.page.setViewportSize({ width: 1000, height: 500 })
    for (const _ of ADMIN_ACTS) await ada.page.keyboard.press('ArrowDown')
    await ada.page.locator('.picker .at', { hasText: '/upscale-admin unfreeze' }).waitFor()
    await ada.page.waitForFunction(
      () => document.querySelector('.picker .at')!.getBoundingClientRect().bottom < innerHeight - 50,
    )
    ada.close()
    const mira = await joined('discord', 'Mira')
    await expect(mira.admin('spend')).rejects.toThrow('There is no command')
    mira.close()
  })

  it('takes people and roles by name on Discord, and shows whom the bot asks', async () => {
    const ada = await joined('discord', MANAGER)
    const composer = ada.page.locator('.composer')
    await ada.page.getByTestId('composer').fill('/upscale-admin approval 0.01 group @Approvers')
    await ada.page.getByTestId('composer').press('Enter')
    const slot = (name: string) => composer.locator(`[data-option="${name}"]`)
    expect(await slot('above').locator('input').inputValue()).toBe('0.01')
    expect(await slot('group').getByRole('combobox').innerText()).toBe('@Approvers')
    const person = slot('person').getByRole('combobox')
    // What is chosen once more is taken back.
    for (const shown of ['@Jonas', 'Choose one']) {
      await person.click()
      await ada.page.getByRole('option', { name: '@Jonas' }).click()
      await person.getByText(shown).waitFor()
    }
    await ada.page.getByTestId('cancel-command').click()

    await expect(ada.admin('approval 0.01 person @Nobody')).rejects.toThrow('called @Nobody')
    await ada.page.getByTestId('cancel-command').click()
    expect((await ada.admin('approval 0.01 group @Approvers')).text).toContain('@Approvers')
    await ada.admin('approval off')
    expect(ada.complaints).toEqual([])
    ada.close()
  })

  it('is told of by role on Discord: its members see that they are meant, and others do not', async () => {
    const { roles, channels } = stage.sandbox.discord.state()
    const { id } = roles.find(({ name }) => name === 'Approvers')!
    const [jonas, mira] = [await joined('discord', 'Jonas'), await joined('discord', 'Mira')]
    const rest = new REST({ api: stage.sandbox.env.DISCORD_API_URL }).setToken(
      stage.sandbox.env.DISCORD_TOKEN,
    )
    const channel = channels.find(({ name }) => name === 'clips')!.id
    const body = { content: `Who of <@&${id}> agrees?` }
    const posted = (await rest.post(Routes.channelMessages(channel), { body })) as { id: string }
    for (const [person, isMeant] of [
      [jonas, true],
      [mira, false],
    ] as const) {
      const seen = await person.until('it', () => person.messages().find(({ key }) => key === posted.id))
      expect(seen).toMatchObject({ text: 'Who of @Approvers agrees?', mentionsMe: isMeant })
      person.close()
    }
  })

  it('is answered on Discord with a file that only who asked sees, and can download', async () => {
    const asks = await stage.person('discord', 'Mira')
    const clip = { bytes: await readFile(clipPath(clips.mp4Sound)), name: 'clip.mp4' }
    const card = await asks.ask({ way: 'command', clip })
    await asks.press(card, 'Confirm')
    await closingOf(asks, card)
    const [ada, mira] = [await joined('discord', MANAGER), await joined('discord', 'Mira')]
    const books = await ada.admin('spend')
    expect(books.files).toEqual([{ name: expect.stringMatching(/\.csv$/), url: expect.any(String) }])
    const link = ada.page.getByTestId(`message-${books.key}`).getByRole('link', { name: '.csv' })
    const [download] = await Promise.all([ada.page.waitForEvent('download'), link.click()])
    expect(download.suggestedFilename()).toBe(books.files[0]!.name)
    expect(await readFile(await download.path(), 'utf8')).toContain('clip.mp4,2,640x360')
    await mira.until('the page', () => mira.messages().length > 0)
    expect(mira.messages().some(({ key }) => key === books.key)).toBe(false)
    expect([...ada.complaints, ...mira.complaints]).toEqual([])
    for (const person of [ada, mira]) person.close()
  })
})
