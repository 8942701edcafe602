import type { RefusalCode } from '../errors.ts'
import type { RefusedRequest } from '../job.ts'
import type { View } from '../view.ts'
import { lengthText, type Names } from './words.ts'

type Facts = RefusedRequest['facts']
type Sentence = (facts: Facts, names: Names) => { what: string; cure: string }

/** One sentence for what happened and one for what to do, for every reason not to take a request. */
const SENTENCES: Record<RefusalCode, Sentence> = {
  not_video: () => ({ what: 'This file is not a video.', cure: 'Send an MP4, MOV or WebM file.' }),
  broken_file: () => ({
    what: 'This file is broken: it is cut off or damaged inside.',
    cure: 'Export or download it again; if it plays on your device, a fresh export as MP4 usually helps.',
  }),
  empty_file: () => ({
    what: 'This file is empty.',
    cure: 'Check that its upload finished, and send it again.',
  }),
  unsupported_container: facts => ({
    what: `Files of this kind${facts.container ? ` (${facts.container})` : ''} can't be upscaled here.`,
    cure: 'Send it as MP4, MOV or WebM.',
  }),
  unsupported_codec: facts => ({
    what: `The picture in this file is stored in a way that can't be read${facts.codec ? ` (${facts.codec})` : ''}.`,
    cure: 'Export it as MP4 with H.264.',
  }),
  no_video_track: () => ({
    what: 'This file has no picture, only sound.',
    cure: 'Send a file with a video track.',
  }),
  too_long: facts => ({
    what: `This clip is ${lengthText(Number(facts.seconds))} long; at most ${lengthText(Number(facts.limitSeconds))} can be upscaled.`,
    cure: 'Cut it shorter and send that.',
  }),
  too_short: () => ({ what: 'This clip is shorter than a tenth of a second.', cure: 'Send a longer one.' }),
  too_big: facts => ({
    what: `This file is larger than ${facts.limitMb ?? 500} MB.`,
    cure: 'Cut it shorter, or export it with a lower bitrate.',
  }),
  too_complex: () => ({
    what: 'Reading this file takes too long; it is built in an unusual way.',
    cure: 'Export it again as a plain MP4 and send that.',
  }),
  source_gone: () => ({ what: 'The file can no longer be downloaded.', cure: 'Post it again.' }),
  source_stalled: () => ({ what: 'Downloading the file took too long.', cure: 'Try again in a moment.' }),
  provider_down: (_, n) => ({
    what: `${n.provider}, which does the upscaling, can't be reached right now.`,
    cure: 'Try again in a few minutes.',
  }),
  balance_empty: (_, n) => ({
    what: `The balance at ${n.provider} is empty.`,
    cure: `Whoever runs this bot can add credits at ${n.creditsUrl}.`,
  }),
  missing_permission: facts => ({
    what: `I lack a permission in this channel: ${facts.permissions}.`,
    cure: 'Someone who manages this server can grant it in the channel settings; then ask again.',
  }),
  busy: () => ({
    what: "Your clip can't be read just now, because too much is going on here.",
    cure: 'Try again in a minute.',
  }),
  internal: () => ({
    what: 'Something broke on our side while reading your clip.',
    cure: 'Please try again.',
  }),
}

/** A request that is not taken on: what is wrong, that no money moved, and what to do. */
export function refusalView(refused: RefusedRequest, names: Names): View {
  const { what, cure } = SENTENCES[refused.code](refused.facts, names)
  return {
    tone: 'bad',
    parts: [
      { kind: 'text', text: [{ bold: what }] },
      { kind: 'text', text: [`${cure} Nothing was charged.`] },
    ],
    controls: [],
    notifies: [],
    summary: `${what} ${cure} Nothing was charged.`,
  }
}
