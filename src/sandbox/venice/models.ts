/** The two upscaling models as data. Own copy: the sandbox imports no bot code. */

export const MODEL_IDS = ['topaz-video-upscale', 'topaz-video-precision'] as const
export type ModelId = (typeof MODEL_IDS)[number]

export interface Model {
  id: ModelId
  name: string
  /** The first tier whose height (pixels of the output) is not passed counts. */
  tiers: readonly { upToHeight: number; usdPerSecond: number }[]
  /** Everything costs double above this frame rate, or, where `inclusive`, also at it. */
  doubling: { fps: number; inclusive: boolean }
  /** What it makes where the request asks for nothing else. */
  codec: 'avc' | 'hevc'
  /** Whether `h264_output: true` in the request makes it H.264. */
  takesH264Output: boolean
}

const HIGHER = Number.POSITIVE_INFINITY

export const MODELS: Readonly<Record<ModelId, Model>> = {
  // docs.venice.ai, "Video Upscaling", read 2026-11-22. The page says "~"; the rates are taken as exact.
  'topaz-video-upscale': {
    id: 'topaz-video-upscale',
    name: 'Topaz Video Upscale',
    tiers: [
      { upToHeight: 720, usdPerSecond: 0.013 },
      { upToHeight: 1080, usdPerSecond: 0.025 },
      { upToHeight: HIGHER, usdPerSecond: 0.1 },
    ],
    doubling: { fps: 48, inclusive: false },
    codec: 'avc',
    takesH264Output: false,
  },
  // The announced successor: as far as it has been told (2026-11-22).
  'topaz-video-precision': {
    id: 'topaz-video-precision',
    name: 'Topaz Video Precision',
    tiers: [
      { upToHeight: 720, usdPerSecond: 0.0125 },
      { upToHeight: 1080, usdPerSecond: 0.025 },
      { upToHeight: HIGHER, usdPerSecond: 0.075 },
    ],
    doubling: { fps: 48, inclusive: true },
    codec: 'hevc',
    takesH264Output: true,
  },
}

export const isModelId = (id: string): id is ModelId => Object.hasOwn(MODELS, id)
