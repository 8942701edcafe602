import type { Pool } from 'pg'

/** What the queue needs of an embedded Postgres: one session that everything shares. */
export interface EmbeddedPostgres {
  query(text: string, params?: unknown[]): Promise<{ rows: unknown[]; affectedRows?: number }>
  transaction<T>(
    work: (tx: {
      query(text: string, params?: unknown[]): Promise<{ rows: unknown[] }>
      exec(text: string): Promise<unknown>
    }) => Promise<T>,
  ): Promise<T>
  /** Calls back for every NOTIFY that the session listens to; returns how to stop. */
  onNotification(callback: (channel: string, payload: string) => void): () => void
}

/** The database that the queue lives in where there is no Redis. */
export type QueueDatabase =
  | { readonly kind: 'pglite'; readonly pglite: EmbeddedPostgres }
  | {
      readonly kind: 'postgres'
      openPool(options: { name: string; max: number; searchPath: string }): Pool
    }
