import { CustomSource, Input, type InputVideoTrack, MP4, QTFF, WEBM } from 'mediabunny'
import type { Clip } from '../core/clip.ts'
import { Refusal } from '../core/errors.ts'
import { type Bytes, windowed } from './bytes.ts'
import { countFrames } from './frames.ts'
import { assertHonestFragment, broken, topBoxAt, view } from './iso-boxes.ts'
import { type IsoIndex, type IsoTrack, readIsoIndex } from './iso-index.ts'
import { checkWebm } from './matroska-head.ts'
import { sniff } from './sniff.ts'

export interface ProbeLimits {
  /**
   * A file without an index of its frames (WebM, fragmented MP4) has to be read whole to count them. Larger ones than
   * this are not: their first frames stand for all, and their header for the length. Bytes.
   */
  exactBytes: number
}

const MAX_SIDE = 16_384
const MAX_SECONDS = 86_400
/** Cameras reach 960; nothing that is made for watching goes beyond 480. */
const MAX_FPS = 480
const SAMPLE_FRAMES = 120
/** Pictures that travel as a video track of one frame: the cover of a song. */
const COVER_FORMATS = new Set(['jpeg', 'png ', 'mjpa', 'mjpb', 'mjpg'])

/** Reads what a clip is. Meant to run where it may block and may be killed. @throws Refusal */
export async function probe(raw: Bytes, limits: ProbeLimits): Promise<Clip> {
  const bytes = windowed(raw)
  const family = await sniff(bytes)
  if (family === 'matroska') {
    await checkWebm(bytes)
    return withInput(bytes, input => webmClip(input, bytes, limits))
  }
  const index = await readIsoIndex(bytes)
  // Before 2001 QuickTime files did not say what they are; mediabunny does not read those.
  if (index.brand === '') throw new Refusal('unsupported_container', { container: 'old QuickTime' })
  const main = mainTrack(index)
  return withInput(bytes, input => isoClip(input, bytes, index, main, limits))
}

async function withInput<T>(bytes: Bytes, use: (input: Input) => Promise<T>): Promise<T> {
  const source = new CustomSource({
    getSize: () => bytes.size,
    read: (start, end) => bytes.read(start, end),
    // The same failure also rejects whoever waits for the read.
    handleUnhandledError: () => {},
  })
  const input = new Input({ source, formats: [MP4, QTFF, WEBM] })
  try {
    return await use(input)
  } finally {
    input.dispose()
  }
}

function mainTrack(index: IsoIndex): IsoTrack {
  const videos = index.tracks.filter(t => t.kind === 'video')
  const isCover = (t: IsoTrack) => COVER_FORMATS.has(t.format ?? '') && (t.samples?.count ?? 0) <= 1
  const main = videos.find(t => !isCover(t) && (index.fragmented || (t.samples?.count ?? 0) > 0))
  if (main) return main
  if (videos.some(t => !isCover(t))) throw broken('no frames')
  throw new Refusal('no_video_track')
}

async function isoClip(
  input: Input,
  bytes: Bytes,
  index: IsoIndex,
  main: IsoTrack,
  limits: ProbeLimits,
): Promise<Clip> {
  const track = (await input.getVideoTracks()).find(t => t.id === main.id)
  if (!track) throw new Refusal('unsupported_codec', { codec: main.format ?? 'unknown' })
  const picture = await pictureOf(track, main.format ?? 'unknown')
  const pace = main.samples
    ? indexedPace(main, main.samples)
    : await fragmentedPace(track, bytes, index.claimedS, limits)
  const heard = index.tracks.filter(t => t.kind === 'audio' && t.samples?.count !== 0).map(t => t.id)
  const container = index.brand === 'qt  ' ? 'mov' : 'mp4'
  return checked({
    ...picture,
    ...pace,
    audioCodec: await soundOf(input, heard),
    container,
    sizeBytes: bytes.size,
  })
}

type Pace = Pick<Clip, 'fps' | 'variableFps' | 'durationS'>

function indexedPace(track: IsoTrack, samples: NonNullable<IsoTrack['samples']>): Pace {
  const wholeS = samples.duration / track.timescale
  if (wholeS > MAX_SECONDS) throw broken('impossible length')
  // Phones trim by an edit list and leave the cut frames in the file.
  const durationS = track.editedS !== null && track.editedS < wholeS ? track.editedS : wholeS
  return { fps: samples.count / wholeS, variableFps: samples.variable, durationS }
}

async function fragmentedPace(
  track: InputVideoTrack,
  bytes: Bytes,
  claimedS: number | null,
  limits: ProbeLimits,
): Promise<Pace> {
  if (bytes.size > limits.exactBytes) return sampledPace(track, claimedS)
  let fragments = 0
  let at = 0
  for (let n = 0; at < bytes.size; n++) {
    if (n > 20_000) throw new Refusal('too_complex', { why: 'too many fragments' })
    const box = await topBoxAt(bytes, at)
    if (!box) throw broken('damaged between fragments')
    if (box.end > bytes.size) throw broken('cut off')
    if (box.type === 'moof') {
      fragments++
      assertHonestFragment(view(await bytes.read(box.contentStart, box.end)))
    }
    at = box.end
  }
  if (fragments === 0) throw broken('no fragments')
  return countedPace(track)
}

async function countedPace(track: InputVideoTrack): Promise<Pace> {
  const frames = await countFrames(track)
  return {
    fps: frames.count / (frames.endS - frames.startS),
    variableFps: frames.variable,
    durationS: frames.endS,
  }
}

async function sampledPace(track: InputVideoTrack, claimedS: number | null): Promise<Pace> {
  if (!claimedS) throw new Refusal('too_complex', { why: 'no length in its header' })
  const frames = await countFrames(track, SAMPLE_FRAMES)
  return {
    fps: frames.count / (frames.endS - frames.startS),
    variableFps: frames.variable,
    durationS: claimedS,
  }
}

async function webmClip(input: Input, bytes: Bytes, limits: ProbeLimits): Promise<Clip> {
  const track = await input.getPrimaryVideoTrack()
  if (!track) throw new Refusal('no_video_track')
  const codecId = await track.getInternalCodecId()
  const picture = await pictureOf(track, typeof codecId === 'string' ? codecId : 'unknown')
  const pace =
    bytes.size > limits.exactBytes
      ? await sampledPace(track, await track.getDurationFromMetadata())
      : await countedPace(track)
  return checked({
    ...picture,
    ...pace,
    audioCodec: await soundOf(input, null),
    container: 'webm',
    sizeBytes: bytes.size,
  })
}

type Picture = Pick<Clip, 'width' | 'height' | 'codedWidth' | 'codedHeight' | 'rotation' | 'videoCodec'>

const CODECS = new Set(['avc', 'hevc', 'vp8', 'vp9', 'av1'])

async function pictureOf(track: InputVideoTrack, format: string): Promise<Picture> {
  const videoCodec = await track.getCodec()
  if (!videoCodec || !CODECS.has(videoCodec)) throw new Refusal('unsupported_codec', { codec: format.trim() })
  return {
    width: await track.getDisplayWidth(),
    height: await track.getDisplayHeight(),
    codedWidth: await track.getCodedWidth(),
    codedHeight: await track.getCodedHeight(),
    rotation: await track.getRotation(),
    videoCodec,
  }
}

/** `ids`: the tracks that hold sound, where the index tells. */
async function soundOf(input: Input, ids: number[] | null): Promise<string | null> {
  const tracks = (await input.getAudioTracks()).filter(t => !ids || ids.includes(t.id))
  for (const track of tracks) {
    const codec = await track.getCodec()
    if (codec) return codec
  }
  return tracks.length > 0 || (ids && ids.length > 0) ? 'unknown' : null
}

function checked(clip: Clip): Clip {
  for (const side of [clip.width, clip.height, clip.codedWidth, clip.codedHeight])
    if (!Number.isInteger(side) || side < 1 || side > MAX_SIDE) throw broken('impossible picture size')
  if (!(clip.durationS > 0 && clip.durationS <= MAX_SECONDS)) throw broken('impossible length')
  if (!(clip.fps > 0) || !Number.isFinite(clip.fps)) throw broken('impossible frame rate')
  if (clip.fps > MAX_FPS) throw new Refusal('too_complex', { why: 'too many frames a second' })
  return clip
}
