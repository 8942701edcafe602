import { type Clip, CONTAINER_TYPES } from '../core/clip.ts'
import { Ended, Final, Refusal, Unavailable } from '../core/errors.ts'
import type { FailureCode, JobIn, ResultFile } from '../core/job.ts'
import { backoffMs, GIVE_UP_MS, LEAST_ATTEMPTS } from '../core/schedule.ts'
import { commit } from './commit.ts'
import type { World } from './world.ts'

/** A file that can't be read will hardly get better; an outage passes, and the provider keeps its copy for a day. */
const UNREADABLE_ATTEMPTS = 4
/** A text or a scrap in place of the file may be a storage that does not have all of it yet: about ten minutes. */
const SCRAP_ATTEMPTS = 8
const CONTAINERS = Object.keys(CONTAINER_TYPES)
/** Codes of what is in our own way: a full disk, a reader that is closed or busy. */
const OURS = ['storage_failed', 'probe_closed', 'probe_busy']

/** Fetches the finished video, puts the sound back if it was dropped, reads the file again, and keeps it. */
export async function save(world: World, job: JobIn<'saving'>): Promise<void> {
  const scratch = await world.files.scratch()
  const joined = await world.files.scratch()
  try {
    const kept = await keptBefore(world, job)
    if (kept) {
      await commit(world, job, { type: 'saved', result: kept })
      return
    }
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

/** What was kept already, by a process that died before it could note it: the provider may not give it twice. */
async function keptBefore(world: World, job: JobIn<'saving'>): Promise<ResultFile | null> {
  for (const container of CONTAINERS) {
    const key = `results/${job.id}.${container}`
    if (!(await world.files.has(key))) continue
    // Whatever lies there was moved in whole; unreadable, it is fetched anew.
    const clip = await world.media.probeFile(world.files.path(key)).catch(() => null)
    if (!clip) continue
    const silent = job.clip.audioCodec === null ? 'none' : 'lost'
    return { key, fileName: resultName(job, clip), clip, sound: clip.audioCodec === null ? silent : 'kept' }
  }
  return null
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
  const { attempts, submittedAt, provider } = job
  world.log.warn({ job: job.id, attempts, queueId: provider.queueId, error }, 'the result was not saved')
  const unreadable = isUnreadable(error)
  if (error instanceof Ended) {
    await commit(world, job, { type: 'failed', failure: error.failure })
    return
  }
  const code = giveUpFor(job, error, world.clock() - submittedAt)
  if (code) {
    await commit(world, job, { type: 'failed', failure: { code, charged: 'yes' } })
    return
  }
  // "Not finished", "asked too often" and the like come with a time.
  const waitMs = Math.max(backoffMs(attempts), (error instanceof Unavailable && error.retryAfterMs) || 0)
  await commit(world, job, {
    type: 'postponed',
    retryAt: world.clock() + waitMs,
    why: String(error),
    ...(unreadable && { unreadable }),
  })
}

/** Something came, but no video that can be read: broken, or a text or a scrap in its place. */
const isUnreadable = (error: unknown): boolean => error instanceof Refusal || isScrap(error)
const isScrap = (error: unknown): boolean => error instanceof Unavailable && error.code === 'result_not_video'

/** Asked too often, or resting: nobody was reached, so nothing is known. */
const isLimited = (error: unknown): boolean =>
  error instanceof Unavailable && ['provider_limited', 'provider_resting'].includes(error.code)

/** Why nothing more is tried after this error; null: it is tried again. `ageMs`: since the job was accepted. */
export function giveUpFor(
  { unreadable, attempts }: Pick<JobIn<'saving'>, 'unreadable' | 'attempts'>,
  error: unknown,
  ageMs: number,
): FailureCode | null {
  if (error instanceof Final) return 'provider_lost_it'
  if (isUnreadable(error)) {
    const most = isScrap(error) ? SCRAP_ATTEMPTS : UNREADABLE_ATTEMPTS
    return unreadable + 1 < most ? null : 'result_unreadable'
  }
  if (ageMs < GIVE_UP_MS || isLimited(error) || attempts + 1 < LEAST_ATTEMPTS) return null
  return error instanceof Unavailable && !OURS.includes(error.code) ? 'never_finished' : 'internal'
}

/** "holiday.mov" at 2x becomes "holiday-2x.mp4". */
function resultName(job: JobIn<'saving'>, clip: Clip): string {
  const stem = job.fileName.replace(/\.[^.]{1,5}$/, '')
  return `${stem}-${job.offer.chosen}x.${clip.container}`
}
