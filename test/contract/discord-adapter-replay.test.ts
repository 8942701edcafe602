import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { catchUp } from '../../adapters/discord/missed.ts'
import { replay } from '../../adapters/discord/replay.ts'
import { createSessions } from '../../adapters/discord/sessions.ts'
import { recordingLog } from './discord-adapter-kit.ts'

let gateway: WebSocketServer
let url: string
beforeEach(async () => {
  gateway = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(gateway, 'listening')
  url = `ws://127.0.0.1:${(gateway.address() as AddressInfo).port}/`
})
afterEach(() => {
  for (const socket of gateway.clients) socket.terminate()
  gateway.close()
})

const HELLO = JSON.stringify({ op: 10, d: { heartbeat_interval: 40_000 } })
const event = (s: number, t: string) => JSON.stringify({ op: 0, s, t, d: {} })
/** Says hello, and resolves with the number that is asked from. */
async function resumed(socket: WebSocket): Promise<number> {
  socket.send(HELLO)
  const [data] = (await once(socket, 'message')) as [Buffer]
  return JSON.parse(data.toString()).d.seq
}

describe('a kept address', () => {
  it.each([
    ['a web page', '<html>of a proxy</html>'],
    ['bytes', Buffer.from([1, 2])],
    ['a hello without what belongs to it', '{"op":10}'],
    ['a hello whose interval is no number', '{"op":10,"d":{"heartbeat_interval":"soon"}}'],
    ['null', 'null'],
    ['an event without anything in it', '{"op":0}'],
  ])('that answers with %s is given up, and that harms nothing else', async (_, frame) => {
    gateway.on('connection', socket => socket.send(frame))
    const heard: unknown[] = []
    const { outcome } = replay({ id: 's', url, seq: 1 }, { token: 't', onEvent: one => heard.push(one) })
    expect(await outcome).toBe('cut')
    expect(heard).toEqual([])
  })
})

describe('what was missed', () => {
  /** The bot's part, with a session that was kept. */
  async function open() {
    const kept = { value: '' }
    const memory = {
      get: async () => kept.value,
      async set(value: string) {
        kept.value = value
      },
    }
    const log = recordingLog()
    const options = { token: 't', apiUrl: 'http://127.0.0.1/', memory, log }
    const before = createSessions(options)
    before.begun(0, { id: 's', url, seq: 1 })
    await before.settle()
    const heard: [string | null, boolean][] = []
    const missed = await catchUp(createSessions(options), {
      token: 't',
      log,
      async onEvent({ t }, isMissed) {
        heard.push([t, isMissed])
        return 'done'
      },
    })
    return { missed, heard, log }
  }

  it('is asked for again where the connection was cut, from where it was cut, and told once', async () => {
    const asked: number[] = []
    gateway.on('connection', async socket => {
      asked.push(await resumed(socket))
      if (asked.length === 1) {
        socket.send(event(2, 'FIRST'))
        socket.send(JSON.stringify({ op: 7, d: null }))
      } else if (asked.length === 2) socket.terminate()
      else for (const [s, t] of [[3, 'SECOND'] as const, [4, 'RESUMED'] as const]) socket.send(event(s, t))
    })
    const { missed, heard } = await open()
    await missed.told
    expect(asked).toEqual([1, 2, 2])
    expect(heard.map(([t]) => t)).toEqual(['FIRST', 'SECOND', 'RESUMED'])
    missed.close()
  })

  it('is not asked for without end, nor where the bot stops meanwhile', async () => {
    let tries = 0
    gateway.on('connection', socket => {
      tries++
      socket.terminate()
    })
    const { missed, log } = await open()
    await missed.told
    expect(tries).toBe(3)
    expect(log.lines.at(-1)?.facts).toMatchObject({ how: 'cut' })

    const stopping = await open()
    stopping.missed.close()
    await stopping.missed.told
    expect(tries).toBeLessThanOrEqual(4)
  })
})
