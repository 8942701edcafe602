import type { Clip } from '../core/clip.ts'
import { Final, Refusal, Unavailable } from '../core/errors.ts'
import type { FailureCode, JobIn, ResultFile } from '../core/job.ts'
import { backoffMs, GIVE_UP_MS } from '../core/schedule.ts'
import { commit } from './commit.ts'
import type { World } from './world.ts'

/** A file that can't be read will hardly get better; an outage passes, and the provider keeps its copy for a day. */
const UNREADABLE_ATTEMPTS = 4

/** Fetches the finished video, puts the sound back if it was dropped, reads the file again, and keeps it. */
export async function save(world: World, job: JobIn<'saving'>): Promise<void> {
  const scratch = await world.files.scratch()
  const joined = await world.files.scratch()
  try {
    await world.upscaler.fetchResult(job.provider, scratch)
    const fetched = await world.media.probeFile(scratch)
    const { path, clip, sound } = await withSound(world, job, scratch, joined, fetched)
    const key = `results/${job.id}.${clip.container}`
    await world.files.keep(path, key)
    const result: ResultFile = { key, fileName: resultName(job, clip), clip, sound }
    await commit(world, job, { type: 'saved', result })
  } catch (error) {
    await retryOrFail(world, job, error)
  } finally {
    await Promise.all([world.files.discard(scratch), world.files.discard(joined)])
  }
}

async function withSound(
  world: World,
  job: JobIn<'saving'>,
  fetched: string,
  joined: string,
  clip: Clip,
): Promise<{ path: string; clip: Clip; sound: ResultFile['sound'] }> {
  if (clip.audioCodec !== null) return { path: fetched, clip, sound: 'kept' }
  if (job.clip.audioCodec === null) return { path: fetched, clip, sound: 'none' }
  try {
    await world.media.joinSound(fetched, world.files.path(job.sourceKey), joined)
    const read = await world.media.probeFile(joined)
    return { path: joined, clip: read, sound: read.audioCodec === null ? 'lost' : 'restored' }
  } catch (error) {
    // A silent video is better than none: it was paid for. The result says that its sound is missing.
    world.log.warn({ job: job.id, error }, 'the sound could not be put back')
    return { path: fetched, clip, sound: 'lost' }
  }
}

async function retryOrFail(world: World, job: JobIn<'saving'>, error: unknown): Promise<void> {
  world.log.warn(
    { job: job.id, attempts: job.attempts, queueId: job.provider.queueId, error },
    'the result was not saved',
  )
  const passes =
    error instanceof Refusal
      ? job.attempts + 1 < UNREADABLE_ATTEMPTS
      : !(error instanceof Final) && world.clock() - job.submittedAt < GIVE_UP_MS
  if (passes) {
    await commit(world, job, {
      type: 'postponed',
      retryAt: world.clock() + backoffMs(job.attempts),
      why: String(error),
    })
    return
  }
  await commit(world, job, { type: 'failed', failure: { code: failureCode(error), charged: 'yes' } })
}

function failureCode(error: unknown): FailureCode {
  if (error instanceof Refusal) return 'result_unreadable'
  if (error instanceof Final) return 'provider_lost_it'
  if (error instanceof Unavailable) return 'provider_unreachable'
  return 'internal'
}

/** "holiday.mov" at 2x becomes "holiday-2x.mp4". */
function resultName(job: JobIn<'saving'>, clip: Clip): string {
  const stem = job.fileName.replace(/\.[^.]{1,5}$/, '')
  return `${stem}-${job.offer.chosen}x.${clip.container}`
}
