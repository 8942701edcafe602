/**
 * Stands between the bot and all stand-ins, and knows each call by name. At the step that it was given it has the bot
 * killed: before a call nothing of it reaches the other side; after it the other side has done it, and the bot is gone
 * before it hears. It also notes what became of each paid call, whatever the bot says about it.
 */
import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { nameOfCall } from './calls.ts'

export interface PaidCall {
  /** Of the bot's process that made it. */
  life: number
  /** The bot's number of the job, from the address of its source. */
  jobId: string | null
  /** What the other side answered; null: it broke the connection, or the call never reached it. */
  status: number | null
  /** The whole answer went out to the bot. Whether it did anything with it is another question. */
  answered: boolean
}

export interface Between {
  url: string
  paid: readonly PaidCall[]
  /** Calls that calls.ts has no name for. */
  unnamed: ReadonlySet<string>
  /** Failed answers of Venice in the last 30 s: a key that collects twenty is blocked. */
  recentFailures(): number
  /** From now on: the bot's life, and the step at which `kill` is called. Null: none. */
  arm(life: number, step: { name: string; nth: number } | null, kill: (step: string) => Promise<void>): void
  close(): Promise<void>
}

const FAILURES_MS = 30_000

/** `upstreamUrl`: "http://127.0.0.1:1234", where the stand-ins are; `clock`: theirs. */
export async function startProxy(upstreamUrl: () => string, clock: () => number): Promise<Between> {
  const paid: PaidCall[] = []
  const unnamed = new Set<string>()
  const tunnels = new Set<Socket>()
  let failures: number[] = []
  let life = 0
  let armed: { name: string; nth: number } | null = null
  let kill: (step: string) => Promise<void> = async () => {}
  const agent = new http.Agent({ keepAlive: false })

  /** Whether the bot died here. */
  async function passing(step: string, by: number): Promise<boolean> {
    // What an earlier life had sent when it died may still be under way.
    if (by !== life || armed?.name !== step || --armed.nth > 0) return false
    armed = null
    await kill(step)
    return true
  }

  async function carry(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const by = life
    const body = await whole(request)
    if (body === null) return
    const { method = 'GET', url = '/' } = request
    const call = nameOfCall(method, url, body.toString('latin1'))
    if (call?.other) unnamed.add(call.name)
    const note: PaidCall | null =
      call?.name === 'venice pay' ? { life: by, jobId: jobOf(body), status: null, answered: false } : null
    if (note) paid.push(note)
    if (call && (await passing(`before ${call.name}`, by))) return void response.destroy()

    const answer = await ask(request, body)
    const venice = call?.name.startsWith('venice ')
    if (venice && (answer === null || answer.status >= 400)) failures.push(clock())
    if (note) note.status = answer?.status ?? null
    if (call && (await passing(`after ${call.name}`, by))) return void response.destroy()
    if (answer === null) return void response.destroy()
    if (note) response.once('finish', () => (note.answered = true))
    response.writeHead(answer.status, answer.headers)
    if (answer.body.length > 0) response.write(answer.body)
    // Broken off there: here too, after what came.
    if (answer.cut) setImmediate(() => response.destroy())
    else response.end()
  }

  /** Null where the other side breaks the connection without an answer. */
  async function ask(request: IncomingMessage, body: Buffer) {
    const sent = http.request(upstreamUrl() + request.url, {
      method: request.method ?? 'GET',
      headers: { ...request.headers, connection: 'close' },
      agent,
    })
    try {
      sent.end(body)
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      const chunks: Buffer[] = []
      let cut = false
      try {
        for await (const chunk of answer) chunks.push(chunk as Buffer)
      } catch {
        cut = true
      }
      const { connection: _, 'transfer-encoding': __, ...headers } = answer.headers
      return { status: answer.statusCode ?? 502, headers, body: Buffer.concat(chunks), cut }
    } catch {
      return null
    }
  }

  const server = http.createServer((request, response) => {
    carry(request, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  // The gateway and Socket Mode: bytes through, both ways.
  server.on('upgrade', (request, socket: Socket, head) => {
    const { hostname, port } = new URL(upstreamUrl())
    const other = connect(Number(port), hostname, () => {
      const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`)
      other.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
      other.write(head)
      socket.pipe(other).pipe(socket)
    })
    tunnels.add(socket)
    const end = () => {
      tunnels.delete(socket)
      socket.destroy()
      other.destroy()
    }
    for (const side of [socket, other]) side.on('error', end).on('close', end)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paid,
    unnamed,
    recentFailures() {
      failures = failures.filter(at => at > clock() - FAILURES_MS)
      return failures.length
    },
    arm(newLife, step, killer) {
      life = newLife
      armed = step && { ...step }
      kill = killer
    },
    async close() {
      for (const socket of tunnels) socket.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Null where the bot went away in the middle of it. */
async function whole(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  } catch {
    return null
  }
}

const jobOf = (body: Buffer): string | null =>
  /\/files\/sources\/([a-z0-9-]+)\./.exec(body.toString('latin1'))?.[1] ?? null
