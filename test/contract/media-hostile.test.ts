import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createMedia, type MediaReader } from '../../src/media/index.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { linkTo, openDoor } from '../kit/door.ts'
import { serveFile } from '../kit/file-server.ts'
import { type HostileFile, hostileFiles } from '../kit/hostile.ts'
import { withClaimedLength } from '../kit/hostile-boxes.ts'

const PROBE_MS = 2_500
const door = openDoor()
let media: MediaReader
let dir: string
let files: HostileFile[]
beforeAll(async () => {
  media = createMedia({ door, probeMs: PROBE_MS })
  dir = await mkdtemp(join(tmpdir(), 'murano-hostile-'))
  files = await hostileFiles(dir)
})
afterAll(async () => {
  await media.close()
  await door[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

const named = (name: string): string => {
  const file = files.find(f => f.name === name)
  if (!file) throw new Error(`no hostile file ${name}`)
  return file.path
}

/** What a probe comes to: the refusal's code, or too_long where core would refuse the length that was found. */
const verdict = (probing: Promise<{ durationS: number }>): Promise<string> =>
  probing.then(
    clip => (clip.durationS > 300 ? 'too_long' : `taken: ${JSON.stringify(clip)}`),
    error => error.code,
  )

describe('broken and hostile files', () => {
  it('are each refused for their own reason, in time, with the event loop free and memory bounded', async () => {
    expect(files.length).toBeGreaterThan(50)
    await media.probeFile(clipPath(clips.silent))
    const delay = monitorEventLoopDelay({ resolution: 10 })
    const before = process.memoryUsage().rss
    const verdicts: Record<string, string> = {}
    let slowest = 0
    let busiestMs = 0
    delay.enable()
    for (const { name, path } of files) {
      const start = performance.now()
      const cpu = process.cpuUsage()
      verdicts[name] = await verdict(media.probeFile(path))
      const { user, system } = process.cpuUsage(cpu)
      busiestMs = Math.max(busiestMs, (user + system) / 1e3)
      slowest = Math.max(slowest, performance.now() - start)
    }
    delay.disable()
    expect(verdicts).toEqual(Object.fromEntries(files.map(f => [f.name, f.refusal])))
    expect(slowest).toBeLessThan(PROBE_MS + 1_000)
    // What blocks the event loop burns this process's time. The wall clock alone would also count other programs.
    expect(busiestMs).toBeLessThan(200)
    expect(delay.percentile(99) / 1e6).toBeLessThan(200)
    expect(delay.max / 1e6).toBeLessThan(1_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(64e6)
    expect(await readdir(dir)).toHaveLength(files.length)
  })

  it('are refused for the same reason over the network', async () => {
    const verdicts: Record<string, string> = {}
    for (const { name, path } of files) {
      await using server = await serveFile(path)
      verdicts[name] = await verdict(media.probeSource(linkTo(server.url)))
    }
    expect(verdicts).toEqual(Object.fromEntries(files.map(f => [f.name, f.refusal])))
  })

  it('do not hold up an honest clip that is asked for at the same time', async () => {
    const stuck = verdict(media.probeFile(named('million-clusters.webm')))
    const clip = await media.probeFile(clipPath(clips.silent))
    expect(clip.fps).toBe(30)
    expect(await stuck).toBe('too_complex')
    expect((await media.probeFile(clipPath(clips.silent))).fps).toBe(30)
  })

  it('that fill the memory end their reader and not the bot', async () => {
    // A small byte limit makes it take the length from the header and skip the walk that would find the bomb.
    const bombed = createMedia({ door, probeBytes: 24_000, probeMs: 30_000 })
    await using _ = { [Symbol.asyncDispose]: () => bombed.close() }
    const path = join(dir, 'bomb-with-length')
    await writeFile(path, withClaimedLength(await readFile(named('fragment-bomb.mp4')), 1_000))
    await using server = await serveFile(path)
    await expect(bombed.probeSource(linkTo(server.url))).rejects.toMatchObject({
      code: 'too_complex',
      facts: { why: 'it ended its reader' },
    })
    expect((await bombed.probeFile(clipPath(clips.silent))).fps).toBe(30)
  })
})

describe('a reader that is busy with a hostile file', () => {
  it('ends when the bot is killed', async () => {
    const bot = fork(new URL('../kit/probe-one.ts', import.meta.url), [named('million-clusters.webm')], {
      execArgv: [],
    })
    const [reader] = (await once(bot, 'message')) as [number]
    await killed(bot)
    await vi.waitFor(() => expect(() => process.kill(reader, 0)).toThrow('ESRCH'), { timeout: 5_000 })
  })
})

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
