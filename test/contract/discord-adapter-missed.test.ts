import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { createDiscord } from '../../adapters/discord/index.ts'
import type { SessionMemory } from '../../adapters/discord/sessions.ts'
import { encodeAction } from '../../src/core/action.ts'
import type { Adapter } from '../../src/core/chat.ts'
import type { Button, View } from '../../src/core/view.ts'
import { MANAGER } from '../../src/sandbox/person.ts'
import { discordPerson } from '../../src/sandbox/person-discord.ts'
import { openScene, type Scene, type SceneOptions, text } from './discord-adapter-kit.ts'

const action = (name: 'confirm' | 'cancel') => ({ name, jobId: 'j1', version: 1 })
const button = (name: 'confirm' | 'cancel'): Button => ({
  kind: 'button',
  label: name,
  look: 'plain',
  action: action(name),
})
const card: View = text('A card', { controls: [[button('confirm'), button('cancel')]] })
const TOO_OLD_MS = 10 * 60_000

const memoryWith = (kept: string | null = null) => {
  const memory = {
    kept,
    writes: 0,
    get: async () => memory.kept,
    async set(value: string) {
      memory.kept = value
      memory.writes++
    },
  }
  return memory
}

/** A bot that was there and is gone again, and a card of it. `comeBack`: the next process of that bot. */
async function openDown(options: { memory?: SessionMemory; sandbox?: SceneOptions['sandbox'] } = {}) {
  const memory = options.memory ?? memoryWith()
  const scene = await openScene({ sandbox: options.sandbox ?? {}, adapter: { sessionMemory: memory } })
  const { messageId } = await scene.adapter.chat.post(scene.ids.lab, card, { key: 'card' })
  await scene.adapter.stop()
  const others: Adapter[] = []
  return {
    scene,
    memory,
    press: (name: 'confirm' | 'cancel') => scene.press(messageId, encodeAction(action(name))),
    async comeBack(more: { memory?: SessionMemory } = {}) {
      const adapter = createDiscord({
        token: scene.sandbox.env.DISCORD_TOKEN,
        apiUrl: scene.sandbox.env.DISCORD_API_URL,
        log: scene.log,
        clock: options.sandbox?.discord?.clock ?? Date.now,
        sessionMemory: more.memory ?? memory,
      })
      others.push(adapter)
      await adapter.start(scene.inbox)
      return adapter
    },
    async [Symbol.asyncDispose]() {
      for (const adapter of others) await adapter.stop()
      await scene[Symbol.asyncDispose]()
    },
  }
}

const unanswered = (scene: Scene, id: string) =>
  scene.seen('interaction', event => event.id === id && event.status === 'failed')

describe('what members do while the bot is down', () => {
  it('reaches it when it is back: a press that can still be answered like any other', async () => {
    await using down = await openDown()
    const { scene } = down
    await down.press('confirm')
    const adapter = await down.comeBack()
    await scene.inbox.reached(1)
    const [press] = scene.inbox.presses
    expect(press).toMatchObject({ action: action('confirm'), presserId: scene.ids.jonas, redelivered: false })
    await adapter.chat.whisper(press!.reply, text('heard'))
    expect(scene.events).toContainEqual(
      expect.objectContaining({ type: 'interaction', status: 'acknowledged' }),
    )
  })

  it('reaches it also when the member was told that nobody answered, and then no answer is tried', async () => {
    await using down = await openDown()
    const { scene } = down
    await unanswered(scene, await down.press('confirm'))
    scene.inbox.behave = async () => {
      // As the flows do where a press means nothing any more.
      await scene.adapter.chat.whisper(scene.inbox.presses.at(-1)!.reply, text('too late'))
    }
    const adapter = await down.comeBack()
    await scene.inbox.reached(1)
    // Discord does not say any more whether somebody took it before.
    expect(scene.inbox.presses[0]).toMatchObject({ action: action('confirm'), redelivered: true })
    await adapter.stop()
    expect(scene.log.lines.filter(line => line.level === 'error')).toEqual([])
    const refused = scene.events.flatMap(event => (event.type === 'refused' ? event.path : []))
    expect(refused.filter(path => path.includes('webhooks'))).toEqual([])
    expect(scene.log.lines.map(line => line.message)).toContain('who acted could not be told what came of it')
  })

  it('is told once, and not again to the process after it', async () => {
    await using down = await openDown()
    const { scene } = down
    await down.press('confirm')
    const first = await down.comeBack()
    await scene.inbox.reached(1)
    await first.stop()
    await down.press('cancel')
    await down.comeBack()
    await scene.inbox.reached(2)
    expect(scene.inbox.presses.map(press => press.action?.name)).toEqual(['confirm', 'cancel'])
  })

  it('comes in the order in which it was done: the second press on a card waits for the first', async () => {
    await using down = await openDown()
    const { scene } = down
    await down.press('cancel')
    await unanswered(scene, await down.press('confirm'))
    const gate = Promise.withResolvers<void>()
    scene.inbox.behave = () => (scene.inbox.count() === 1 ? gate.promise : Promise.resolve())
    await down.comeBack()
    await scene.inbox.reached(1)
    // Something that was done later, and to no card, does not wait.
    await scene.slash()
    await scene.inbox.reached(2)
    expect(scene.inbox.presses.map(press => press.action?.name)).toEqual(['cancel'])
    gate.resolve()
    await scene.inbox.reached(3)
    expect(scene.inbox.presses.map(press => press.action?.name)).toEqual(['cancel', 'confirm'])
  })

  it('has been caught up with when every press of it was dealt with, and no new clip is waited for', async () => {
    await using down = await openDown()
    const { scene } = down
    await scene.slash()
    await down.press('confirm')
    await unanswered(scene, await down.press('cancel'))
    const clip = Promise.withResolvers<void>()
    scene.inbox.request = () => clip.promise
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    scene.inbox.behave = () => gates[scene.inbox.count() - 1]!.promise
    const adapter = await down.comeBack()
    let caughtUp = false
    const caught = adapter.caughtUp!().then(() => {
      caughtUp = true
    })
    await scene.inbox.reached(1)
    gates[0]!.resolve()
    await scene.inbox.reached(2)
    expect(caughtUp).toBe(false)
    gates[1]!.resolve()
    await caught
    clip.resolve()
  })

  it('is a request too: with no answer to fill in, its card has to be a message of its own', async () => {
    await using down = await openDown()
    const { scene } = down
    await unanswered(scene, await scene.slash())
    await down.comeBack()
    await scene.inbox.reached(1)
    expect(scene.inbox.requests[0]).toMatchObject({ requesterId: scene.ids.mira, reply: null })
  })

  it('is the removal of the bot too', async () => {
    await using down = await openDown()
    const { scene } = down
    await scene.control('guild', { present: false })
    await down.comeBack()
    await scene.inbox.reached(1)
    expect(scene.inbox.leavings).toEqual([{ platform: 'discord', communityId: scene.ids.guild }])
  })

  it('is no removal where the bot was invited again meanwhile', async () => {
    await using down = await openDown()
    const { scene } = down
    await scene.control('guild', { present: false })
    await scene.control('guild', { present: true })
    await scene.slash()
    const adapter = await down.comeBack()
    await scene.inbox.reached(1)
    await vi.waitUntil(() => scene.log.lines.some(({ message }) => message.includes('is there again')))
    expect(await adapter.chat.isIn(scene.ids.guild)).toBe(true)
    await adapter.stop()
    expect(scene.inbox.leavings).toEqual([])
  })

  it('is lost with a session that is too old, and what is done after that is heard', async () => {
    let now = Date.parse('2026-11-22T12:00:00Z')
    await using down = await openDown({ sandbox: { discord: { clock: () => now } } })
    const { scene } = down
    await down.press('confirm')
    now += TOO_OLD_MS
    await down.comeBack()
    await down.press('cancel')
    await scene.inbox.reached(1)
    expect(scene.inbox.presses.map(press => press.action?.name)).toEqual(['cancel'])
  })

  it('that broke and could not be said is told again to the process after that', async () => {
    await using down = await openDown()
    const { scene } = down
    await unanswered(scene, await down.press('confirm'))
    scene.inbox.behave = () => Promise.reject(new Error('the queue is away'))
    const unlucky = await down.comeBack()
    await scene.inbox.reached(1)
    await unlucky.stop()
    scene.inbox.behave = async () => {}
    await down.comeBack()
    await scene.inbox.reached(2)
    expect(scene.inbox.presses.map(press => press.action?.name)).toEqual(['confirm', 'confirm'])
  })
})

describe('what those in charge ask for', () => {
  const use = async (scene: Scene, word: string) => {
    const user_id = scene.sandbox.discord.state().users.find(({ username }) => username === 'ada')!.id
    const name = `upscale-admin ${word}`
    const { id } = await scene.control<{ id: string }>('slash', {
      user_id,
      channel_id: scene.ids.lab,
      name,
      options: {},
    })
    return id
  }

  it('and was told is not done again by the next process, however little it knows of that', async () => {
    const memory = memoryWith()
    await using down = await openDown({ memory })
    const { scene } = down
    const killed = await down.comeBack()
    const atItsStart = memory.kept
    scene.inbox.behave = () => killed.chat.whisper(scene.inbox.admins.at(-1)!.reply, text('done'))
    const ada = await discordPerson(scene.sandbox.url, MANAGER)
    await ada.admin('freeze')
    await ada.admin('unfreeze')
    await killed.stop()
    scene.inbox.behave = async () => {}
    const next = await down.comeBack({ memory: memoryWith(atItsStart) })
    await down.press('confirm')
    await scene.inbox.reached(3)
    await next.stop()
    expect(scene.inbox.admins.map(({ ask }) => ask.word)).toEqual(['freeze', 'unfreeze'])
    const replays = scene.log.lines.filter(({ message }) => message.startsWith('asked for what happened'))
    expect(replays.at(-1)?.facts).toMatchObject({ how: 'all', events: expect.any(Number) })
    ada.close()
  })

  it('while the bot is down is not done late, also where it can not be found out that it is late', async () => {
    let silent = false
    let target = ''
    const relay = createServer((asked, answer) => {
      if (silent && asked.url!.endsWith('/callback')) return
      const { method, headers } = asked
      const url = new URL(asked.url!, target)
      const on = request(url, { method: method!, headers: { ...headers, host: url.host } }, back => {
        answer.writeHead(back.statusCode!, back.headers)
        back.pipe(answer)
      })
      asked.pipe(on)
    })
    await once(relay.listen(0, '127.0.0.1'), 'listening')
    const { port } = relay.address() as AddressInfo
    await using scene = await openScene({ start: false })
    const api = new URL(scene.sandbox.env.DISCORD_API_URL)
    target = api.origin
    const memory = memoryWith()
    const open = () =>
      createDiscord({
        token: scene.sandbox.env.DISCORD_TOKEN,
        apiUrl: `http://127.0.0.1:${port}${api.pathname}`,
        log: scene.log,
        clock: Date.now,
        sessionMemory: memory,
      })
    const before = open()
    await before.start(scene.inbox)
    await before.stop()
    await unanswered(scene, await use(scene, 'freeze'))
    silent = true
    const after = open()
    await after.start(scene.inbox)
    await scene.slash()
    await scene.inbox.reached(1)
    await after.stop()
    expect(scene.inbox.requests).toHaveLength(1)
    expect(scene.inbox.admins).toEqual([])
    relay.closeAllConnections()
    relay.close()
  }, 30_000)

  it('just now is done, though the bot was not there at that moment, where its person still waits for it', async () => {
    await using down = await openDown()
    await use(down.scene, 'freeze')
    await down.comeBack()
    await down.scene.inbox.reached(1)
    expect(down.scene.inbox.admins[0]!.ask.word).toBe('freeze')
  })
})

describe('while the bot stops', () => {
  it('a press that is not taken any more is for the process after it', async () => {
    const memory = memoryWith()
    await using scene = await openScene({ adapter: { sessionMemory: memory } })
    const { messageId } = await scene.adapter.chat.post(scene.ids.lab, card, { key: 'card' })
    const gate = Promise.withResolvers<void>()
    scene.inbox.behave = () => gate.promise
    await scene.press(messageId, encodeAction(action('confirm')))
    await scene.inbox.reached(1)
    const stopping = scene.adapter.stop()
    await scene.press(messageId, encodeAction(action('cancel')))
    gate.resolve()
    await stopping
    const next = createDiscord({
      token: scene.sandbox.env.DISCORD_TOKEN,
      apiUrl: scene.sandbox.env.DISCORD_API_URL,
      log: scene.log,
      clock: Date.now,
      sessionMemory: memory,
    })
    await next.start(scene.inbox)
    await scene.inbox.reached(2)
    expect(scene.inbox.presses.map(press => press.action?.name)).toEqual(['confirm', 'cancel'])
    await next.stop()
  })
})

describe('what is kept of the session', () => {
  it('is written far less often than events come', async () => {
    const memory = memoryWith()
    await using scene = await openScene({ adapter: { sessionMemory: memory } })
    const { messageId } = await scene.adapter.chat.post(scene.ids.lab, card, { key: 'card' })
    const before = memory.writes
    for (let n = 0; n < 20; n++) {
      await scene.press(messageId, encodeAction(action('confirm')), { deliveries: 5 })
    }
    await scene.inbox.reached(100)
    await scene.adapter.stop()
    expect(memory.writes - before).toBeLessThan(20)
  })

  it('is no reason not to start: neither where the old address is silent, nor where nothing can be read', async () => {
    await using down = await openDown()
    const silent = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(silent, 'listening')
    const address = `ws://127.0.0.1:${(silent.address() as AddressInfo).port}/`
    const kept = JSON.parse((await down.memory.get())!) as { sessions: { url: string }[] }
    kept.sessions[0]!.url = address
    const asked = once(silent, 'connection')
    await down.comeBack({ memory: memoryWith(JSON.stringify(kept)) })
    await asked
    await down.comeBack({ memory: memoryWith('{"not": "ours"}') })
    const broken = () => Promise.reject(new Error('the database is away'))
    await down.comeBack({ memory: { get: broken, set: broken } })
    silent.close()
    for (const socket of silent.clients) socket.terminate()
  })

  it('is nothing to a bot with another token: it asks at no address that was kept for the other one', async () => {
    await using down = await openDown()
    const kept = (await down.memory.get())!
    const other = (JSON.parse(kept) as { owner: string }).owner.replace(/^./, first =>
      first === '0' ? '1' : '0',
    )
    await down.press('confirm')
    await down.comeBack({ memory: memoryWith(kept.replace(/"owner":"[^"]*"/, `"owner":"${other}"`)) })
    await down.press('cancel')
    await down.scene.inbox.reached(1)
    expect(down.scene.inbox.presses.map(press => press.action?.name)).toEqual(['cancel'])
  })
})
