import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MANAGER, type Person } from '../../src/sandbox/person.ts'
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
      '/upscale-admin spend',
      '/upscale-admin freeze',
      '/upscale-admin unfreeze',
    ])
    ada.close()
    const mira = await joined('discord', 'Mira')
    await expect(mira.admin('spend')).rejects.toThrow('There is no command')
    mira.close()
  })
})
