/** What every route of the stand-in works on. */

import type { VeniceDialect } from '../control.ts'
import type { Clips } from './clips.ts'
import type { Faults } from './faults.ts'
import type { Job, Jobs } from './jobs.ts'
import type { Ledger } from './ledger.ts'
import type { Limits } from './limits.ts'
import type { Traffic } from './traffic.ts'

export interface World {
  dialect: VeniceDialect
  apiKeys: ReadonlySet<string>
  processingMs: number
  workDir: string
  clock(): number
  log(line: string): void
  /** At least 0, below 1. */
  random(): number
  clips: Clips
  faults: Faults
  jobs: Jobs
  ledger: Ledger
  /** What everything costs now, as a multiple of the published prices. */
  prices: { times: number }
  limits: Limits
  traffic: Traffic
  /** Absolute address of a result. */
  fileUrl(job: Job): string
  /** Aborts when the stand-in closes. */
  closing: AbortSignal
}
