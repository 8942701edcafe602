import type { BackendFactory, IQueueBackend } from 'bullmq'

/** BullMQ's way to its data, the same three questions whatever the data lies in. */
export interface Link {
  /** Connection for adding work. */
  producer: unknown
  /** Connection for doing work. */
  worker: unknown
  /** Makes of such a connection what BullMQ works with. */
  factory: BackendFactory<IQueueBackend, unknown>
  /** Seconds that an idle worker waits before it looks by itself; new work wakes it at once either way. */
  idleS: number
  /** Why work can't be added right now; null when it can. Asked so that nobody waits on a connection that is down. */
  trouble(): string | null
  /** Resolves when work can be added, or after `ms` without. */
  connected(ms: number): Promise<void>
  /** From now on a connection that is lost is not made again. */
  leave(): void
  /** Cuts what is still open; after this nothing of the link holds the process. */
  cut(): Promise<void>
}
