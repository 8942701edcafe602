/** Who asked what and when, for the book. */

import type { VeniceBook } from '../control.ts'

export type QueueRequest = VeniceBook['queue_requests'][number]
type RequestLine = VeniceBook['requests'][number]

const KEPT = 200
const MINUTE_MS = 60_000

export interface Traffic {
  arrived(path: string): void
  answered(line: RequestLine): void
  /** The entry is live: its status stays 0 until an answer is decided, and for good where there was none. */
  queueRequest(): QueueRequest
  queueRequests(): QueueRequest[]
  requests(): RequestLine[]
  lastMinute(): Record<string, number>
}

export function createTraffic(clock: () => number): Traffic {
  const queueRequests: QueueRequest[] = []
  const lines: RequestLine[] = []
  let arrivals: { at: number; path: string }[] = []
  return {
    arrived(path) {
      const now = clock()
      arrivals = arrivals.filter(arrival => arrival.at > now - MINUTE_MS)
      arrivals.push({ at: now, path })
    },
    answered(line) {
      lines.push(line)
      if (lines.length > KEPT) lines.shift()
    },
    queueRequest() {
      const entry = { at: clock(), status: 0, queue_id: null }
      queueRequests.push(entry)
      return entry
    },
    queueRequests: () => queueRequests.map(entry => ({ ...entry })),
    requests: () => [...lines],
    lastMinute() {
      const now = clock()
      const counts: Record<string, number> = {}
      for (const { at, path } of arrivals) if (at > now - MINUTE_MS) counts[path] = (counts[path] ?? 0) + 1
      return counts
    },
  }
}
