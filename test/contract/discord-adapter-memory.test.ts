import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { createDiscord } from '../../adapters/discord/index.ts'
import type { MessageRef } from '../../src/core/job.ts'
import type { DiscordState, ReadyLine } from '../../src/sandbox/control.ts'
import { recordingLog, text } from './discord-adapter-kit.ts'

const MIB = 1024 * 1024
/** The largest that Discord takes anywhere. */
const LARGEST = 100 * MIB
/** Node lets some buffers pile up before it collects the first time, for any size; that happens before the measuring. */
const WARM_UP = MIB

/** The stand-in in a process of its own, so that its memory is not counted with ours. */
async function farSandbox() {
  const child = spawn(process.execPath, ['src/sandbox/main.ts', '--with-parent', '--premium-tier', '3'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const ready = JSON.parse(line) as ReadyLine
  return {
    ...ready,
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}

/** By how many bytes this process grows at most while it works. */
async function growthWhile(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss()
  let peak = before
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 5)
  await work()
  clearInterval(timer)
  return peak - before
}

it('posts a file of 100 MiB without growing by half of it', async () => {
  await using far = await farSandbox()
  const folder = await mkdtemp(join(tmpdir(), 'murano-discord-large-'))
  const { chat } = createDiscord({
    token: far.env.DISCORD_TOKEN,
    apiUrl: far.env.DISCORD_API_URL,
    log: recordingLog(),
    clock: Date.now,
  })
  const state = async () => (await (await fetch(`${far.url}/sandbox/discord/state`)).json()) as DiscordState
  const { id } = (await state()).channels.find(channel => channel.name === 'upscale-lab')!
  const post = async (sizeBytes: number) => {
    const path = join(folder, `${sizeBytes}.mp4`)
    await writeFile(path, '')
    await truncate(path, sizeBytes)
    const file = { path, fileName: `${sizeBytes}.mp4`, contentType: 'video/mp4', sizeBytes }
    const view = text('done', {}, [{ kind: 'file', fileName: file.fileName, description: '' }])
    return chat.post(id, view, { key: `${sizeBytes}`, file })
  }
  try {
    await post(WARM_UP)
    let posted: MessageRef | undefined
    const growth = await growthWhile(async () => {
      posted = await post(LARGEST)
    })
    console.info(`100 MiB posted; this process grew by ${Math.round(growth / 1e6)} MB`)
    expect(growth / 1e6).toBeLessThan(50)
    const { components } = (await state()).messages.find(message => message.id === posted?.messageId)!
    const url = /"url":"([^"]+)"/.exec(JSON.stringify(components))![1]!
    const kept = await fetch(url, { method: 'HEAD' })
    expect(kept.headers.get('content-length')).toBe(`${LARGEST}`)
  } finally {
    await rm(folder, { recursive: true })
  }
})
