import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { createSlack } from '../../adapters/slack/index.ts'
import type { Postings } from '../../src/core/ports.ts'
import type { ReadyLine, SlackState } from '../../src/sandbox/control.ts'
import { recordingLog, text } from './slack-adapter-kit.ts'

const MB = 1_000_000
/** Node lets some buffers pile up before it collects the first time, for any size; that happens before the measuring. */
const WARM_UP = 50 * MB

/** The stand-in in a process of its own, so that its memory is not counted with ours. */
async function farSandbox() {
  const child = spawn(process.execPath, ['src/sandbox/main.ts', '--with-parent'], {
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

it('posts a file of 300 MB without growing by 50', async () => {
  await using far = await farSandbox()
  const folder = await mkdtemp(join(tmpdir(), 'murano-slack-large-'))
  const notes: Record<string, string>[] = []
  const postings: Postings = {
    begin: async () => null,
    note: async (_, facts) => void notes.push(facts),
  }
  const { chat } = createSlack({
    apiUrl: far.env.SLACK_API_URL,
    workspace: { kind: 'one', botToken: far.env.SLACK_BOT_TOKEN },
    events: { kind: 'socket', appToken: far.env.SLACK_APP_TOKEN },
    publicUrl: far.url,
    stateSecret: '',
    installations: null,
    postings,
    door: { open: () => Promise.reject(new Error('nothing is fetched here')) },
    log: recordingLog(),
    clock: Date.now,
  })
  const state = async () => (await (await fetch(`${far.url}/sandbox/slack/state`)).json()) as SlackState
  const { id, team_id } = (await state()).channels.find(channel => channel.name === 'clips')!
  const post = async (sizeBytes: number) => {
    const path = join(folder, `${sizeBytes}.mp4`)
    await writeFile(path, '')
    await truncate(path, sizeBytes)
    const file = { path, fileName: `${sizeBytes}.mp4`, contentType: 'video/mp4', sizeBytes }
    return chat.post(`${team_id}/${id}`, text('done'), { key: `${sizeBytes}`, file })
  }
  try {
    await post(WARM_UP)
    const growth = await growthWhile(() => post(300 * MB))
    console.info(`300 MB posted; this process grew by ${Math.round(growth / MB)} MB`)
    expect(growth / MB).toBeLessThan(50)
    const sizes = (await state()).messages.flatMap(message => message.files.map(file => file.size))
    expect(sizes).toEqual([WARM_UP, 300 * MB])
  } finally {
    await rm(folder, { recursive: true })
  }
})
