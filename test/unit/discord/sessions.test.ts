import { describe, expect, it } from 'vitest'
import { createSessions, type Session } from '../../../adapters/discord/sessions.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }

function openSessions(kept: string | null = null, apiUrl: string | null = null) {
  const memory = {
    kept,
    get: async () => memory.kept,
    async set(value: string) {
      memory.kept = value
    },
  }
  const next = () => createSessions({ token: 'a.b.c', apiUrl, memory, log })
  const sessions = next()
  return {
    sessions,
    next,
    async kept(): Promise<Session[]> {
      await sessions.settle()
      return JSON.parse(memory.kept ?? '{"sessions":[]}').sessions
    },
  }
}
const session = (id: string, seq: number): Session => ({ id, url: 'wss://gateway.discord.gg/', seq })

describe('how far the gateway was heard', () => {
  it('moves past an event when it and all before it have been dealt with', async () => {
    const { sessions, kept } = openSessions()
    sessions.begun(0, session('s', 1))
    const [first, second, third] = [2, 3, 4].map(seq => sessions.of(0)!.came(seq))
    expect(await kept()).toEqual([session('s', 1)])
    second!()
    expect(await kept()).toEqual([session('s', 1)])
    first!()
    expect(await kept()).toEqual([session('s', 3)])
    third!()
    expect(await kept()).toEqual([session('s', 4)])
  })

  it('is kept for each shard, and of a shard for its newest session', async () => {
    const { sessions, kept } = openSessions()
    sessions.begun(0, session('a', 1))
    sessions.begun(1, session('b', 1))
    sessions.begun(0, session('c', 1))
    sessions.of(1)!.came(2)()
    expect(await kept()).toEqual([session('c', 1), session('b', 2)])
  })

  it('is kept of an earlier session, beside our own, until there is nothing more to be had of it', async () => {
    const first = openSessions()
    first.sessions.begun(0, session('old', 7))
    await first.kept()
    const sessions = first.next()
    const [old] = await sessions.earlier()
    expect(old!.now()).toEqual(session('old', 7))
    sessions.begun(0, session('new', 1))
    await sessions.settle()
    expect((await first.next().earlier()).map(s => s.now().id)).toEqual(['old', 'new'])
    sessions.over(old!)
    await sessions.settle()
    expect((await first.next().earlier()).map(s => s.now().id)).toEqual(['new'])
  })

  it('is that of whoever stopped last, where another process wrote over it meanwhile', async () => {
    const { sessions, next, kept } = openSessions()
    const other = next()
    sessions.begun(0, session('ours', 3))
    await sessions.settle()
    other.begun(0, session('theirs', 3))
    await other.settle()
    // Nothing has happened since.
    expect(await kept()).toEqual([session('ours', 3)])
  })

  it.each([
    ['gone', []],
    ['https://gateway.discord.gg/', []],
    ['ws://gateway.discord.gg/', []],
    ['wss://gateway.discord.gg.evil.example/', []],
    ['wss://evil-gateway.discord.gg/', []],
    ['wss://evil.example/?gateway.discord.gg', []],
    ['wss://gateway-us-east1-b.discord.gg', ['kept']],
    ['wss://gateway.discord.gg/?v=10', ['kept']],
  ])('at %s is gone on with only where Discord itself is there: the token goes there', async (url, ids) => {
    const { sessions, next } = openSessions()
    sessions.begun(0, { id: 'kept', url, seq: 1 })
    await sessions.settle()
    expect((await next().earlier()).map(one => one.now().id)).toEqual(ids)
  })

  it('of a stand-in for Discord may be anywhere, but is an address', async () => {
    const { sessions, next } = openSessions(null, 'http://127.0.0.1:4100/api')
    sessions.begun(0, { id: 'kept', url: 'ws://127.0.0.1:4101/', seq: 1 })
    sessions.begun(1, { id: 'odd', url: 'gone', seq: 1 })
    await sessions.settle()
    expect((await next().earlier()).map(one => one.now().id)).toEqual(['kept'])
  })

  it('of another bot, or in words of another version, is nothing', async () => {
    const { sessions } = openSessions('{"owner":"somebody else","sessions":[]}')
    expect(await sessions.earlier()).toEqual([])
    expect(await openSessions('[1]').sessions.earlier()).toEqual([])
    expect(await openSessions('not JSON').sessions.earlier()).toEqual([])
  })
})
