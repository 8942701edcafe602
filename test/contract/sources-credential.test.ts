import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Refusal } from '../../src/core/errors.ts'
import type { FileHosts } from '../../src/core/ports.ts'
import { type ClipSource, LINK } from '../../src/core/source.ts'
import { createMedia } from '../../src/media/index.ts'
import { createDoor } from '../../src/sources/index.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { quiet } from '../kit/door.ts'
import { type Internet, openInternet } from '../kit/internet.ts'

const FILE = 'https://files.slack.com/files-pri/T1-F1/download/clip.mp4'
const AT = 'files.slack.com/files-pri/T1-F1/download/clip.mp4'

let net: Internet
let door: ReturnType<typeof createDoor>
let asked: string[] = []
let innerOrigin: string
beforeAll(async () => {
  const others = ['slack.com', 'acme.slack.com', 'slack-files.com', 'cdn.discordapp.com', 'one.example']
  net = await openInternet('files.slack.com', 'files.slack.com.evil.example', ...others)
  innerOrigin = `http://127.0.0.1:${net.innerPort}`
})
beforeEach(() => {
  const slack: FileHosts = {
    hosts: ['files.slack.com', 'slack-files.com'],
    async credential(access) {
      asked.push(access)
      if (access === 'gone') throw new Refusal('file_hidden', { why: 'uninstalled' })
      return { authorization: `Bearer key-of-${access}` }
    },
  }
  door = createDoor({
    hosts: new Map([
      ['slack', slack],
      ['discord', { hosts: ['cdn.discordapp.com'] }],
    ]),
    trusted: [innerOrigin],
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
afterAll(() => net[Symbol.asyncDispose]())

const open = (source: Partial<ClipSource> = {}) =>
  door.open(
    { url: FILE, origin: 'slack', access: 'T1', fileName: 'clip.mp4', ...source },
    {},
    { stallMs: 5_000, signal: AbortSignal.timeout(20_000) },
  )

const keys = () => net.seen.map(s => [s.host, s.headers.authorization])

describe('the credential of a community', () => {
  it('opens its files at their own host, each community with its own', async () => {
    expect((await open()).status).toBe(200)
    expect((await open({ access: 'T2', url: 'https://slack-files.com/a' })).status).toBe(200)
    expect(keys()).toEqual([
      ['files.slack.com', 'Bearer key-of-T1'],
      ['slack-files.com', 'Bearer key-of-T2'],
    ])
  })

  it('stays with its file where that moves at the same host', async () => {
    net.answers.set(AT, (_, res) => void res.writeHead(302, { location: '/moved.mp4' }).end())
    expect((await open()).status).toBe(200)
    expect(keys()).toEqual(Array(2).fill(['files.slack.com', 'Bearer key-of-T1']))
    expect(asked).toEqual(['T1'])
  })

  it.each([
    'https://one.example/',
    'https://files.slack.com.evil.example/',
    'https://slack.com/signin?redir=%2Ffiles',
    'https://acme.slack.com/?redir=%2Ffiles',
    // Also one of its own, but not the one that was asked: there is no reason to take along what opens everything.
    'https://slack-files.com/a',
    'https://cdn.discordapp.com/a',
    'https://files.slack.com:8443/a',
    'http://files.slack.com/a',
    'https://files.slack.com@one.example/',
    '//one.example/a',
    'https://127.0.0.1/',
    'INNER/a',
  ])('is never seen by another host, whatever the redirect: %s', async to => {
    for (const status of [301, 302, 303, 307, 308]) {
      net.answers.set(AT, (_, res) => {
        res.writeHead(status, { location: to.replace('INNER', innerOrigin) }).end()
      })
      await expect(open()).rejects.toMatchObject({ code: 'file_hidden' })
    }
    expect(keys()).toEqual(Array(5).fill(['files.slack.com', 'Bearer key-of-T1']))
    expect(net.inside()).toBe(0)
  })

  it.each([
    ['a link that somebody typed', { origin: LINK }],
    ['a link that says it were of a community', { origin: LINK, access: 'T1' }],
    ['a file that needs none', { access: null }],
  ])('is not sent for %s, though it leads to the same host', async (_, source) => {
    expect((await open({ access: null, ...source })).status).toBe(200)
    expect(keys()).toEqual([['files.slack.com', undefined]])
    expect(asked).toEqual([])
  })

  it("is not sent for another platform's file", async () => {
    await open({ origin: 'discord', url: 'https://cdn.discordapp.com/a.mp4' })
    expect(keys()).toEqual([['cdn.discordapp.com', undefined]])
    expect(asked).toEqual([])
  })

  it('is not even asked for where the file lies elsewhere', async () => {
    await expect(open({ url: 'https://one.example/a' })).rejects.toMatchObject({ code: 'file_elsewhere' })
    expect(asked).toEqual([])
    expect(net.seen).toEqual([])
  })

  it('that is not there any more is said, and nothing is sent', async () => {
    await expect(open({ access: 'gone' })).rejects.toMatchObject({ code: 'file_hidden' })
    expect(net.seen).toEqual([])
  })
})

describe('a clip that needs a credential', () => {
  it('is read in ranges and copied through the door, each request with the key', async () => {
    const bytes = await readFile(clipPath(clips.moovLast))
    net.answers.set(AT, (req, res) => {
      const [start, end] =
        /bytes=(\d+)-(\d+)/
          .exec(req.headers.range ?? '')
          ?.slice(1)
          .map(Number) ?? []
      if (start === undefined || end === undefined) return void res.end(bytes)
      const part = bytes.subarray(start, end + 1)
      const range = `bytes ${start}-${start + part.length - 1}/${bytes.length}`
      res.writeHead(206, { 'content-range': range, 'content-length': part.length }).end(part)
    })
    const dir = await mkdtemp(join(tmpdir(), 'murano-door-'))
    const media = createMedia({ door })
    try {
      const source = { url: FILE, origin: 'slack', access: 'T1', fileName: 'clip.mp4' }
      expect(await media.probeSource(source)).toEqual(await media.probeFile(clipPath(clips.moovLast)))
      expect(net.seen.length).toBeGreaterThan(0)
      expect(net.seen.every(s => s.headers.range)).toBe(true)
      await media.copy(source, join(dir, 'copy'))
      expect(await readFile(join(dir, 'copy'))).toEqual(bytes)
      expect(new Set(keys().map(String))).toEqual(new Set(['files.slack.com,Bearer key-of-T1']))
      net.answers.set(AT, (_, res) => void res.writeHead(302, { location: 'https://slack.com/' }).end())
      await expect(media.probeSource(source)).rejects.toMatchObject({ code: 'file_hidden' })
      await expect(media.copy(source, join(dir, 'copy'))).rejects.toMatchObject({ code: 'file_hidden' })
      expect(await readdir(dir)).toEqual([])
    } finally {
      await media.close()
      await rm(dir, { recursive: true })
    }
  })
})

describe('a file that the bot may not see', () => {
  it.each([
    ['a page to sign in with', 200, 'text/html; charset=utf-8'],
    ['such a page in other letters', 200, 'Text/HTML'],
    ['an XHTML page', 200, 'application/xhtml+xml'],
    ['401', 401, 'application/json'],
    ['403', 403, 'text/html'],
  ])('is refused as hidden where its host answers with %s', async (_, status, type) => {
    net.answers.set(AT, (_, res) => void res.writeHead(status, { 'content-type': type }).end('<html>'))
    await expect(open()).rejects.toMatchObject({ code: 'file_hidden', facts: { status } })
  })

  it('is told from one that is gone, and from a page behind a link', async () => {
    net.answers.set(AT, (_, res) => void res.writeHead(404, { 'content-type': 'text/html' }).end('<html>'))
    expect((await open()).status).toBe(404)
    net.answers.set(AT, (_, res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>'))
    expect((await open({ origin: LINK, access: null })).status).toBe(200)
  })
})
