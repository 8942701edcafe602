import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock, Files } from '../core/ports.ts'
import { linkPath, type Signer } from './link.ts'

export interface Folder extends Files {
  /** Removes kept files older than this, and scratch files that a crash left. Returns how many. */
  sweep(olderThanMs: number): Promise<number>
}

/** A scratch file this old belongs to no step that is still running. */
const SCRATCH_MS = 6 * 60 * 60_000

/** Results and sources in a folder: `sources/`, `results/` and `scratch/`. */
export async function openFolder(options: {
  root: string
  /** Where links start, e.g. "https://murano.example.org". */
  publicUrl: string
  /** Whether the outside world (the provider) can open links of ours. */
  reachable: boolean
  signer: Signer
  clock: Clock
}): Promise<Folder> {
  const { root, publicUrl, reachable, signer, clock } = options
  const scratchDir = join(root, 'scratch')
  for (const dir of ['sources', 'results', 'scratch']) await mkdir(join(root, dir), { recursive: true })

  const path = (key: string) => {
    if (!KEY.test(key)) throw new RangeError(`not a storage key: ${key}`)
    return join(root, key)
  }
  const link: Files['link'] = (key, fileName, expiresAt) =>
    publicUrl + linkPath(signer, { key, expiresAt }, fileName)

  return {
    async scratch() {
      return join(scratchDir, randomUUID())
    },
    async keep(scratchPath, key) {
      const target = path(key)
      await mkdir(dirname(target), { recursive: true })
      await rename(scratchPath, target)
    },
    has: async key =>
      stat(path(key)).then(
        () => true,
        () => false,
      ),
    path,
    async remove(key) {
      await rm(path(key), { force: true })
    },
    async discard(scratchPath) {
      if (dirname(scratchPath) !== scratchDir) throw new RangeError(`not a scratch path: ${scratchPath}`)
      await rm(scratchPath, { force: true })
    },
    async note(text) {
      const path = join(scratchDir, randomUUID())
      const bytes = Buffer.from(text)
      await writeFile(path, bytes)
      return { path, sizeBytes: bytes.length }
    },
    link,
    publicLink: (key, fileName, expiresAt) => (reachable ? link(key, fileName, expiresAt) : null),
    async sweep(olderThanMs) {
      const now = clock()
      const removed = await Promise.all([
        removeOlder(join(root, 'sources'), now - olderThanMs),
        removeOlder(join(root, 'results'), now - olderThanMs),
        removeOlder(scratchDir, now - SCRATCH_MS),
      ])
      return removed.reduce((a, b) => a + b, 0)
    },
  }
}

/** "results/k3j9x2m4q8.mp4": nothing else is a key, so no key can leave the folder. */
export const KEY = /^(sources|results)\/[a-z0-9-]{1,64}\.(mp4|mov|webm)$/

async function removeOlder(dir: string, before: number): Promise<number> {
  let removed = 0
  for (const name of await readdir(dir)) {
    const file = join(dir, name)
    // Whatever goes by itself meanwhile need not be removed.
    const found = await stat(file).catch(() => null)
    if (!found || found.mtimeMs >= before) continue
    await rm(file, { force: true })
    removed++
  }
  return removed
}
