import type { RefusalCode } from '../errors.ts'
import type { RefusedRequest } from '../job.ts'
import type { View } from '../view.ts'
import { lengthText, type Names, spanText } from './words.ts'

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
  provider_down: (facts, n) => ({
    what: `${n.provider}, which does the upscaling, can't be reached right now.`,
    cure: facts.retryAfterMs
      ? `Try again in ${spanText(Number(facts.retryAfterMs))}.`
      : 'Try again in a few minutes.',
  }),
  balance_empty: (_, n) => ({
    what: `The balance at ${n.provider} is empty.`,
    cure: `Whoever runs this bot can add credits at ${n.creditsUrl}.`,
  }),
  key_refused: (facts, n) => ({
    what:
      facts.account === 'access_denied'
        ? `${n.provider}, which does the upscaling, does not let our account use it.`
        : `${n.provider}, which does the upscaling, refuses our key.`,
    cure: `Whoever runs this bot has to look at ${facts.account === 'access_denied' ? 'the account' : 'the key'}; asking again will not help before.`,
  }),
  missing_permission: facts => ({
    what: `I lack a permission in this channel: ${facts.permissions}.`,
    cure: 'Whoever manages this place can grant it in the channel settings; then ask again.',
  }),
  no_clip: () => ({
    what: 'There is no video clip in that.',
    cure: 'Give me a file (MP4, MOV or WebM) or a link to one.',
  }),
  two_clips: () => ({
    what: 'That is a file and a link.',
    cure: 'Give me one of the two.',
  }),
  too_big_to_send: (facts, n) => ({
    what: `From here at most ${facts.limitMb ?? 45} MB can be sent to ${n.provider}, and this file is larger.`,
    cure: 'Cut it shorter; or whoever runs this bot sets its PUBLIC_URL, which lifts that limit.',
  }),
  link_invalid: () => ({
    what: 'That is not a link that I can follow.',
    cure: 'It has to begin with https://, at the usual port, without a name or password in it, and lead to a video file.',
  }),
  link_forbidden: () => ({
    what: "I don't follow this link: its address is not on the public internet.",
    cure: 'Use a link that anyone on the internet can open, or upload the file.',
  }),
  link_dead: facts => ({
    what: `This link does not give me a file${facts.status ? ` (it answers ${facts.status})` : ''}.`,
    cure: 'Check that it opens without signing in, or upload the file.',
  }),
  link_not_video: () => ({
    what: 'This link leads to something that is not a video file, perhaps a web page.',
    cure: 'Use the link of the file itself (often "Copy video address"), or upload it.',
  }),
  file_hidden: facts => ({
    what: 'I am not allowed to see that file.',
    cure: `Invite me to the channel where it was posted (type ${facts.invite ?? '/invite and my name'} there), or upload it where I am.`,
  }),
  file_elsewhere: () => ({
    what: 'That file lies at another service and is only linked here.',
    cure: 'Download it and upload the file itself.',
  }),
  file_unscanned: () => ({
    what: 'That file is still being checked for viruses.',
    cure: 'Try again in a minute.',
  }),
  file_shared_elsewhere: () => ({
    what: 'That file belongs to another workspace, which does not let me open it.',
    cure: 'Download it and upload it here.',
  }),
  not_member: facts => ({
    what: 'I am not in this channel.',
    cure: `Type ${facts.invite ?? '/invite and my name'} here, then ask again.`,
  }),
  not_reachable: facts => ({
    what: "I can't post in this conversation.",
    cure: `If it is a private channel, type ${facts.invite ?? '/invite and my name'} there; direct messages between people are closed to me, so use a channel.`,
  }),
  channel_archived: () => ({
    what: 'This channel is archived, so nothing can be posted here.',
    cure: 'Ask in another channel, or have it unarchived.',
  }),
  posting_forbidden: () => ({
    what: 'I am not allowed to post in this channel.',
    cure: 'Someone who manages it can allow it in its posting permissions; or ask in another channel.',
  }),
  not_installed: () => ({
    what: 'I am not installed here any more.',
    cure: 'Whoever manages this place can install me again; then ask again.',
  }),
  frozen: facts => ({
    what: `All spending is stopped ${facts.everywhere ? 'for now' : 'here'}, so nothing can be upscaled.`,
    cure: `Whoever ${facts.everywhere ? 'runs this bot' : 'manages this place'} can allow it again; then ask again.`,
  }),
  busy: () => ({
    what: "I can't look at your clip just now: something that I need does not answer, or too much is going on.",
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
