import { ChatError, isClosedForNow } from '../core/chat.ts'
import { CONTAINER_TYPES } from '../core/clip.ts'
import type { JobIn, MessageRef } from '../core/job.ts'
import { type Delivery, resultView } from '../core/messages/result.ts'
import { backoffMs } from '../core/schedule.ts'
import type { Enclosure } from '../core/view.ts'
import { commit } from './commit.ts'
import { note, postNearby, postsOf } from './notify.ts'
import { chatOf, namesOf, RESULT_LINK_MS, resultLink, type World } from './world.ts'

/** With the growing waits this is a day: a platform that is down for an evening loses no result. */
const MAX_ATTEMPTS = 150

/** Posts the result in the thread: attached where it fits, else as a link to our own file. */
export async function deliver(world: World, job: JobIn<'delivering'>): Promise<void> {
  try {
    const { closing } = await postsOf(world, job)
    if (!closing) await note(world, job, { closing: await post(world, job) })
    await commit(world, job, { type: 'delivered' })
  } catch (error) {
    // A permission may be given back; a deleted channel does not return.
    const passes = !(error instanceof ChatError) || error.code === 'unavailable' || isClosedForNow(error)
    world.log.warn({ job: job.id, attempts: job.attempts, error }, 'the result was not posted')
    if (passes && job.attempts + 1 < MAX_ATTEMPTS) {
      await commit(world, job, {
        type: 'postponed',
        retryAt: world.clock() + backoffMs(job.attempts),
        why: String(error),
      })
      return
    }
    await commit(world, job, { type: 'undeliverable', why: String(error) })
  }
}

async function post(world: World, job: JobIn<'delivering'>): Promise<MessageRef> {
  const { result } = job
  const limit = await chatOf(world, job).uploadLimit(job.place)
  if (result.clip.sizeBytes <= limit) {
    const file: Enclosure = {
      path: world.files.path(result.key),
      fileName: result.fileName,
      contentType: CONTAINER_TYPES[result.clip.container],
      sizeBytes: result.clip.sizeBytes,
    }
    try {
      return await postAs(world, job, { kind: 'attached' }, file)
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== 'file_refused') throw error
    }
  }
  const link = resultLink(world, result, world.clock() + RESULT_LINK_MS)
  const tooLarge = result.clip.sizeBytes > limit
  return postAs(world, job, { kind: 'linked', tooLarge, ...link })
}

const postAs = (
  world: World,
  job: JobIn<'delivering'>,
  delivery: Delivery,
  file?: Enclosure,
): Promise<MessageRef> =>
  postNearby(
    world,
    job,
    resultView(job, delivery, namesOf(world), job.stateAt),
    `${job.id}-result-${delivery.kind}`,
    file,
  )
