import { once } from 'node:events'
import { type AddressInfo, createServer, Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createDoor, type DoorOptions } from '../../src/sources/index.ts'
import { linkTo, quiet } from '../kit/door.ts'
import { CLIP, type Internet, openInternet, PUBLIC_4 } from '../kit/internet.ts'

let net: Internet
const doors: ReturnType<typeof createDoor>[] = []
beforeAll(async () => {
  net = await openInternet('one.example')
})
afterEach(async () => {
  await Promise.all(doors.splice(0).map(door => door.close()))
  net.reset()
})
afterAll(() => net[Symbol.asyncDispose]())

const doorWith = (options: Partial<DoorOptions> = {}) => {
  const { lookup, dial } = net
  const door = createDoor({ hosts: new Map(), trusted: [], lookup, dial, log: quiet, ...options })
  doors.push(door)
  return door
}
const open = (door: ReturnType<typeof createDoor>, url: string, stallMs: number) =>
  door.open(linkTo(url), {}, { stallMs, signal: AbortSignal.timeout(20_000) })
const opened = (options: Partial<DoorOptions> = {}, stallMs = 5_000) =>
  open(doorWith(options), 'https://one.example/a', stallMs)

/** The code at the root of a failure. */
const rootOf = (work: Promise<unknown>) =>
  work.then(
    value => expect.fail(`it worked: ${value}`),
    error => {
      let root = error
      while (root.cause instanceof Error) root = root.cause
      return root.code
    },
  )

describe('a transfer', () => {
  it('ends where no head comes', async () => {
    net.answers.set('one.example/a', () => {})
    await expect(opened({}, 200)).rejects.toMatchObject({ code: 'source_stalled' })
  })

  it('ends where a head comes letter by letter', async () => {
    net.answers.set('one.example/a', (_, res) => {
      const { socket } = res
      socket?.write('HTTP/1.1 200 OK\r\nx: ')
      const drip = setInterval(() => socket?.write('a'), 20)
      socket?.on('close', () => clearInterval(drip))
      socket?.on('error', () => {})
    })
    await expect(opened({}, 200)).rejects.toMatchObject({ code: 'source_stalled' })
  })

  it('ends where the body stops coming, and goes on as long as it does not', async () => {
    net.answers.set('one.example/a', (_, res) => {
      res.write('a')
      const drip = setInterval(() => res.write('a'), 50)
      setTimeout(() => clearInterval(drip), 1_000)
      res.on('close', () => clearInterval(drip))
    })
    const body = await opened({}, 600)
    let length = 0
    const reading = (async () => {
      for (;;) length += (await body.next())?.length ?? 0
    })()
    await expect(reading).rejects.toMatchObject({ code: 'source_stalled' })
    expect(length).toBeGreaterThan(12)
  })

  it('ends for the reason of whoever ends it', async () => {
    const stop = new AbortController()
    net.answers.set('one.example/a', () => stop.abort(new Error('enough')))
    const opening = doorWith().open(
      linkTo('https://one.example/a'),
      {},
      { stallMs: 5_000, signal: stop.signal },
    )
    await expect(opening).rejects.toThrow('enough')
  })

  it('that is cancelled hangs up', async () => {
    const gone = Promise.withResolvers<void>()
    net.answers.set('one.example/a', (_, res) => {
      res.write('a')
      res.on('close', () => gone.resolve())
    })
    const body = await opened()
    await body.cancel()
    await gone.promise
  })

  it('whose connection is cut says so', async () => {
    net.answers.set('one.example/a', (_, res) => {
      res.writeHead(200, { 'content-length': 100 }).write('a', () => res.destroy())
    })
    const body = await opened()
    await expect(
      (async () => {
        while (await body.next());
      })(),
    ).rejects.toThrow()
  })

  it('takes no head larger than 16 KB, in one field or in many', async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`x-${n}`, 'a'.repeat(60)]))
    for (const head of [{ x: 'a'.repeat(17 << 10) }, many]) {
      net.answers.set('one.example/a', (_, res) => void res.writeHead(200, head).end(CLIP))
      expect(await rootOf(opened())).toBe('UND_ERR_HEADERS_OVERFLOW')
    }
  })

  it('ends when the door closes', async () => {
    const asked = Promise.withResolvers<void>()
    net.answers.set('one.example/a', () => asked.resolve())
    const door = doorWith()
    const opening = open(door, 'https://one.example/a', 20_000)
    const refused = expect(opening).rejects.toThrow()
    await asked.promise
    await door.close()
    await refused
  })
})

describe('a connection', () => {
  it('is given up where the name is not answered in time', async () => {
    const slow = { connectMs: 50, lookup: () => new Promise<never>(() => {}) }
    expect(await rootOf(opened(slow))).toBe('ETIMEDOUT')
    expect(net.dialled).toEqual([])
  })

  it('is given up where nobody answers in time, and leaves no socket behind', async () => {
    const socket = new Socket()
    const slow = { connectMs: 50, dial: () => socket }
    expect(await rootOf(opened(slow))).toBe('ETIMEDOUT')
    expect(socket.destroyed).toBe(true)
  })

  it('is given up where encryption is not agreed on in time', async () => {
    const mute = createServer(socket => void socket.on('error', () => {}))
    mute.listen(0, '127.0.0.1')
    await once(mute, 'listening')
    const { port } = mute.address() as AddressInfo
    const hungUp = once(mute, 'connection').then(([socket]) => once(socket.resume(), 'close'))
    const slow = { connectMs: 100, dial: () => new Socket().connect(port, '127.0.0.1') }
    expect(await rootOf(opened(slow))).toBe('ETIMEDOUT')
    await hungUp
    mute.close()
  })

  it('is refused where the certificate is for another name', async () => {
    expect(await rootOf(open(doorWith(), 'https://other.example/a', 5_000))).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    )
    expect(net.seen).toEqual([])
  })

  it('says what is wrong with a name that does not exist, and one without addresses', async () => {
    net.names.set('one.example', [[]])
    expect(await rootOf(opened())).toBe('ENOTFOUND')
    expect(await rootOf(opened({ lookup: async () => [] }))).toBe('ENODATA')
    expect(net.dialled).toEqual([])
  })

  it('goes straight to what was vetted, whatever proxy the environment names', async () => {
    const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'ALL_PROXY', 'NODE_USE_ENV_PROXY']
    for (const name of names) process.env[name] = `http://127.0.0.1:${net.innerPort}`
    try {
      expect((await opened()).status).toBe(200)
      expect(net.dialled).toEqual([PUBLIC_4])
      expect(net.inside()).toBe(0)
    } finally {
      for (const name of names) delete process.env[name]
    }
  })
})

it('tells the log which address a name led to, and no one else', async () => {
  const lines: unknown[] = []
  net.names.set('one.example', [['10.0.0.5']])
  const log = { ...quiet, warn: (facts: object) => void lines.push(facts) }
  const refused = await open(doorWith({ log }), 'https://one.example/a?key=secret', 5_000).catch(e => e)
  expect(refused.facts).toEqual({ why: 'address' })
  expect(lines).toEqual([{ host: 'one.example', addresses: ['10.0.0.5'], origin: 'link' }])
})
