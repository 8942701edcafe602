/** Reading and enlarging clips with mediabunny. Runs in the clip process only (see clip-process.ts). */

import {
  ALL_FORMATS,
  FilePathSource,
  FilePathTarget,
  Input,
  type InputVideoTrack,
  Mp4OutputFormat,
  Output,
  Quality,
  VideoSampleSink,
  VideoSampleSource,
} from 'mediabunny'

/** What a clip is, as read from its bytes. Sizes are displayed pixels: rotation and pixel shape applied. */
export interface ClipFacts {
  format: 'mp4' | 'mov' | 'webm' | 'other'
  width: number
  height: number
  /** Average over every packet of the video track. */
  fps: number
  /** End of the last video frame, in seconds. */
  durationS: number
  codec: string
  hasAudio: boolean
}

/** H.264 or H.265. */
export type OutputCodec = 'avc' | 'hevc'

export interface EnlargedFile {
  width: number
  height: number
}

const open = (file: string) => new Input({ source: new FilePathSource(file), formats: ALL_FORMATS })

const formats: Record<string, ClipFacts['format']> = {
  MP4: 'mp4',
  'QuickTime File Format': 'mov',
  WebM: 'webm',
}

async function videoOf(input: Input): Promise<InputVideoTrack> {
  const video = await input.getPrimaryVideoTrack()
  if (!video) throw new Error('the file has no video track')
  return video
}

/** Reads the whole packet index: a partial count gives a wrong average where the frame rate varies. */
export async function readClip(file: string): Promise<ClipFacts> {
  using input = open(file)
  const format = formats[(await input.getFormat()).name] ?? 'other'
  const video = await videoOf(input)
  const stats = await video.computePacketStats()
  return {
    format,
    width: await video.getDisplayWidth(),
    height: await video.getDisplayHeight(),
    fps: stats.averagePacketRate,
    durationS: await video.computeDuration(),
    codec: (await video.getCodec()) ?? 'unknown',
    hasAudio: (await input.getPrimaryAudioTrack()) !== null,
  }
}

/**
 * Writes an MP4 of exactly `width` x `height`, every source frame at its own time, without sound.
 * Needs the codecs of @mediabunny/server to be registered.
 *
 * A sink and a source, not `Conversion`: that one has no latency mode, so x264 runs its "medium" preset
 * (5 s of 640x360 to 2560x1440: 5.1 s against 1.9 s here, 500 MB against 240 MB; measured 2026-11-22 on 2 cores), and it
 * rounds the last frame of a variable-rate clip up to the length of its sound.
 */
export async function enlargeClip(
  file: string,
  out: string,
  width: number,
  height: number,
  codec: OutputCodec,
): Promise<EnlargedFile> {
  using input = open(file)
  const video = await videoOf(input)
  // 4:2:0 wants even sides; only an odd source at factor 1 is ever rounded.
  const size = { width: width + (width % 2), height: height + (height % 2) }
  // Frames before zero (an edit list) cannot be written to a new file: all move.
  const shift = Math.max(0, -(await video.getFirstTimestamp()))
  const output = new Output({
    format: new Mp4OutputFormat({ fastStart: 'in-memory' }),
    target: new FilePathTarget(out),
  })
  const source = new VideoSampleSource({
    codec,
    quality: new Quality('medium'),
    latencyMode: 'realtime',
    hardwareAcceleration: 'prefer-software',
    keyFrameInterval: 2,
    sizeChangeBehavior: 'fill',
    transform: size,
  })
  output.addVideoTrack(source)
  await output.start()
  let frames = 0
  for await (const sample of new VideoSampleSink(video).samples()) {
    frames++
    if (shift > 0) sample.setTimestamp(sample.timestamp + shift)
    await source.add(sample)
    sample.close()
  }
  if (frames === 0) throw new Error('no frame could be decoded')
  await output.finalize()
  return size
}
