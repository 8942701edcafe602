import type { DiscordEvent } from '../control.ts'
import type { Faults } from './faults.ts'
import type { FileStore } from './files.ts'
import type { Gateway } from './gateway.ts'
import type { InteractionBook } from './interactions.ts'
import type { World } from './world.ts'

/** Everything that the parts of the stand-in share. */
export interface Stage {
  world: World
  files: FileStore
  gateway: Gateway
  interactions: InteractionBook
  faults: Faults
  clock: () => number
  nextId: () => string
  emit: (event: DiscordEvent) => void
  log: (line: string) => void
  token: string
  /** Bytes per file that a member may upload; an interaction of theirs lends it to its answers. */
  memberUploadLimit: number
}

/** Bytes per file in this guild without anybody's Nitro: 10 MiB, 50 and 100 from boost tier 2 and 3 on. */
export function guildUploadLimit(world: World): number {
  const mebibytes = { 0: 10, 1: 10, 2: 50, 3: 100 }[world.guild.premium_tier]
  return mebibytes * 1024 * 1024
}
