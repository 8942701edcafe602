import {
  EncodedAudioPacketSource,
  type EncodedPacket,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  FilePathSource,
  FilePathTarget,
  Input,
  type InputTrack,
  MP4,
  Mp4OutputFormat,
  Output,
} from 'mediabunny'
import { clipPath, clips } from '../fixtures/clips/clips.ts'

/**
 * Writes an MP4 of `seconds` and about `bytes`, with its index at the end: a committed clip, repeated, each of its
 * frames followed by a filler unit (H.264 NAL type 12, which decoders skip). So its index is as large as a real one's.
 */
export async function writeLargeClip(path: string, seconds: number, bytes: number): Promise<void> {
  using input = new Input({ source: new FilePathSource(clipPath(clips.mp4Sound)), formats: [MP4] })
  const picture = await input.getPrimaryVideoTrack()
  const sound = await input.getPrimaryAudioTrack()
  const pictureConfig = await picture?.getDecoderConfig()
  const soundConfig = await sound?.getDecoderConfig()
  if (!picture || !sound || !pictureConfig || !soundConfig) throw new Error('the clip is not what it was')

  const output = new Output({
    format: new Mp4OutputFormat({ fastStart: false }),
    target: new FilePathTarget(path),
  })
  const pictures = new EncodedVideoPacketSource('avc')
  const sounds = new EncodedAudioPacketSource('aac')
  output.addVideoTrack(pictures)
  output.addAudioTrack(sounds)
  await output.start()
  const frames = await packetsOf(picture)
  const pieces = (await packetsOf(sound)).filter(
    p => p.timestamp >= 0 && p.timestamp < clips.mp4Sound.durationS,
  )
  const turns = Math.ceil(seconds / clips.mp4Sound.durationS)
  const fill = filler(Math.floor(bytes / turns / frames.length))
  for (let turn = 0; turn < turns; turn++) {
    const shift = turn * clips.mp4Sound.durationS
    const later = (p: EncodedPacket, data = p.data) => p.clone({ data, timestamp: p.timestamp + shift })
    for (const p of frames) {
      const room = Math.max(6, fill.length - p.data.length)
      const unit = fill.slice(0, room)
      unit.writeUInt32BE(room - 4)
      await pictures.add(later(p, Buffer.concat([p.data, unit])), { decoderConfig: pictureConfig })
    }
    for (const p of pieces) await sounds.add(later(p), { decoderConfig: soundConfig })
  }
  await output.finalize()
}

/** A filler unit with room for its length (4 bytes), its kind, and its end. */
function filler(size: number): Buffer {
  const unit = Buffer.alloc(Math.max(size, 6), 0xff)
  unit[4] = 12
  return unit
}

async function packetsOf(track: InputTrack): Promise<EncodedPacket[]> {
  const packets: EncodedPacket[] = []
  for await (const packet of new EncodedPacketSink(track).packets()) packets.push(packet)
  return packets
}
