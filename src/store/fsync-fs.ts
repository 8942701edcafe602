import fs from 'node:fs'
import type { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'

/** The two fields of an Emscripten file stream that matter here. */
interface Stream {
  nfd?: number
}

/**
 * A folder whose fsync is real. PGlite 0.5.16 starts Postgres with fsync off, and its file system has no fsync to call,
 * so `fsync=on` alone changes nothing: rows survive a kill, but not a power cut. Counted with this: one fsync per commit.
 */
export class FsyncFS extends NodeFS {
  override async init(pg: PGlite, options: Parameters<NodeFS['init']>[1]) {
    const made = await super.init(pg, options)
    made.emscriptenOpts.preRun ??= []
    const addFsync = (mod: { NODEFS: { stream_ops: { fsync?: (stream: Stream) => number } } }) => {
      mod.NODEFS.stream_ops.fsync = stream => {
        if (stream.nfd !== undefined) fs.fsyncSync(stream.nfd)
        return 0
      }
    }
    // First, so that it is in place before the folder is mounted.
    ;(made.emscriptenOpts.preRun as unknown[]).unshift(addFsync)
    return made
  }
}
