import type { Clip } from '../core/clip.ts'
import type { RefusalCode } from '../core/errors.ts'

/** What a reading process is told. Its reads of far files are done outside, where the network and its limits are. */
export type ToReader =
  | { kind: 'probe'; source: { path: string } | { size: number }; exactBytes: number }
  | { kind: 'bytes'; seq: number; bytes: Uint8Array<ArrayBuffer> | null }

export type FromReader =
  | { kind: 'read'; seq: number; start: number; end: number }
  | { kind: 'clip'; clip: Clip }
  | { kind: 'refused'; code: RefusalCode; facts: Record<string, string | number>; cause: string }
