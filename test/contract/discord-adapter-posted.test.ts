import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDiscord } from '../../adapters/discord/index.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { pgliteFolder } from '../kit/backends.ts'
import { openScene, recordingLog, type Scene, text } from './discord-adapter-kit.ts'

/** Longer than Discord knows a nonce. */
const LATER_MS = 60 * 60_000
let now = Date.parse('2026-11-22T12:00:00Z')
const clock = () => now

let folder: { path: string; remove(): void }
let store: Store
beforeAll(async () => {
  folder = await pgliteFolder()
  store = await openStore({ dataDir: folder.path, databaseUrl: null, log: recordingLog(), clock })
})
afterAll(async () => {
  await store.close()
  folder.remove()
})

const openHour = () => openScene({ start: false, sandbox: { discord: { clock } } })

/** The bot's way to talk, as the next process has it. */
const nextChat = (scene: Scene) =>
  createDiscord({
    token: scene.sandbox.env.DISCORD_TOKEN,
    apiUrl: scene.sandbox.env.DISCORD_API_URL,
    log: scene.log,
    clock,
    postings: store.postings,
  }).chat

const saying = (scene: Scene, words: string) =>
  scene.sandbox.discord.state().messages.filter(m => JSON.stringify(m.components).includes(words))

describe('a message that was posted, and of which the bot died before it noted that', () => {
  it('is found again when it is posted an hour later, also where others have said a lot meanwhile', async () => {
    await using scene = await openHour()
    const first = await nextChat(scene).post(scene.ids.lab, text('Only once'), { key: 'once' })
    await nextChat(scene).post(scene.ids.lab, text('Another'), { key: 'another' })
    now += LATER_MS
    for (let n = 0; n < 120; n++) await scene.post({ content: `chatter ${n}` })
    const again = await nextChat(scene).post(scene.ids.lab, text('Only once'), { key: 'once' })
    expect(again).toEqual(first)
    expect(saying(scene, 'Only once').length).toBe(1)
  })

  it('is found again by the last of many that came after its first try', async () => {
    await using scene = await openHour()
    await store.postings.begin('tried')
    for (let n = 0; n < 120; n++) await scene.post({ content: `chatter ${n}` })
    const first = await nextChat(scene).post(scene.ids.lab, text('Tried'), { key: 'tried' })
    now += LATER_MS
    const again = await nextChat(scene).post(scene.ids.lab, text('Tried'), { key: 'tried' })
    expect(again).toEqual(first)
    expect(saying(scene, 'Tried').length).toBe(1)
  })

  it('is posted where it was begun and never sent', async () => {
    await using scene = await openHour()
    await store.postings.begin('unsent')
    now += LATER_MS
    await nextChat(scene).post(scene.ids.lab, text('Unsent'), { key: 'unsent' })
    expect(saying(scene, 'Unsent').length).toBe(1)
  })

  it('is posted where the bot may not look back: said twice is better than not at all', async () => {
    await using scene = await openHour()
    await nextChat(scene).post(scene.ids.lab, text('Unseen'), { key: 'unseen' })
    await scene.control('permissions', { channel_id: scene.ids.lab, deny: ['READ_MESSAGE_HISTORY'] })
    now += LATER_MS
    await nextChat(scene).post(scene.ids.lab, text('Unseen'), { key: 'unseen' })
    expect(saying(scene, 'Unseen').length).toBe(2)
  })
})
