import { fork } from 'node:child_process'
import { once } from 'node:events'
import { stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { client, clip, order, scratch, source } from './venice-client-kit.ts'

const MB = 1_000_000
/**
 * Node reads a socket into new buffers of 64 kB and lets about 60 MB of them pile up before it collects the first time.
 * That is a matter of Node's, the same for 50 MB as for 5 GB, so it is let happen before the measuring starts.
 */
const WARM_UP = 50 * MB

async function flood() {
  const child = fork(new URL('./venice-client-flood.ts', import.meta.url), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const [port] = (await once(child.stdout!, 'data')) as [Buffer]
  return {
    url: `http://127.0.0.1:${Number(port)}/api/v1`,
    async [Symbol.asyncDispose]() {
      child.disconnect()
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

// First of the two: memory that the other leaves free would hide what this one takes.
it('sends a clip of 45 MB inside the request without growing by 60', async () => {
  await using far = await flood()
  await using dir = await scratch()
  await using venice = client(far.url)
  const send = async (bytes: number) => {
    const path = join(dir.dir, `${bytes}.mp4`)
    await writeFile(path, '')
    await truncate(path, bytes)
    return venice.submit(clip, order, source(null, path))
  }
  await send(5 * MB)
  let outcome: unknown
  const growth = await growthWhile(async () => {
    outcome = await send(45 * MB)
  })
  expect(outcome).toMatchObject({ kind: 'accepted' })
  expect(growth / MB).toBeLessThan(60)
})

it('fetches 300 MB without growing by 60', async () => {
  await using far = await flood()
  await using dir = await scratch()
  await using venice = client(far.url)
  const fetch = (bytes: number) =>
    venice.fetchResult({ model: 'm', queueId: String(bytes) }, join(dir.dir, `${bytes}.mp4`))
  await fetch(WARM_UP)
  const growth = await growthWhile(() => fetch(300 * MB))
  expect((await stat(join(dir.dir, `${300 * MB}.mp4`))).size).toBe(300 * MB)
  expect(growth / MB).toBeLessThan(60)
})
