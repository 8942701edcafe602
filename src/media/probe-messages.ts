import type { Clip } from '../core/clip.ts'
import type { RefusalCode } from '../core/errors.ts'

/** What a probe's worker is told. Its reads of far files are done outside, where the network and its limits are. */
export type ToWorker =
  | { kind: 'probe'; source: { path: string } | { size: number }; exactBytes: number }
  | { kind: 'bytes'; seq: number; bytes: Uint8Array<ArrayBuffer> | null }

export type FromWorker =
  | { kind: 'read'; seq: number; start: number; end: number }
  | { kind: 'clip'; clip: Clip }
  | { kind: 'refused'; code: RefusalCode; facts: Record<string, string | number>; cause: string }
