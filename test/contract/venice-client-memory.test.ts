import { fork } from 'node:child_process'
import { once } from 'node:events'
import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { client, clip, order, scratch, source } from './venice-client-kit.ts'

const MB = 1_000_000

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

// What comes the other way, a result of 1 GiB, is measured in venice-download.test.ts.
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
