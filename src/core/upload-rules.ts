import type { Clip } from './clip.ts'
import { Refusal } from './errors.ts'
import type { ModelProfile } from './pricing.ts'

/** Shorter than this there is no second frame to speak of, and a price of nothing. */
const MIN_DURATION_S = 0.1

/** Whether the model takes this clip. Null: it does. */
export function refusalFor(clip: Clip, profile: ModelProfile): Refusal | null {
  if (clip.durationS > profile.maxDurationS) {
    return new Refusal('too_long', { seconds: Math.ceil(clip.durationS), limitSeconds: profile.maxDurationS })
  }
  if (clip.durationS < MIN_DURATION_S) return new Refusal('too_short')
  return null
}
