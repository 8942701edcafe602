import {
  EncodedAudioPacketSource,
  type EncodedPacket,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  FilePathSource,
  FilePathTarget,
  Input,
  type InputAudioTrack,
  type InputTrack,
  MATROSKA,
  MP4,
  Mp4OutputFormat,
  Output,
  QTFF,
  WEBM,
} from 'mediabunny'
import { Final } from '../core/errors.ts'

const openInput = (path: string) =>
  new Input({ source: new FilePathSource(path), formats: [MP4, QTFF, WEBM, MATROSKA] })

/**
 * Writes the picture of `video` and the sound of `sound` to `out`, packet by packet: an MP4 with its index in front.
 * The sound keeps its place relative to the picture and ends with it; the picture's rotation stays.
 * @throws Final no_picture, no_sound, sound_unknown
 */
export async function join(video: string, sound: string, out: string): Promise<void> {
  using pictureIn = openInput(video)
  using soundIn = openInput(sound)
  const picture = await pictureIn.getPrimaryVideoTrack()
  const pictureCodec = await picture?.getCodec()
  if (!picture || !pictureCodec) throw new Final('no_picture', 'the upscaled file has no picture')
  const heard = await soundTrack(soundIn)
  const soundCodec = await heard.getCodec()
  const format = new Mp4OutputFormat({ fastStart: 'reserve' })
  if (!soundCodec || !format.getSupportedAudioCodecs().includes(soundCodec))
    throw new Final('sound_unknown', `MP4 can't carry this sound (${soundCodec ?? 'unknown'})`)

  const size = await extent(picture)
  const shift = size.startS - (await pictureStart(soundIn))
  const output = new Output({ format, target: new FilePathTarget(out) })
  const pictureOut = new EncodedVideoPacketSource(pictureCodec)
  const soundOut = new EncodedAudioPacketSource(soundCodec)
  output.addVideoTrack(pictureOut, {
    transformationMatrix: await picture.getTransformationMatrix(),
    maximumPacketCount: size.count,
  })
  output.addAudioTrack(soundOut, { maximumPacketCount: (await extent(heard)).count })
  try {
    await output.start()
    const pictureMeta = await metaOf(picture.getDecoderConfig())
    const soundMeta = await metaOf(heard.getDecoderConfig())
    // Side by side in time, so that neither has to wait in memory for the other.
    await alternate(
      packets(picture),
      cut(packets(heard), shift, size.endS),
      packet => pictureOut.add(packet, pictureMeta),
      packet => soundOut.add(packet, soundMeta),
    )
    await output.finalize()
  } catch (error) {
    await output.cancel().catch(() => {})
    throw error
  }
}

const packets = (track: InputTrack) => new EncodedPacketSink(track).packets()

/** The decoder's description, which the first packet of a track brings along. */
async function metaOf<T>(config: Promise<T | null>): Promise<{ decoderConfig: T } | undefined> {
  const decoderConfig = await config
  return decoderConfig ? { decoderConfig } : undefined
}

/** The first sound that can be named; the same that a probe reports. */
async function soundTrack(input: Input): Promise<InputAudioTrack> {
  const tracks = await input.getAudioTracks()
  for (const track of tracks) if (await track.getCodec()) return track
  if (tracks.length > 0) throw new Final('sound_unknown', 'the sound is stored in an unknown way')
  throw new Final('no_sound', 'the source has no sound')
}

async function pictureStart(input: Input): Promise<number> {
  return (await (await input.getPrimaryVideoTrack())?.getFirstTimestamp()) ?? 0
}

async function extent(track: InputTrack): Promise<{ count: number; startS: number; endS: number }> {
  const sink = new EncodedPacketSink(track)
  let count = 0
  let startS = Infinity
  let endS = 0
  for await (const packet of sink.packets(undefined, undefined, { metadataOnly: true })) {
    count++
    startS = Math.min(startS, packet.timestamp)
    endS = Math.max(endS, packet.timestamp + packet.duration)
  }
  return { count, startS: count ? startS : 0, endS }
}

async function* cut(source: AsyncGenerator<EncodedPacket>, shift: number, endS: number) {
  for await (const packet of source) {
    const timestamp = packet.timestamp + shift
    if (timestamp >= endS) return
    yield shift === 0 ? packet : packet.clone({ timestamp })
  }
}

async function alternate(
  pictures: AsyncGenerator<EncodedPacket>,
  sounds: AsyncGenerator<EncodedPacket>,
  addPicture: (p: EncodedPacket) => Promise<void>,
  addSound: (p: EncodedPacket) => Promise<void>,
): Promise<void> {
  let picture = await pictures.next()
  let sound = await sounds.next()
  while (!picture.done || !sound.done) {
    const pictureFirst = !picture.done && (sound.done || picture.value.timestamp <= sound.value.timestamp)
    if (pictureFirst && !picture.done) {
      await addPicture(picture.value)
      picture = await pictures.next()
    } else if (!sound.done) {
      await addSound(sound.value)
      sound = await sounds.next()
    }
  }
}
