import type { SlackCall, SlackSandboxEvent } from '../control.ts'
import type { Delivery } from './delivery.ts'
import type { Faults } from './faults.ts'
import type { Manifest } from './manifest.ts'
import type { World } from './world.ts'

/** Everything that the parts of the stand-in share. */
export interface Stage {
  world: World
  manifest: Manifest
  /** Sends payloads to the app, over Socket Mode or HTTP. */
  delivery: Delivery
  faults: Faults
  /** Wall-clock ms. */
  clock: () => number
  /** "1732300000.000100": unique in this process, rising. */
  nextTs: () => string
  /** "F0123ABCDEF" for 'F', and so on. */
  nextId: (prefix: string) => string
  emit: (event: SlackSandboxEvent) => void
  /** Every Web API call that was answered. */
  called: (call: SlackCall) => void
  /** Does something a moment after the answer that promised it; never, where the stand-in is closed before. */
  soon: (work: () => void) => void
  log: (line: string) => void
  /** Where the sandbox is reached, e.g. "http://127.0.0.1:4100"; known once it listens. */
  baseUrl: () => string
  /** Where uploaded bytes are kept. */
  workDir: () => Promise<string>
}
