import type { Door } from '../../src/core/ports.ts'
import { type ClipSource, LINK } from '../../src/core/source.ts'
import { createDoor } from '../../src/sources/index.ts'

export const quiet = { debug() {}, info() {}, warn() {}, error() {} }

export const linkTo = (url: string): ClipSource => ({ url, fileName: 'clip.mp4', origin: LINK, access: null })

/** The real door, told to trust whoever is asked for: servers of tests get their ports late. */
export function openDoor(): Door & AsyncDisposable {
  const doors = new Map<string, ReturnType<typeof createDoor>>()
  return {
    open(source, headers, transfer) {
      const { origin } = new URL(source.url)
      const door = doors.get(origin) ?? createDoor({ hosts: new Map(), trusted: [origin], log: quiet })
      doors.set(origin, door)
      return door.open(source, headers, transfer)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...doors.values()].map(door => door.close()))
    },
  }
}
