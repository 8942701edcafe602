import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { clientFor, patiently } from '../../adapters/slack/rest.ts'
import { recordingLog } from './slack-adapter-kit.ts'

/** Writes down what it is asked, and answers as it is told to. */
let server: Server
let apiUrl: string
let asked: { authorization: string | undefined; body: URLSearchParams }[] = []
let answer: { status: number; headers?: Record<string, string>; body: string }
beforeAll(async () => {
  server = createServer(async (request, response) => {
    asked.push({
      authorization: request.headers.authorization,
      body: new URLSearchParams(await text(request)),
    })
    response
      .writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
      .end(answer.body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`
})
afterAll(() => void server.close())
beforeEach(() => {
  asked = []
  answer = { status: 200, body: '{"ok":true}' }
})

const client = (token: string, teamId: string | null = null) =>
  clientFor({ apiUrl, log: recordingLog() }, token, teamId)
const ask = (token: string, teamId: string | null = null) =>
  client(token, teamId).chat.postMessage({ channel: 'C1', text: 'x' })

it('each client sends its own token, and names the workspace where the token is an organisation’s', async () => {
  await Promise.all([ask('xoxb-a'), ask('xoxb-b', 'T012')])
  expect(asked.map(({ authorization, body }) => [authorization, body.get('team_id')]).sort()).toEqual([
    ['Bearer xoxb-a', null],
    ['Bearer xoxb-b', 'T012'],
  ])
})

it('nothing is repeated by itself, because a message whose answer got lost would stand there twice', async () => {
  answer = { status: 500, body: 'oops' }
  await expect(ask('xoxb-a')).rejects.toMatchObject({ statusCode: 500 })
  expect(asked).toHaveLength(1)
})

it('a short pause is waited out, a long one is handed back, and three times are enough', async () => {
  const waits: number[] = []
  const trying = () =>
    patiently(
      async ms => void waits.push(ms),
      () => ask('xoxb-a'),
    )
  answer = { status: 429, headers: { 'retry-after': '2' }, body: '' }
  await expect(trying()).rejects.toMatchObject({ retryAfter: 2 })
  expect([waits, asked.length]).toEqual([[2000, 2000], 3])
  answer = { status: 429, headers: { 'retry-after': '60' }, body: '' }
  await expect(trying()).rejects.toMatchObject({ retryAfter: 60 })
  expect([waits.length, asked.length]).toEqual([2, 4])
})
