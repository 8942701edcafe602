import { ALL_FORMATS, FilePathSource, Input } from 'mediabunny'

/** What a video file is, read by the sandbox itself: nothing that the bot says of it is taken over. */
export interface ClipFacts {
  /** As displayed. */
  width: number
  height: number
  fps: number
  durationS: number
  codec: string | null
  hasAudio: boolean
}

/** @throws where the file is no video */
export async function readClipFacts(path: string): Promise<ClipFacts> {
  const input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS })
  try {
    const video = await input.getPrimaryVideoTrack()
    if (!video) throw new Error(`${path} has no picture`)
    const stats = await video.computePacketStats()
    return {
      width: video.displayWidth,
      height: video.displayHeight,
      fps: Number(stats.averagePacketRate.toFixed(3)),
      durationS: Number((await input.computeDuration()).toFixed(3)),
      codec: video.codec,
      hasAudio: (await input.getPrimaryAudioTrack()) !== null,
    }
  } finally {
    input.dispose()
  }
}
