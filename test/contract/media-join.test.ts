import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedPacketSink,
  FilePathSource,
  Input,
  type InputTrack,
  MovOutputFormat,
  MP4,
  Output,
  QTFF,
  WEBM,
} from 'mediabunny'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMedia, type MediaReader } from '../../src/media/index.ts'
import { type ClipName, clipPath, clips } from '../fixtures/clips/clips.ts'
import { openDoor } from '../kit/door.ts'

const door = openDoor()
let media: MediaReader
let dir: string
let out: string
let n = 0
beforeAll(async () => {
  media = createMedia({ door })
  dir = await mkdtemp(join(tmpdir(), 'murano-join-'))
})
beforeEach(() => {
  out = join(dir, `joined-${++n}.mp4`)
})
afterAll(async () => {
  await media.close()
  await door[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

const packetsOf = async (track: InputTrack | null): Promise<EncodedPacket[]> => {
  const packets: EncodedPacket[] = []
  if (track) for await (const packet of new EncodedPacketSink(track).packets()) packets.push(packet)
  return packets
}

async function read(path: string) {
  using input = new Input({ source: new FilePathSource(path), formats: [MP4, QTFF, WEBM] })
  const picture = await packetsOf(await input.getPrimaryVideoTrack())
  const sound = await packetsOf(await input.getPrimaryAudioTrack())
  return { picture, sound }
}

const bytesOf = (packets: EncodedPacket[]) => packets.map(p => Buffer.from(p.data).toString('base64'))
const startsOf = (packets: EncodedPacket[]) => packets.map(p => p.timestamp)

describe('the sound of one file, put to the picture of another', () => {
  it.each(['mp4Sound', 'movSound', 'webmVp9', 'rotatedPhone', 'vfr', 'fragmented'] satisfies ClipName[])(
    'leaves every packet as it was (sound of %s)',
    async name => {
      await media.joinSound(clipPath(clips.silent), clipPath(clips[name]), out)
      const [joined, picture, sound] = await Promise.all([
        read(out),
        read(clipPath(clips.silent)),
        read(clipPath(clips[name])),
      ])
      expect(bytesOf(joined.picture)).toEqual(bytesOf(picture.picture))
      // No further than the picture, which is 2 s long.
      const kept = sound.sound.filter(p => p.timestamp - clips[name].startS < 2)
      expect(kept.length).toBeGreaterThan(30)
      expect(bytesOf(joined.sound)).toEqual(bytesOf(kept))
      const shifted = startsOf(kept).map(s => expect.closeTo(s - clips[name].startS, 3))
      expect(startsOf(joined.sound)).toEqual(shifted)
      expect(await media.probeFile(out)).toMatchObject({
        durationS: 2,
        fps: 30,
        audioCodec: clips[name].audioCodec,
      })
    },
  )

  it('keeps how the picture is turned and shaped', async () => {
    await media.joinSound(clipPath(clips.rotatedPhone), clipPath(clips.mp4Sound), out)
    expect(await media.probeFile(out)).toMatchObject({ width: 180, height: 320, rotation: 90 })
    const shaped = join(dir, 'shaped.mp4')
    await media.joinSound(clipPath(clips.anamorphic), clipPath(clips.mp4Sound), shaped)
    expect(await media.probeFile(shaped)).toMatchObject({ width: 320, height: 240, codedWidth: 240 })
  })

  it('keeps how long each frame is shown', async () => {
    await media.joinSound(clipPath(clips.vfr), clipPath(clips.mp4Sound), out)
    expect(startsOf((await read(out)).picture)).toEqual(startsOf((await read(clipPath(clips.vfr))).picture))
  })

  it('is an MP4 whose index comes first, so that it plays while it loads', async () => {
    await media.joinSound(clipPath(clips.silent), clipPath(clips.mp4Sound), out)
    const file = await readFile(out)
    expect(file.indexOf('moov')).toBeLessThan(file.indexOf('mdat'))
  })

  it('starts as much later than the picture as it did', async () => {
    const late = join(dir, 'late.mov')
    await writeFile(late, await lateSound(0.5))
    await media.joinSound(clipPath(clips.silent), late, out)
    const start = (await read(late)).sound[0]?.timestamp ?? 0
    expect(start).toBeGreaterThan(0.4)
    expect((await read(out)).sound[0]?.timestamp).toBeCloseTo(start, 3)
  })

  it('carries uncompressed sound over as well', async () => {
    const pcm = join(dir, 'pcm.mov')
    await writeFile(pcm, await pcmSound())
    await media.joinSound(clipPath(clips.silent), pcm, out)
    expect(await media.probeFile(out)).toMatchObject({ audioCodec: 'pcm-s16', durationS: 2 })
  })

  it('says so where there is none, and leaves nothing', async () => {
    await expect(
      media.joinSound(clipPath(clips.mp4Sound), clipPath(clips.silent), out),
    ).rejects.toMatchObject({
      code: 'no_sound',
    })
    expect(await readdir(dir)).not.toContain(out.slice(dir.length + 1))
  })

  it('says so where nobody knows how it is stored, and leaves nothing', async () => {
    const unknown = join(dir, 'unknown.mp4')
    const file = await readFile(clipPath(clips.mp4Sound))
    const format = file.indexOf('mp4a', file.indexOf('soun'))
    file.write('zzzz', format)
    file.write('zzzz', file.indexOf('esds', format))
    await writeFile(unknown, file)
    expect((await media.probeFile(unknown)).audioCodec).toBe('unknown')
    await expect(media.joinSound(clipPath(clips.silent), unknown, out)).rejects.toMatchObject({
      code: 'sound_unknown',
    })
    expect(await readdir(dir)).not.toContain(out.slice(dir.length + 1))
  })

  it('is given up in time, and leaves nothing', async () => {
    const hasty = createMedia({ door, joinMs: 1 })
    await using _ = { [Symbol.asyncDispose]: () => hasty.close() }
    await expect(
      hasty.joinSound(clipPath(clips.silent), clipPath(clips.mp4Sound), out),
    ).rejects.toMatchObject({
      code: 'join_timeout',
    })
    expect(await readdir(dir)).not.toContain(out.slice(dir.length + 1))
  })
})

/** The sound of a clip alone, moved. */
async function lateSound(byS: number): Promise<Uint8Array> {
  using input = new Input({ source: new FilePathSource(clipPath(clips.mp4Sound)), formats: [MP4] })
  const track = await input.getPrimaryAudioTrack()
  const decoderConfig = await track?.getDecoderConfig()
  if (!track || !decoderConfig) throw new Error('the clip has no sound')
  const source = new EncodedAudioPacketSource('aac')
  return await written(source, async () => {
    for (const p of await packetsOf(track))
      await source.add(p.clone({ timestamp: p.timestamp + byS }), { decoderConfig })
  })
}

async function pcmSound(): Promise<Uint8Array> {
  const source = new EncodedAudioPacketSource('pcm-s16')
  const decoderConfig = { codec: 'pcm-s16', sampleRate: 48_000, numberOfChannels: 2 }
  return await written(source, async () => {
    for (let i = 0; i < 20; i++) {
      const samples = new Uint8Array(4_800 * 4).fill(i)
      await source.add(new EncodedPacket(samples, 'key', i / 10, 1 / 10), { decoderConfig })
    }
  })
}

async function written(source: EncodedAudioPacketSource, add: () => Promise<void>): Promise<Uint8Array> {
  const target = new BufferTarget()
  const output = new Output({ format: new MovOutputFormat(), target })
  output.addAudioTrack(source)
  await output.start()
  await add()
  await output.finalize()
  return new Uint8Array(target.buffer ?? new ArrayBuffer())
}
