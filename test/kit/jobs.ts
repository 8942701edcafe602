import type { Clip } from '../../src/core/clip.ts'
import type { Job, JobIn, State } from '../../src/core/job.ts'
import { estimateUsd, type ModelProfile, TOPAZ_VIDEO_UPSCALE } from '../../src/core/pricing.ts'
import { makeOffer, type Offer } from '../../src/core/quote.ts'
import type { Approval } from '../../src/core/rules.ts'
import { advance, type JobEvent } from '../../src/core/transitions.ts'

/** A moment that all sample jobs are made at. */
export const NOON = Date.UTC(2026, 10, 22, 12)

export const sampleClip = (over: Partial<Clip> = {}): Clip => ({
  width: 640,
  height: 360,
  codedWidth: 640,
  codedHeight: 360,
  rotation: 0,
  fps: 30,
  variableFps: false,
  durationS: 12,
  videoCodec: 'avc',
  audioCodec: 'aac',
  container: 'mp4',
  sizeBytes: 1_500_000,
  ...over,
})

/** What is offered for a clip: its prices by the table, 2x chosen. */
export const sampleOffer = (clip: Clip = sampleClip(), profile: ModelProfile = TOPAZ_VIDEO_UPSCALE): Offer =>
  makeOffer(
    clip,
    2,
    { kind: 'exact', prices: new Map(profile.factors.map(f => [f, estimateUsd(profile, clip, f)])) },
    { now: NOON, profile },
  )

/** More than ten cents needs one of @approvers, or one of the people. */
export const sampleApproval = (over: Partial<Approval> = {}): Approval => ({
  aboveUsd: 100_000,
  groups: ['approvers'],
  people: ['88'],
  ...over,
})

const quotedEvent = (clip: Clip): JobEvent => ({
  type: 'quoted',
  fileName: 'clip.mp4',
  clip,
  sourceKey: 'sources/abc.mp4',
  sourceUrl: 'https://cdn.example/clip.mp4',
  offer: sampleOffer(clip),
})

const provider = { model: 'topaz-video-upscale', queueId: 'q-1' }
const resultClip = sampleClip({
  width: 1280,
  height: 720,
  codedWidth: 1280,
  codedHeight: 720,
  sizeBytes: 6_000_000,
})

/** The events that lead to each state, in order. */
const PATHS: Record<State, JobEvent['type'][]> = {
  quoting: [],
  quoted: ['quoted'],
  awaiting_approval: ['quoted', 'approval_asked'],
  declined: ['quoted', 'approval_asked', 'declined'],
  expired: ['quoted', 'expired'],
  cancelled: ['quoted', 'cancelled'],
  confirmed: ['quoted', 'confirmed'],
  submitting: ['quoted', 'confirmed', 'submitting'],
  unconfirmed: ['quoted', 'confirmed', 'submitting', 'answer_lost'],
  processing: ['quoted', 'confirmed', 'submitting', 'accepted'],
  saving: ['quoted', 'confirmed', 'submitting', 'accepted', 'finished'],
  delivering: ['quoted', 'confirmed', 'submitting', 'accepted', 'finished', 'saved'],
  delivered: ['quoted', 'confirmed', 'submitting', 'accepted', 'finished', 'saved', 'delivered'],
  undelivered: ['quoted', 'confirmed', 'submitting', 'accepted', 'finished', 'saved', 'undeliverable'],
  failed: ['quoted', 'confirmed', 'submitting', 'accepted', 'failed'],
}

export const STATES = Object.keys(PATHS) as State[]

export function sampleEvents(clip: Clip = sampleClip()): Record<JobEvent['type'], JobEvent> {
  const offer = sampleOffer(clip)
  const expected = { likelyMs: 100_000, atMostMs: 200_000 }
  return {
    quoted: quotedEvent(clip),
    chose: { type: 'chose', factor: 4 },
    cancelled: { type: 'cancelled' },
    expired: { type: 'expired' },
    confirmed: { type: 'confirmed', offer },
    approval_asked: { type: 'approval_asked', offer, approval: sampleApproval() },
    approved: { type: 'approved', offer, by: '88' },
    declined: { type: 'declined', by: '88' },
    requoted: { type: 'requoted', offer: { ...offer, wasUsd: 200_000 } },
    submitting: { type: 'submitting' },
    not_accepted: { type: 'not_accepted', retryAt: NOON + 60_000, why: 'rate limit', limited: false },
    answer_lost: { type: 'answer_lost', why: 'the connection was cut' },
    accepted: { type: 'accepted', provider, expected },
    looked: { type: 'looked', evidence: { at: NOON + 3_000, lines: [], looks: 1 } },
    polled: {
      type: 'polled',
      nextAt: NOON + 5_000,
      averageMs: 100_000,
      elapsedMs: 10_000,
      expected,
      late: false,
    },
    poll_failed: { type: 'poll_failed', nextAt: NOON + 5_000, why: '503', late: false },
    finished: { type: 'finished', url: null },
    saved: {
      type: 'saved',
      result: { key: 'results/abc.mp4', fileName: 'clip-2x.mp4', clip: resultClip, sound: 'restored' },
    },
    postponed: { type: 'postponed', retryAt: NOON + 5_000, why: 'busy' },
    delivered: { type: 'delivered' },
    cleaned: { type: 'cleaned' },
    undeliverable: { type: 'undeliverable', why: 'the channel is gone' },
    failed: {
      type: 'failed',
      failure: { code: 'provider_failed', charged: 'unknown', said: 'inference failed' },
    },
    retry_chosen: { type: 'retry_chosen', offer, by: '77' },
    closed: { type: 'closed' },
  }
}

/** A job that came into the state by the events that lead there. */
export function sampleJob<S extends State>(state: S, clip: Clip = sampleClip()): JobIn<S> {
  const start: Job = {
    state: 'quoting',
    id: 'abc',
    version: 1,
    platform: 'somewhere',
    place: { communityId: '1', channelId: '2', isThread: false },
    requesterId: '77',
    fileName: 'clip.mp4',
    factor: 2,
    reply: { token: 't' },
    createdAt: NOON,
    stateAt: NOON,
    attempts: 0,
    notBefore: 0,
    posts: {},
  }
  const events = sampleEvents(clip)
  return PATHS[state].reduce<Job>((job, type) => advance(job, events[type], NOON), start) as JobIn<S>
}
