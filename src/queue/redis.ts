import { createRedisBackend } from 'bullmq'
import { Redis, type RedisOptions } from 'ioredis'
import type { Link } from './link.ts'

const MAX_RETRY_MS = 1000

/** Connects in the background. `onError` gets every connection error. */
export function linkRedis(url: string, onError: (error: unknown, where: string) => void): Link {
  const clients: Redis[] = []
  let leaving = false
  // For as long as it takes: what a bot does while Redis is away is written in its jobs' rows, and waits there.
  // When leaving it has to end by itself: a client that is cut while it waits for its next attempt never says that it
  // ended (ioredis 6.0.0), and BullMQ would wait for that forever.
  const retryStrategy = (attempt: number) => (leaving ? null : Math.min(attempt * 200, MAX_RETRY_MS))
  const track = (client: Redis, where: string): Redis => {
    client.on('error', error => onError(error, where))
    clients.push(client)
    // BullMQ duplicates the worker's client to block on, and closes that one only if Redis answers.
    const duplicate = client.duplicate.bind(client)
    client.duplicate = (override?: Partial<RedisOptions>) => track(duplicate(override), where)
    return client
  }
  const producer = track(
    // A command to a Redis that is away fails at once, instead of keeping a person waiting.
    new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, retryStrategy }),
    'redis producer',
  )
  const worker = track(new Redis(url, { maxRetriesPerRequest: null, retryStrategy }), 'redis worker')
  return {
    producer,
    worker,
    factory: (name, options, extra) =>
      createRedisBackend(name, options as Parameters<typeof createRedisBackend>[1], extra),
    idleS: 5,
    trouble: () => (producer.status === 'ready' ? null : `Redis is not connected (${producer.status})`),
    async connected(ms) {
      if (producer.status === 'ready') return
      // Not `once`, which gives up at the first error: a Redis that is just starting refuses a few times.
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, ms)
        producer.once('ready', () => {
          clearTimeout(timer)
          resolve()
        })
      })
    },
    leave() {
      leaving = true
    },
    async cut() {
      for (const client of clients) client.disconnect()
    },
  }
}
