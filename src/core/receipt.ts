import type { Factor } from './clip.ts'
import { type JobIn, maybeBefore, type ResultFile, spentBefore } from './job.ts'
import type { MicroUsd } from './money.ts'
import { chosenPrice, type QuoteKind } from './quote.ts'

/** What was asked and what came, what was quoted and what was charged, and under which numbers: plain JSON. */
export interface Receipt {
  jobId: string
  /** The provider's number of the job. */
  queueId: string
  model: string
  platform: string
  communityId: string
  requesterId: string
  fileName: string
  /** Sizes in px, as a person sees them; lengths in seconds. */
  asked: { factor: Factor; width: number; height: number; durationS: number; sound: boolean }
  /** As read in the result itself. */
  got: {
    fileName: string
    width: number
    height: number
    durationS: number
    /** Null: not one of those that are known. */
    videoCodec: string | null
    sound: ResultFile['sound']
    sizeBytes: number
  }
  /** Millionths of a US dollar, as all money here. */
  quoted: { kind: QuoteKind; priceUsd: MicroUsd }
  /** The agreed price: the provider names none when it accepts. */
  chargedUsd: MicroUsd
  /** For earlier requests of the same job: what was charged for sure, and what may have been besides. */
  earlier: { chargedUsd: MicroUsd; mayHaveChargedUsd: MicroUsd }
  /** Wall-clock ms. */
  confirmedAt: number
  acceptedAt: number
}

export function receiptOf(job: JobIn<'delivering' | 'delivered' | 'undelivered'>): Receipt {
  const { factor, output, priceUsd } = chosenPrice(job.offer)
  const { clip, fileName, sound } = job.result
  return {
    jobId: job.id,
    queueId: job.provider.queueId,
    model: job.provider.model,
    platform: job.platform,
    communityId: job.place.communityId,
    requesterId: job.requesterId,
    fileName: job.fileName,
    asked: { factor, ...output, durationS: job.clip.durationS, sound: job.clip.audioCodec !== null },
    got: {
      fileName,
      width: clip.width,
      height: clip.height,
      durationS: clip.durationS,
      videoCodec: clip.videoCodec,
      sound,
      sizeBytes: clip.sizeBytes,
    },
    quoted: { kind: job.offer.kind, priceUsd },
    chargedUsd: job.agreedUsd,
    earlier: {
      chargedUsd: spentBefore(job),
      mayHaveChargedUsd: maybeBefore(job).reduce((sum, usd) => sum + usd, 0),
    },
    confirmedAt: job.confirmedAt,
    acceptedAt: job.submittedAt,
  }
}
