/**
 * npm run bench:probe
 * What a clip of 200 MB and 300 s whose index is at its end costs: (a) our probe over range reads, (b) downloading it whole and asking
 * ffprobe. Both in the same run, by turns, against the same server in another process: at full speed and at a stated one.
 */
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createMedia } from '../../src/media/index.ts'
import { linkTo, openDoor } from '../kit/door.ts'
import { writeLargeClip } from './large-clip.ts'

const SIZE = 200_000_000
const ROUNDS = 7
const SLOW_ROUNDS = 3
/** A fast home line or a busy server's share: 200 Mbit/s. */
const SLOW_BYTES_PER_S = 25_000_000
/** There and back again. */
const SLOW_DELAY_MS = 30

let size = SIZE
const run = promisify(execFile)
const dir = await mkdtemp(join(tmpdir(), 'murano-bench-'))
const servers: ChildProcess[] = []
try {
  process.exitCode = await main()
} finally {
  for (const server of servers) server.kill()
  await rm(dir, { recursive: true, force: true })
}

async function main(): Promise<number> {
  const clip = join(dir, 'clip.mp4')
  await writeLargeClip(clip, 300, SIZE)
  size = (await stat(clip)).size
  const ffprobe = await run('ffprobe', ['-version']).then(
    () => true,
    () => false,
  )
  if (!ffprobe)
    console.log(
      'ffprobe is not on the PATH (Debian: apt install ffmpeg), so there is nothing to compare with.',
    )

  let last = await compare(
    clip,
    SLOW_ROUNDS,
    { bytesPerS: SLOW_BYTES_PER_S, delayMs: SLOW_DELAY_MS },
    ffprobe,
  )
  const slow = last
  last = await compare(clip, ROUNDS, null, ffprobe)
  const small = last.bytesRead < 1_000_000
  if (!small) console.log(`FAILED: ${last.bytesRead} bytes read, 1000000 allowed`)
  const faster = last.ratio !== null && last.ratio > 1
  if (ffprobe && !faster) console.log('FAILED: downloading was faster')
  console.log(
    JSON.stringify({ ...last, throttled: { ...slow, bytesPerS: SLOW_BYTES_PER_S, delayMs: SLOW_DELAY_MS } }),
  )
  return small && ffprobe && faster ? 0 : 1
}

interface Outcome {
  bytesRead: number
  requests: number
  murano: { medianMs: number }
  downloadFfprobe: { medianMs: number; bytesRead: number } | null
  ratio: number | null
}

async function compare(
  clip: string,
  rounds: number,
  slow: { bytesPerS: number; delayMs: number } | null,
  ffprobe: boolean,
): Promise<Outcome> {
  const url = await serve(clip, slow)
  let cost = { bytesRead: 0, requests: 0 }
  await using door = openDoor()
  const media = createMedia({
    door,
    copyMs: 120_000,
    onRead: c => {
      cost = c
    },
  })
  try {
    // The reading process is kept between clips, so its start is not part of a probe; it is told apart.
    const cold = await timed(() => media.probeSource(linkTo(url)))
    const ours: number[] = []
    const theirs: number[] = []
    for (let round = 0; round < rounds; round++) {
      ours.push((await timed(() => media.probeSource(linkTo(url)))).ms)
      if (ffprobe) theirs.push((await timed(() => downloadAndAsk(media, url))).ms)
    }
    const a = median(ours)
    const b = ffprobe ? median(theirs) : null
    console.log(
      slow
        ? `\n${slow.bytesPerS / 1e6} MB/s, ${slow.delayMs} ms before each answer, ${rounds} rounds:`
        : `\nfull speed of this machine, ${rounds} rounds:`,
    )
    console.log(
      `  probeSource         ${a.toFixed(1)} ms (first one, with the start of its process: ${cold.ms.toFixed(0)} ms)`,
    )
    console.log(`                      ${cost.bytesRead} bytes in ${cost.requests} requests, of ${size}`)
    if (b !== null)
      console.log(`  download + ffprobe  ${b.toFixed(1)} ms   ${(b / a).toFixed(1)} times as long`)
    return {
      ...cost,
      murano: { medianMs: round(a) },
      downloadFfprobe: b === null ? null : { medianMs: round(b), bytesRead: size },
      ratio: b === null ? null : round(b / a),
    }
  } finally {
    await media.close()
  }
}

async function downloadAndAsk(media: ReturnType<typeof createMedia>, url: string): Promise<void> {
  const path = join(dir, 'downloaded.mp4')
  await media.copy(linkTo(url), path)
  const { stdout } = await run('ffprobe', [
    '-v',
    'error',
    '-show_streams',
    '-show_format',
    '-of',
    'json',
    path,
  ])
  const streams: unknown = JSON.parse(stdout).streams
  if (!Array.isArray(streams) || streams.length !== 2) throw new Error('ffprobe does not see the clip')
  await rm(path)
}

async function serve(clip: string, slow: { bytesPerS: number; delayMs: number } | null): Promise<string> {
  const server = fork(new URL('./probe-server.ts', import.meta.url), [clip, JSON.stringify(slow)], {
    execArgv: [],
  })
  servers.push(server)
  const [url] = await once(server, 'message')
  return String(url)
}

async function timed(work: () => Promise<unknown>): Promise<{ ms: number }> {
  const start = performance.now()
  await work()
  return { ms: performance.now() - start }
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2
}

function round(n: number): number {
  return Math.round(n * 100) / 100
}
