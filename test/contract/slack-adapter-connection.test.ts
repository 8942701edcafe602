import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { createConnection } from '../../adapters/slack/connection.ts'
import { recordingLog } from './slack-adapter-kit.ts'

const listening = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Sockets to which `meet` happens, and the Web API that leads there. */
async function socketsThat(meet: (socket: WebSocket, count: number) => void) {
  const hub = createServer()
  const sockets = new WebSocketServer({ server: hub })
  let count = 0
  sockets.on('connection', socket => {
    count += 1
    meet(socket, count)
  })
  const port = await listening(hub)
  const api = createServer((_request, response) => {
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ok: true, url: `ws://127.0.0.1:${port}/` }))
  })
  return {
    apiUrl: `http://127.0.0.1:${await listening(api)}/api`,
    count: () => count,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.clients) socket.terminate()
      for (const server of [hub, api]) {
        server.closeAllConnections()
        await new Promise(resolve => server.close(resolve))
      }
    },
  }
}

const hello = JSON.stringify({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A012' } })

const connectionTo = (apiUrl: string, log: ReturnType<typeof recordingLog>) =>
  createConnection({
    apiUrl,
    log,
    events: { kind: 'socket', appToken: 'xapp-1-A012-345-abc' },
    wait: async () => {},
    readyMs: 300,
    onDelivery: async () => {},
    onLost() {},
  })

it('a socket that is taken and never greeted is given up, and the next one is asked for', async () => {
  const first = Promise.withResolvers<WebSocket>()
  await using slack = await socketsThat((socket, count) => {
    if (count === 1) first.resolve(socket)
    if (count !== 2) socket.send(hello)
  })
  const log = recordingLog()
  const connection = connectionTo(slack.apiUrl, log)
  await connection.open()
  const socket = await first.promise
  socket.close()
  await log.seen(/could not be opened/)
  expect(connection.isOpen()).toBe(false)
  await log.seen(/socket to Slack is back/)
  expect(connection.isOpen()).toBe(true)
  expect(slack.count()).toBe(3)
  await connection.close()
})

it('at the start, that is said at once, and no socket is left behind', async () => {
  const closed = Promise.withResolvers<void>()
  await using slack = await socketsThat(socket => void socket.on('close', () => closed.resolve()))
  const connection = connectionTo(slack.apiUrl, recordingLog())
  await expect(connection.open()).rejects.toMatchObject({
    code: 'slack_unreachable',
    message: expect.stringContaining('not ready in time'),
  })
  await closed.promise
  expect([connection.isOpen(), slack.count()]).toEqual([false, 1])
})
