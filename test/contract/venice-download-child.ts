/**
 * The client in a process of its own, so that nobody else's memory is counted with its own. Told by its parent what to
 * save and where; answers with the size of the file, and by how many bytes it grew at most meanwhile.
 */
import type { ProviderRef } from '../../src/core/job.ts'
import { createVenice } from '../../src/venice/index.ts'

export interface SaveOrder {
  provider: ProviderRef
  path: string
}
export type Saved = { sizeBytes: number; grewBytes: number } | { error: string }

const [baseUrl = '', apiKey = ''] = process.argv.slice(2)
const quiet = () => {}
const venice = createVenice({
  baseUrl,
  apiKey,
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
})

async function save({ provider, path }: SaveOrder): Promise<Saved> {
  const before = process.memoryUsage.rss()
  let peak = before
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 5)
  try {
    const { sizeBytes } = await venice.fetchResult(provider, path)
    return { sizeBytes, grewBytes: Math.max(peak, process.memoryUsage.rss()) - before }
  } catch (error) {
    return { error: String(error) }
  } finally {
    clearInterval(timer)
  }
}

process.on('message', (order: SaveOrder) => {
  void save(order).then(saved => process.send?.(saved))
})
process.once('disconnect', () => process.exit())
