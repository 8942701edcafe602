import { createHash } from 'node:crypto'
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

/** A Web API that sends whoever asks for a socket to `hub`. */
async function slackWith(hub: Server) {
  const port = await listening(hub)
  const api = createServer((_request, response) => {
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ok: true, url: `ws://127.0.0.1:${port}/` }))
  })
  return {
    apiUrl: `http://127.0.0.1:${await listening(api)}/api`,
    [Symbol.asyncDispose]: async () => {
      for (const server of [hub, api]) {
        server.closeAllConnections()
        await new Promise(resolve => server.close(resolve))
      }
    },
  }
}

const hello = JSON.stringify({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A012' } })

const connectionTo = ({ apiUrl }: { apiUrl: string }, log: ReturnType<typeof recordingLog>) =>
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
  const hub = createServer()
  const sockets = new WebSocketServer({ server: hub })
  const taken: WebSocket[] = []
  sockets.on('connection', socket => {
    taken.push(socket)
    if (taken.length !== 2) socket.send(hello)
  })
  await using slack = await slackWith(hub)
  const log = recordingLog()
  const connection = connectionTo(slack, log)
  await connection.open()
  taken[0]!.close()
  await log.seen(/could not be opened/)
  expect(connection.isOpen()).toBe(false)
  await log.seen(/socket to Slack is back/)
  expect(connection.isOpen()).toBe(true)
  expect(taken).toHaveLength(3)
  await connection.close()
})

it('at the start, that is said at once; no socket is left behind, although its farewell is not answered', async () => {
  const hub = createServer()
  const cut = Promise.withResolvers<void>()
  hub.on('upgrade', (request, socket) => {
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
    const accept = createHash('sha1').update(key).digest('base64')
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
    socket.write([...lines, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'))
    // It hears, and says nothing.
    socket.on('error', () => {})
    socket.on('end', () => socket.destroy())
    socket.on('close', () => cut.resolve())
    socket.resume()
  })
  await using slack = await slackWith(hub)
  const connection = connectionTo(slack, recordingLog())
  await expect(connection.open()).rejects.toMatchObject({
    code: 'slack_unreachable',
    message: expect.stringContaining('not ready in time'),
  })
  expect(connection.isOpen()).toBe(false)
  await cut.promise
}, 10_000)
