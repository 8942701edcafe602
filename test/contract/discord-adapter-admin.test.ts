import { describe, expect, it } from 'vitest'
import { createDiscord } from '../../adapters/discord/index.ts'
import { ADMIN_ACTS, optionsOf, readAdmin } from '../../src/core/admin.ts'
import { MANAGER } from '../../src/sandbox/person.ts'
import { discordPerson } from '../../src/sandbox/person-discord.ts'
import { openScene, recorder, recordingLog, type Scene, text } from './discord-adapter-kit.ts'

const answering = (scene: Scene, words = 'Nothing was spent.') => {
  scene.inbox.behave = () => scene.adapter.chat.whisper(scene.inbox.admins.at(-1)!.reply, text(words))
}

/** The server lets everybody use it, as its settings can. */
async function letEverybody(scene: Scene): Promise<void> {
  const { application_id, commands } = scene.sandbox.discord.state()
  const own = (commands as { id: string; name: string }[]).find(({ name }) => name === 'upscale-admin')!
  const path = `/applications/${application_id}/commands/${own.id}` as const
  await scene.rest.patch(path, { body: { default_member_permissions: null } })
}

describe('the command for those in charge', () => {
  it('reaches the inbox with who, where and what, and is answered in the line that waits for that', async () => {
    await using scene = await openScene()
    answering(scene)
    const ada = await discordPerson(scene.sandbox.url, MANAGER)
    const bare = ADMIN_ACTS.filter(word => !optionsOf(word).some(({ required }) => required))
    for (const word of bare) {
      const answer = await ada.admin(word)
      expect(answer).toMatchObject({ text: 'Nothing was spent.', onlyMe: true })
    }
    expect(scene.inbox.admins.map(({ ask }) => ask)).toEqual(
      bare.map(word => ({ word, options: {}, groups: [], people: [] })),
    )
    const [first] = scene.inbox.admins
    expect(first).toMatchObject({
      platform: 'discord',
      eventId: expect.stringMatching(/^discord:\d+$/),
      communityId: scene.ids.guild,
      personId: scene.sandbox.discord.state().users.find(({ username }) => username === 'ada')!.id,
    })
    expect(await first!.manages()).toBe(true)
    const { messages } = scene.sandbox.discord.state()
    const heard = messages.filter(message => message.ephemeral_for)
    expect(heard.map(({ loading }) => loading)).toEqual(bare.map(() => false))
    ada.close()
  })

  it('comes with what was filled in below its word', async () => {
    await using scene = await openScene()
    answering(scene)
    const ada = await discordPerson(scene.sandbox.url, MANAGER)
    const { users, roles } = scene.sandbox.discord.state()
    const jonas = users.find(({ username }) => username === 'jonas.frames')!.id
    const approvers = roles.find(({ name }) => name === 'Approvers')!.id
    const used = async (typed: string) => {
      await ada.admin(typed)
      return scene.inbox.admins.at(-1)!.ask
    }
    expect(await used('approval 1 group @approvers person @Jonas')).toEqual({
      word: 'approval',
      options: { above: '1' },
      groups: [approvers],
      people: [jonas],
    })
    // A bot approves nothing, so it is nobody.
    expect(readAdmin(await used('approval 1 person @Murano'))).toMatchObject({
      problem: 'option',
      option: 'person',
      given: '@Murano',
    })
    expect(await used('caps person-day 5 at-once off')).toMatchObject({
      options: { 'person-day': '5', 'at-once': 'off' },
    })
    expect(await used('spend 2026-10 everywhere')).toMatchObject({
      options: { month: '2026-10', everywhere: 'yes' },
    })
    await expect(ada.admin('receipt')).rejects.toThrow('"job" is required')
    await expect(ada.admin('pool each 1 of 2')).rejects.toThrow('no option “of”')
    ada.close()
  })

  it('takes the role of everybody for everybody, and a flag that was set to no for none', async () => {
    await using scene = await openScene()
    answering(scene)
    const ada = await discordPerson(scene.sandbox.url, MANAGER)
    await ada.admin('approval 1 group @everyone')
    expect(scene.inbox.admins[0]!.ask.groups).toEqual(['everyone'])
    const { id } = scene.sandbox.discord.state().users.find(({ username }) => username === 'ada')!
    const use = { user_id: id, channel_id: scene.ids.lab, name: 'upscale-admin freeze' }
    await scene.control('slash', { ...use, options: { everywhere: false } })
    await scene.inbox.reached(2)
    expect(scene.inbox.admins[1]!.ask.options).toEqual({})
    ada.close()
  })

  it('is acknowledged at once, for that person alone, however long the inbox takes', async () => {
    await using scene = await openScene()
    const done = Promise.withResolvers<void>()
    scene.inbox.behave = () => done.promise
    const ada = await discordPerson(scene.sandbox.url, MANAGER)
    const [acknowledged, thinking] = [scene.seen('interaction'), scene.seen('message')]
    const answer = ada.admin('freeze')
    expect(await acknowledged).toMatchObject({ status: 'acknowledged', callback_type: 5 })
    expect((await thinking).message).toMatchObject({ loading: true, ephemeral_for: expect.any(String) })
    done.resolve()
    await scene.inbox.reached(1)
    await scene.adapter.chat.whisper(scene.inbox.admins[0]!.reply, text('Stopped.'))
    expect((await answer).text).toBe('Stopped.')
    ada.close()
  })

  it('is seen and heard by nobody else, and those who do not manage the server can not use it', async () => {
    await using scene = await openScene()
    answering(scene)
    const [ada, mira] = [
      await discordPerson(scene.sandbox.url, MANAGER),
      await discordPerson(scene.sandbox.url, 'Mira'),
    ]
    const { key } = await ada.admin('spend')
    await expect(mira.admin('spend')).rejects.toThrow('may not use /upscale-admin')
    expect(mira.messages().some(message => message.key === key)).toBe(false)
    expect(scene.inbox.admins).toHaveLength(1)
    for (const person of [ada, mira]) person.close()
  })

  it('comes with whether its user manages the server, also where the server lets others use it', async () => {
    await using scene = await openScene()
    answering(scene, 'Only those who manage the server can.')
    await letEverybody(scene)
    const mira = await discordPerson(scene.sandbox.url, 'Mira')
    expect(await mira.admin('freeze')).toMatchObject({ onlyMe: true })
    expect(await scene.inbox.admins[0]!.manages()).toBe(false)
    mira.close()
  })

  it('comes with a word that is none of ours as it was used', async () => {
    await using scene = await openScene()
    answering(scene, 'There are spend, freeze and unfreeze.')
    const { application_id } = scene.sandbox.discord.state()
    const later = { type: 1, name: 'melt', description: 'Of a later version' }
    const body = { name: 'upscale-admin', type: 1, description: 'x', options: [later] }
    await scene.rest.post(`/applications/${application_id}/commands`, { body })
    const ada = await discordPerson(scene.sandbox.url, MANAGER)
    await ada.admin('melt')
    const { ask } = scene.inbox.admins[0]!
    expect(ask.word).toBe('melt')
    expect(readAdmin(ask)).toEqual({ problem: 'word' })
    ada.close()
  })

  it('is one request, however often it is delivered', async () => {
    await using scene = await openScene()
    answering(scene)
    const ada = await discordPerson(scene.sandbox.url, MANAGER)
    await ada.admin('freeze', 3)
    await ada.again(1)
    // What comes behind them has been through: so have they.
    await ada.admin('unfreeze')
    expect(scene.inbox.admins.map(({ ask }) => ask.word)).toEqual(['freeze', 'unfreeze'])
    expect(ada.messages().filter(({ onlyMe }) => onlyMe)).toHaveLength(2)
    ada.close()
  })

  it('has one id in every process that it is delivered to, and one answer', async () => {
    await using scene = await openScene()
    const { DISCORD_TOKEN: token, DISCORD_API_URL: apiUrl } = scene.sandbox.env
    const other = createDiscord({ token, apiUrl, log: recordingLog(), clock: Date.now })
    const there = recorder()
    await other.start(there)
    answering(scene)
    there.behave = () => other.chat.whisper(there.admins[0]!.reply, text('Nothing was spent.'))
    const ada = await discordPerson(scene.sandbox.url, MANAGER)
    const answer = await ada.admin('spend')
    await Promise.all([scene.inbox.reached(1), there.reached(1)])
    await Promise.all([scene.adapter.stop(), other.stop()])
    expect(there.admins[0]!.eventId).toBe(scene.inbox.admins[0]!.eventId)
    expect(ada.messages().filter(({ onlyMe }) => onlyMe)).toEqual([
      expect.objectContaining({ key: answer.key, text: 'Nothing was spent.' }),
    ])
    ada.close()
  })

  it('is not left without an answer where something breaks', async () => {
    await using scene = await openScene()
    scene.inbox.behave = async () => {
      throw new Error('no database')
    }
    const ada = await discordPerson(scene.sandbox.url, MANAGER)
    expect((await ada.admin('freeze')).text).toMatch(/may not have been done\. No money was moved\./)
    expect(scene.log.lines).toContainEqual(expect.objectContaining({ level: 'error' }))
    ada.close()
  })
})
