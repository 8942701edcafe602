import { describe, expect, it } from 'vitest'
import type { Agreed, Job, JobIn } from '../../../src/core/job.ts'
import { resultView, undeliveredView } from '../../../src/core/messages/result.ts'
import { receiptOf } from '../../../src/core/receipt.ts'
import { advance, type JobEvent } from '../../../src/core/transitions.ts'
import type { View } from '../../../src/core/view.ts'
import { NOON, sampleEvents, sampleJob } from '../../kit/jobs.ts'

const names = { provider: 'Acme', creditsUrl: 'https://acme.example/credits' }
type Finished = JobIn<'delivered'>

const delivered = sampleJob('delivered')
/** One attempt before it failed and was charged, the answer to another was lost. */
const costly: Finished = {
  ...delivered,
  earlier: [
    {
      failure: { code: 'provider_failed', charged: 'yes' },
      agreedUsd: 150_000,
      provider: null,
      endedAt: NOON,
      queuedAt: NOON - 9_000,
      retriedBy: '77',
      retriedAt: NOON,
    },
  ],
  lost: [{ sentAt: NOON, queuedAt: NOON - 5_000, why: 'cut', agreedUsd: 156_000 }],
}

describe('a receipt', () => {
  it('holds what was asked and came, what was quoted and charged, and every number of the job, as plain JSON', () => {
    const receipt = receiptOf(delivered)
    expect(receipt).toEqual({
      jobId: 'abc',
      queueId: 'q-1',
      model: 'topaz-video-upscale',
      platform: 'somewhere',
      communityId: '1',
      requesterId: '77',
      fileName: 'clip.mp4',
      asked: { factor: 2, width: 1280, height: 720, durationS: 12, sound: true },
      got: {
        fileName: 'clip-2x.mp4',
        width: 1280,
        height: 720,
        durationS: 12,
        videoCodec: 'avc',
        sound: 'restored',
        sizeBytes: 6_000_000,
      },
      quoted: { kind: 'exact', priceUsd: 156_000 },
      chargedUsd: 156_000,
      earlier: { chargedUsd: 0, mayHaveChargedUsd: 0 },
      confirmedAt: NOON,
      acceptedAt: NOON,
    })
    expect(JSON.parse(JSON.stringify(receipt))).toEqual(receipt)
  })

  it('counts what earlier requests have cost and may have cost, apart from the price', () => {
    expect(receiptOf(costly)).toMatchObject({
      chargedUsd: 156_000,
      earlier: { chargedUsd: 150_000, mayHaveChargedUsd: 156_000 },
    })
  })

  it('quotes the price that was agreed to, also where another was offered for a retry', () => {
    const { answer_lost, retry_chosen, accepted } = sampleEvents()
    const dearer = { ...delivered.offer, wasUsd: 156_000 }
    dearer.prices = dearer.prices.map(price => ({ ...price, priceUsd: 900_000 }))
    const quotedAfter = (job: Job, ...events: JobEvent[]) =>
      receiptOf(events.reduce((now, event) => advance(now, event, NOON), job) as Agreed).quoted.priceUsd
    const requoted: JobEvent = { type: 'requoted', offer: dearer }
    const again = { ...retry_chosen, offer: dearer } as JobEvent
    expect(quotedAfter(sampleJob('failed'), requoted)).toBe(156_000)
    expect(quotedAfter(sampleJob('submitting'), answer_lost, again)).toBe(900_000)
    expect(quotedAfter(sampleJob('submitting'), answer_lost, again, accepted)).toBe(156_000)
  })
})

describe('the receipt in a message', () => {
  /** Its quiet lines, as they are read. */
  const notes = (view: View) =>
    view.parts.flatMap(part =>
      part.kind === 'note'
        ? [part.text.map(s => (typeof s === 'string' ? s : 'code' in s ? `\`${s.code}\`` : '…')).join('')]
        : [],
    )
  const ofResult = (job: Finished) => notes(resultView(job, { kind: 'attached' }, names, NOON + 95_000))
  const numbers = 'topaz-video-upscale · job `abc` · Acme queue id `q-1`'

  it('is two quiet lines below the result', () => {
    expect(ofResult(delivered)).toEqual(['Quoted and charged $0.16 at Acme · took 1 min 35 s', numbers])
  })

  it('does not say that an estimate is what was charged to the cent', () => {
    const estimate = { ...delivered, offer: { ...delivered.offer, kind: 'estimate' as const } }
    expect(ofResult(estimate)[0]).toBe('Estimated; charged about $0.16 at Acme · took 1 min 35 s')
  })

  it('leaves out nothing that was or may have been paid besides', () => {
    expect(ofResult(costly)[0]).toBe(
      'Quoted and charged $0.16 at Acme · took 1 min 35 s · earlier attempts that failed cost $0.15 besides · one earlier request without an answer may have been charged too',
    )
  })

  it('comes with a result that could not be posted, too', () => {
    const link = { url: 'https://murano.example/r/1', until: NOON, reachable: true }
    expect(notes(undeliveredView(sampleJob('undelivered'), link, names))).toEqual([
      'Quoted and charged $0.16 at Acme · the link works until …',
      numbers,
    ])
  })
})
