import {
  ALL_FORMATS,
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  FilePathSource,
  Input,
  Mp4OutputFormat,
  Output,
} from 'mediabunny'

/** The clip with the same picture and `soundBytes` of sound that nobody would want to hear: large, and quick to make. */
export async function withHeavySound(path: string, soundBytes: number): Promise<Uint8Array> {
  const input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS })
  const video = (await input.getPrimaryVideoTrack())!
  const audio = (await input.getPrimaryAudioTrack())!
  const output = new Output({ format: new Mp4OutputFormat(), target: new BufferTarget() })
  const picture = new EncodedVideoPacketSource(video.codec!)
  const sound = new EncodedAudioPacketSource(audio.codec!)
  output.addVideoTrack(picture)
  output.addAudioTrack(sound)
  await output.start()

  const decoderConfig = (await video.getDecoderConfig())!
  for await (const packet of new EncodedPacketSink(video).packets())
    await picture.add(packet, { decoderConfig })
  const { packetCount } = await audio.computePacketStats()
  const payload = new Uint8Array(Math.ceil(soundBytes / packetCount)).fill(0x55)
  const soundConfig = (await audio.getDecoderConfig())!
  for await (const packet of new EncodedPacketSink(audio).packets()) {
    await sound.add(new EncodedPacket(payload, 'key', packet.timestamp, packet.duration), {
      decoderConfig: soundConfig,
    })
  }
  await output.finalize()
  input.dispose()
  return new Uint8Array(output.target.buffer!)
}
