import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HttpServer, type LinkedFile, startHttp } from '../../src/http/server.ts'
import { type Folder, openFolder } from '../../src/storage/folder.ts'
import { createSigner } from '../../src/storage/link.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
const DAY = 24 * 60 * 60_000

let root: string
let files: Folder
let http: HttpServer
let found: LinkedFile
let troubles: Record<string, string>

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'murano-files-'))
  const options = {
    root,
    publicUrl: 'https://murano.example.org',
    signer: createSigner('secret'),
    clock: Date.now,
  }
  files = await openFolder({ ...options, reachable: true })
  troubles = {}
  http = await startHttp({ port: 0, openLink: () => found, health: async () => troubles, others: [], log })
})
afterEach(async () => {
  await http.close()
  await rm(root, { recursive: true, force: true })
})

const kept = async (key: string, bytes = '0123456789') => {
  const scratch = await files.scratch()
  await writeFile(scratch, bytes)
  await files.keep(scratch, key)
  return files.path(key)
}
const get = (init?: RequestInit) =>
  fetch(`http://127.0.0.1:${http.port}/files/results/a.mp4/x/y/holiday%202x.mp4`, init)

describe('the folder', () => {
  it.each([
    '../secret',
    'results/../../x.mp4',
    'results/a.txt',
    '/etc/passwd',
    'results/A.mp4',
    'scratch/a.mp4',
    '',
  ])('has no place for the key %j', key => expect(() => files.path(key)).toThrow(RangeError))

  it('discards only scratch files', async () => {
    const path = await kept('results/a.mp4')
    await expect(files.discard(path)).rejects.toThrow(RangeError)
  })

  it('takes a small text, for a message to take it from, and forgets it like all that is not kept', async () => {
    const note = await files.note('é\n')
    expect(note.sizeBytes).toBe(3)
    expect(await readFile(note.path, 'utf8')).toBe('é\n')
    await files.discard(note.path)
    expect(existsSync(note.path)).toBe(false)
  })

  it('forgets what nobody can have a link to any more, and what a crash left', async () => {
    const [old, young] = [await kept('results/old.mp4'), await kept('sources/young.mov')]
    const orphan = await files.scratch()
    await writeFile(orphan, 'x')
    const before = new Date(Date.now() - 9 * DAY)
    await utimes(old, before, before)
    await utimes(orphan, before, before)
    expect(await files.sweep(8 * DAY)).toBe(2)
    expect(existsSync(young)).toBe(true)
    expect([existsSync(old), existsSync(orphan)]).toEqual([false, false])
  })

  it('gives the provider a link only where the outside world reaches us', async () => {
    const options = {
      root,
      publicUrl: 'http://localhost:3000',
      signer: createSigner('secret'),
      clock: Date.now,
    }
    const inner = await openFolder({ ...options, reachable: false })
    expect(inner.publicLink('sources/a.mp4', 'a.mp4', Date.now())).toBeNull()
    expect(inner.link('sources/a.mp4', 'a.mp4', Date.now())).toContain(
      'http://localhost:3000/files/sources/a.mp4/',
    )
  })
})

describe('a linked file', () => {
  beforeEach(async () => {
    found = { kind: 'file', path: await kept('results/a.mp4'), contentType: 'video/mp4' }
  })

  it('comes whole, with its type and its name, to be played in place', async () => {
    const answer = await get()
    expect([answer.status, await answer.text()]).toEqual([200, '0123456789'])
    expect(answer.headers.get('content-type')).toBe('video/mp4')
    expect(answer.headers.get('content-disposition')).toBe("inline; filename*=UTF-8''holiday%202x.mp4")
    expect(answer.headers.get('accept-ranges')).toBe('bytes')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('comes in parts', async () => {
    const answer = await get({ headers: { range: 'bytes=2-4' } })
    expect([answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([
      206,
      '234',
      'bytes 2-4/10',
    ])
  })

  it('past its end is refused as HTTP says', async () => {
    const answer = await get({ headers: { range: 'bytes=99-' } })
    expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */10'])
  })

  it('answers HEAD with its length and no body', async () => {
    const answer = await get({ method: 'HEAD' })
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([
      200,
      '10',
      '',
    ])
  })

  it('that was removed says so', async () => {
    await files.remove('results/a.mp4')
    const answer = await get()
    expect([answer.status, await answer.text()]).toEqual([410, 'This file was removed.\n'])
  })

  it.each([
    ['expired', 410],
    ['unknown', 404],
  ] as const)('that is %s is not given out', async (kind, status) => {
    found = { kind }
    expect((await get()).status).toBe(status)
  })
})

describe('the web face', () => {
  it('is well while nothing is wrong, and names what is', async () => {
    const health = () => fetch(`http://127.0.0.1:${http.port}/healthz`)
    expect((await health()).status).toBe(200)
    troubles = { database: 'gone' }
    const answer = await health()
    expect([answer.status, await answer.json()]).toEqual([503, { ok: false, troubles }])
  })

  it('has nothing elsewhere', async () => {
    expect((await fetch(`http://127.0.0.1:${http.port}/.env`)).status).toBe(404)
  })

  it('on a port that is taken says which, and what to do', async () => {
    const again = startHttp({
      port: http.port,
      openLink: () => found,
      health: async () => ({}),
      others: [],
      log,
    })
    await expect(again).rejects.toThrow(`Port ${http.port} is in use. Set PORT to a free one`)
  })
})
