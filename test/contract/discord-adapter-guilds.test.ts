import { describe, expect, it } from 'vitest'
import { openScene, type Scene, text } from './discord-adapter-kit.ts'

const MIB = 1024 * 1024
const guild = (scene: Scene, present: boolean, unavailable?: boolean) =>
  scene.control('guild', { present, ...(unavailable !== undefined && { unavailable }) })

describe('a server that removes the bot', () => {
  it('is told to the inbox by its id', async () => {
    await using scene = await openScene()
    await guild(scene, false)
    await scene.inbox.reached(1)
    expect(scene.inbox.leavings).toEqual([{ platform: 'discord', communityId: scene.ids.guild }])
  })

  it('takes no more messages, and what is tried says why as ever', async () => {
    await using scene = await openScene()
    const card = await scene.adapter.chat.post(scene.ids.lab, text('card'), { key: 'card' })
    await guild(scene, false)
    const { chat } = scene.adapter
    await expect(chat.post(scene.ids.lab, text('x'), { key: 'x' })).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(chat.edit(card, text('x'))).rejects.toMatchObject({ code: 'forbidden' })
    await expect(chat.openThread(card, 'x')).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('that has an outage at Discord is no such server', async () => {
    await using scene = await openScene({ sandbox: { discord: { premiumTier: 3 } } })
    await guild(scene, false, true)
    await guild(scene, true)
    // Events come in order: had the outage been told, it would be there before this.
    await scene.slash()
    await scene.inbox.reached(1)
    expect(scene.inbox.leavings).toEqual([])
    const place = { communityId: scene.ids.guild, channelId: scene.ids.lab, isThread: false }
    expect(await scene.adapter.chat.uploadLimit(place)).toBe(100 * MIB)
  })

  it('is a server like any other when it invites the bot again', async () => {
    await using scene = await openScene()
    await guild(scene, false)
    await scene.inbox.reached(1)
    await guild(scene, true)
    await scene.slash()
    await scene.inbox.reached(2)
    await scene.adapter.chat.post(scene.ids.lab, text('back'), { key: 'back' })
    expect(scene.inbox.leavings).toHaveLength(1)
  })

  it('during an outage is told once, when it happens', async () => {
    await using scene = await openScene()
    await guild(scene, false, true)
    await guild(scene, false)
    await scene.inbox.reached(1)
    expect(scene.inbox.leavings).toEqual([{ platform: 'discord', communityId: scene.ids.guild }])
  })

  it('is waited for by stop() while the inbox deals with it, and nothing breaks if that fails', async () => {
    await using scene = await openScene()
    const gate = Promise.withResolvers<void>()
    scene.inbox.behave = () => gate.promise
    await guild(scene, false)
    await scene.inbox.reached(1)
    let stopped = false
    const stopping = scene.adapter.stop().then(() => {
      stopped = true
    })
    await scene.rest.get('/gateway/bot')
    expect(stopped).toBe(false)
    gate.reject(new Error('the database is away'))
    await stopping
    expect(scene.log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'an event broke' }),
    )
  })
})

it('knows where its files lie, and asks for no pause before an edit', async () => {
  await using scene = await openScene({ start: false })
  expect(scene.adapter.files).toEqual({ hosts: ['cdn.discordapp.com', 'media.discordapp.net'] })
  expect(scene.adapter.chat.editWait({ channelId: scene.ids.lab, messageId: '1' })).toBe(0)
})
