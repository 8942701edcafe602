import type { Clock, Log, SharedLimits } from '../core/ports.ts'
import type { ModelProfile } from '../core/pricing.ts'

/** All in ms. */
export interface Timeouts {
  /** To open a connection, TLS included. */
  connectMs: number
  /** From request to the last byte of a small JSON answer. */
  answerMs: number
  /** The same for a price, while a person waits for the card. */
  quoteMs: number
  /** Silence on the paid call before its outcome counts as unknown. Long: giving up early costs a person's judgement. */
  submitIdleMs: number
  /** The paid call as a whole, upload included. */
  submitTotalMs: number
  /** Silence during the download of a result. */
  downloadIdleMs: number
  downloadTotalMs: number
  /** How long a request waits for its part of the rate limit where it need not be asked for again later instead. */
  grantMs: number
  /** For an answer of the shared limits. */
  limitsMs: number
  /** Before a cut download is taken up again; the second time twice as long. */
  resumeAfterMs: number
}

export const TIMEOUTS: Timeouts = {
  connectMs: 10_000,
  answerMs: 30_000,
  quoteMs: 10_000,
  submitIdleMs: 180_000,
  submitTotalMs: 6 * 60_000,
  downloadIdleMs: 30_000,
  downloadTotalMs: 30 * 60_000,
  grantMs: 10_000,
  limitsMs: 5_000,
  resumeAfterMs: 500,
}

/** Where the dialect that a server was found to speak is kept between starts. Text; opaque to the keeper. */
export interface DialectMemory {
  get(): Promise<string | null>
  set(value: string): Promise<void>
}

export interface VeniceOptions {
  /** With the path, e.g. https://api.venice.ai/api/v1 */
  baseUrl: string
  apiKey: string
  log: Log
  clock?: Clock
  /** The model that new requests are priced for. Default topaz-video-upscale. */
  model?: ModelProfile
  /** Limits that all processes with this key share. Default: this process's own. */
  limits?: SharedLimits
  /** Whether the limits of the key are asked for, once, beside the first request. Default true. */
  learnsLimits?: boolean
  timeouts?: Partial<Timeouts>
  /** A finished file larger than this is refused. Default 4 GiB. */
  maxResultBytes?: number
  /**
   * Largest clip that is sent inside the request. Default 45 MiB: 413 was seen above about 67 MB of base64, which is
   * 50 MB of video (community client, 2026-07-30).
   */
  maxDataUrlBytes?: number
  dialectMemory?: DialectMemory
}

export const MAX_RESULT_BYTES = 4 * 1024 ** 3
export const MAX_DATA_URL_BYTES = 45 * 1024 ** 2
