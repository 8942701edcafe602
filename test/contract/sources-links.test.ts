import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Body, FileHosts } from '../../src/core/ports.ts'
import type { ClipSource } from '../../src/core/source.ts'
import { createDoor } from '../../src/sources/index.ts'
import { linkTo, quiet } from '../kit/door.ts'
import { CLIP, type Internet, openInternet, PUBLIC_4, PUBLIC_6 } from '../kit/internet.ts'
import { HONEST, HOSTILE, PLATFORM, REDIRECTS, RESOLVED } from '../kit/links.ts'

/** Neighbours of special ranges, which are public. */
const EDGES = ['9.255.255.255', '11.0.0.0', '100.128.0.0', '172.32.0.0', '192.167.255.255', '223.255.255.255']

let net: Internet
let door: ReturnType<typeof createDoor>
let asked: string[] = []
beforeAll(async () => {
  const hosts = HONEST.map(([, url]) => new URL(url).hostname.replace(/[[\]]/g, ''))
  net = await openInternet(
    ...hosts,
    ...EDGES,
    'two.example',
    'three.example',
    'media.discordapp.net',
    '*.edges.example',
  )
})
beforeEach(() => {
  const slack: FileHosts = {
    hosts: ['files.slack.com'],
    async credential(access) {
      asked.push(access)
      return { authorization: `Bearer key of ${access}` }
    },
  }
  const discord: FileHosts = { hosts: ['cdn.discordapp.com', 'media.discordapp.net'] }
  door = createDoor({
    hosts: new Map([
      ['discord', discord],
      ['slack', slack],
    ]),
    trusted: [],
    lookup: net.lookup,
    dial: net.dial,
    log: quiet,
  })
})
afterEach(async () => {
  await door.close()
  net.reset()
  asked = []
})
afterAll(async () => {
  await net[Symbol.asyncDispose]()
})

const open = (source: ClipSource, headers = {}) =>
  door.open(source, headers, { stallMs: 5_000, signal: AbortSignal.timeout(20_000) })

async function read(body: Body): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for (let piece = await body.next(); piece; piece = await body.next()) pieces.push(piece)
  return Buffer.concat(pieces)
}

const redirect = (host: string, path: string, status: number, to: string) =>
  net.answers.set(`${host}${path}`, (_, res) => void res.writeHead(status, { location: to }).end())

/** What has to be true however a hostile link was refused. */
function nothingHappened(requests = 0): void {
  expect(net.inside(), 'connections to the inner network').toBe(0)
  expect(net.dialled.filter(address => ![PUBLIC_4, PUBLIC_6].includes(address))).toEqual([])
  expect(net.seen).toHaveLength(requests)
  expect(asked).toEqual([])
}

it('has a trap that works: who comes to an inner address is counted, whatever the port', async () => {
  for (const address of ['127.0.0.1', '::1', '10.0.0.1']) {
    const socket = net.dial([{ address, family: 4 }], 443)
    await once(socket, 'close')
  }
  expect(net.inside()).toBe(3)
})

it('has enough links to tell', () => {
  expect(HOSTILE.length + RESOLVED.length + REDIRECTS.length + PLATFORM.length).toBeGreaterThan(150)
  expect(HONEST.length).toBeGreaterThanOrEqual(20)
})

describe('a hostile link', () => {
  it.each(HOSTILE)('is refused before anything is sent: %s, %j', async (_, url, code) => {
    await expect(open(linkTo(url.replaceAll('INNER', String(net.innerPort))))).rejects.toMatchObject({ code })
    nothingHappened()
    expect(net.dialled).toEqual([])
  })

  it.each(RESOLVED)('is refused where its name leads to %s', async (_, addresses) => {
    for (const name of ['evil.example', '127.0.0.1.nip.example', 'xn--pple-43d.example']) {
      net.names.set(name, [addresses])
      await expect(open(linkTo(`https://${name}/clip.mp4`))).rejects.toMatchObject({ code: 'link_forbidden' })
    }
    nothingHappened()
    expect(net.dialled).toEqual([])
  })

  it.each(REDIRECTS)('is refused where an honest server redirects it to %j', async (to, code) => {
    net.names.set('evil.example', [['127.0.0.1']])
    for (const status of [301, 302, 303, 307, 308]) {
      redirect('one.example', '/clip.mp4', status, to.replaceAll('INNER', String(net.innerPort)))
      await expect(open(linkTo('https://one.example/clip.mp4'))).rejects.toMatchObject({ code })
    }
    nothingHappened(5)
  })

  it('is refused where the second redirect leads inside', async () => {
    redirect('one.example', '/a', 302, 'https://two.example/b')
    redirect('two.example', '/b', 302, 'https://127.0.0.1/c')
    await expect(open(linkTo('https://one.example/a'))).rejects.toMatchObject({ code: 'link_forbidden' })
    nothingHappened(2)
  })

  it('is not followed for ever', async () => {
    redirect('one.example', '/a', 302, 'https://two.example/b')
    redirect('two.example', '/b', 302, 'https://one.example/a')
    await expect(open(linkTo('https://one.example/a'))).rejects.toMatchObject({ code: 'source_gone' })
    nothingHappened(4)
  })
})

describe('a name that answers differently the second time', () => {
  it('leads to where it was vetted to lead, and is vetted again for each connection', async () => {
    net.names.set('one.example', [[PUBLIC_4], ['127.0.0.1']])
    const body = await open(linkTo('https://one.example/clip.mp4'))
    expect(await read(body)).toEqual(CLIP)
    expect(net.lookups).toEqual(['one.example'])
    net.hangUp()
    await expect
      .poll(() => open(linkTo('https://one.example/clip.mp4')).then(read, e => e.code))
      .toBe('link_forbidden')
    expect(net.inside()).toBe(0)
    expect(new Set(net.dialled)).toEqual(new Set([PUBLIC_4]))
  })

  it('gains nothing by a redirect to itself', async () => {
    net.names.set('one.example', [[PUBLIC_4], ['127.0.0.1']])
    net.answers.set('one.example/a', (_, res) => {
      res.writeHead(302, { location: 'https://one.example/b', connection: 'close' }).end()
    })
    await expect(open(linkTo('https://one.example/a'))).rejects.toMatchObject({ code: 'link_forbidden' })
    nothingHappened(1)
  })
})

describe("a platform's file", () => {
  it.each(PLATFORM)(
    'is opened at its own hosts only, without a credential elsewhere: %s, %j',
    async (origin, url) => {
      const source = { url, origin, fileName: 'clip.mp4', access: 'T1' }
      await expect(open(source)).rejects.toMatchObject({ code: 'file_elsewhere' })
      nothingHappened()
    },
  )

  it('is not taken from an inner address, whatever its name answers', async () => {
    net.names.set('cdn.discordapp.com', [['10.0.0.5']])
    const source = { url: 'https://cdn.discordapp.com/a.mp4', origin: 'discord', fileName: 'a', access: null }
    await expect(open(source)).rejects.toMatchObject({ code: 'source_gone', facts: { why: 'address' } })
    nothingHappened()
  })

  it('stays at its own hosts where it is redirected', async () => {
    const source = { url: 'https://cdn.discordapp.com/a.mp4', origin: 'discord', fileName: 'a', access: null }
    redirect('cdn.discordapp.com', '/a.mp4', 302, 'https://media.discordapp.net/b.mp4')
    expect((await open(source)).url).toBe('https://media.discordapp.net/b.mp4')
    redirect('cdn.discordapp.com', '/a.mp4', 302, 'https://one.example/b.mp4')
    await expect(open(source)).rejects.toMatchObject({ code: 'file_elsewhere' })
    expect(net.seen.map(s => s.host)).not.toContain('one.example')
  })
})

describe('an honest link', () => {
  it.each(HONEST)('is opened: %s', async (_, url, host, path) => {
    const body = await open(linkTo(url))
    expect(body.status).toBe(200)
    expect(await read(body)).toEqual(CLIP)
    expect(net.seen).toEqual([expect.objectContaining({ host, url: path })])
    expect(net.seen[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' })
    expect(net.seen[0]?.headers).not.toHaveProperty('authorization')
    nothingHappened(1)
  })

  it('is opened over IPv6, and at the edges of what is special', async () => {
    const addresses = [PUBLIC_6, ...EDGES]
    for (const [n, address] of addresses.entries()) {
      net.names.set(`${n}.edges.example`, [[address]])
      expect((await open(linkTo(`https://${n}.edges.example/`))).status, address).toBe(200)
    }
    expect(net.dialled).toEqual(addresses)
  })

  it('is followed over three redirects, relative ones and ones with letters of all languages among them', async () => {
    redirect('one.example', '/a', 301, 'https://two.example/b?c=d')
    redirect('two.example', '/b', 307, '/e/../f')
    redirect('two.example', '/f', 308, Buffer.from('//three.example/übung.mp4').toString('latin1'))
    const body = await open(linkTo('https://one.example/a'), { range: 'bytes=0-9' })
    expect(await read(body)).toEqual(CLIP)
    expect(body.url).toBe('https://three.example/%C3%BCbung.mp4')
    expect(net.seen.map(s => `${s.host}${s.url}`)).toEqual([
      'one.example/a',
      'two.example/b?c=d',
      'two.example/f',
      'three.example/%C3%BCbung.mp4',
    ])
    expect(net.seen.map(s => s.headers.range)).toEqual(Array(4).fill('bytes=0-9'))
  })

  it('gives ranges, heads and statuses as they came', async () => {
    net.answers.set('one.example/a', (req, res) => {
      res.writeHead(206, {
        'content-range': `bytes 0-3/${CLIP.length}`,
        'content-disposition': 'attachment; filename="holiday.mp4"',
        etag: '"v1"',
        'x-range': req.headers.range,
      })
      res.end(CLIP.subarray(0, 4))
    })
    const body = await open(linkTo('https://one.example/a'), { range: 'bytes=0-3' })
    expect(body.status).toBe(206)
    expect(body.header('content-range')).toBe(`bytes 0-3/${CLIP.length}`)
    expect(body.header('content-disposition')).toContain('holiday.mp4')
    expect(body.header('x-range')).toBe('bytes=0-3')
    expect(body.header('nothing')).toBeNull()
    expect(await read(body)).toEqual(CLIP.subarray(0, 4))
    net.answers.set('one.example/gone', (_, res) => void res.writeHead(404).end())
    expect((await open(linkTo('https://one.example/gone'))).status).toBe(404)
    // Not a redirect without an address.
    net.answers.set('one.example/nowhere', (_, res) => void res.writeHead(302).end())
    expect((await open(linkTo('https://one.example/nowhere'))).status).toBe(302)
  })
})

describe('a trusted origin', () => {
  it('is open to links over http, at its own port and no other, and gets no credential of a platform', async () => {
    const server = createServer((req, res) =>
      req.url === '/away'
        ? res.writeHead(302, { location: `http://127.0.0.1:${net.innerPort}/` }).end()
        : res.end(`${req.headers.host} ${req.headers.authorization ?? 'no key'}`),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    // Dialled as in life. Of the two addresses one does not answer.
    const trusting = createDoor({
      hosts: new Map([['slack', { hosts: [], credential: async () => ({ authorization: 'key' }) }]]),
      trusted: [`http://127.0.0.1:${port}`, `http://store.lan:${port}`],
      lookup: async () => [
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ],
      log: quiet,
    })
    const get = async (source: Partial<ClipSource> & { url: string }) => {
      const transfer = { stallMs: 5_000, signal: AbortSignal.timeout(20_000) }
      const body = await trusting.open({ ...linkTo(''), ...source }, {}, transfer)
      return String(await read(body))
    }
    try {
      expect(await get({ url: `http://127.0.0.1:${port}/a` })).toBe(`127.0.0.1:${port} no key`)
      expect(await get({ url: `http://store.lan:${port}/a` })).toBe(`store.lan:${port} no key`)
      const file = { url: `http://127.0.0.1:${port}/a`, origin: 'slack', access: 'T1' }
      await expect(get(file)).rejects.toMatchObject({ code: 'file_elsewhere' })
      for (const url of [
        `http://127.0.0.1:${net.innerPort}/`,
        `https://127.0.0.1:${port}/`,
        `http://[::1]:${port}/`,
        `http://me@127.0.0.1:${port}/`,
        `blob:http://127.0.0.1:${port}/a`,
        `http://store.lan:${net.innerPort}/`,
        `http://127.0.0.1:${port}/away`,
      ])
        await expect(get({ url }), url).rejects.toMatchObject({ code: 'link_invalid' })
      for (const url of ['https://store.lan/', 'https://127.0.0.1/', 'https://store.example/'])
        await expect(get({ url }), url).rejects.toMatchObject({ code: 'link_forbidden' })
      expect(net.inside()).toBe(0)
    } finally {
      await trusting.close()
      server.close()
    }
  })

  it("is not what stands for a platform, which gets that platform's credential, and to which no link leads", async () => {
    const server = createServer((req, res) => res.end(req.headers.authorization ?? 'no key'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const standing = createDoor({
      hosts: new Map([
        ['slack', { hosts: [], origins: [origin], credential: async () => ({ authorization: 'key' }) }],
        ['discord', { hosts: [] }],
      ]),
      trusted: [],
      log: quiet,
    })
    const open = (source: Partial<ClipSource>) =>
      standing.open(
        { ...linkTo(`${origin}/a`), ...source },
        {},
        { stallMs: 5_000, signal: AbortSignal.timeout(20_000) },
      )
    try {
      expect(String(await read(await open({ origin: 'slack', access: 'T1' })))).toBe('key')
      await expect(open({})).rejects.toMatchObject({ code: 'link_invalid' })
      await expect(open({ origin: 'discord' })).rejects.toMatchObject({ code: 'file_elsewhere' })
    } finally {
      await standing.close()
      server.close()
    }
  })

  it('is not reached by a redirect from https to http', async () => {
    const trusting = createDoor({
      hosts: new Map(),
      trusted: [`http://127.0.0.1:${net.innerPort}`],
      lookup: net.lookup,
      dial: net.dial,
      log: quiet,
    })
    redirect('one.example', '/a', 302, `http://127.0.0.1:${net.innerPort}/`)
    const transfer = { stallMs: 5_000, signal: AbortSignal.timeout(20_000) }
    await expect(trusting.open(linkTo('https://one.example/a'), {}, transfer)).rejects.toMatchObject({
      code: 'link_invalid',
      facts: { why: 'redirected to http' },
    })
    nothingHappened(1)
    await trusting.close()
  })
})
