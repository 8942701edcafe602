import type { UpscaleRequest } from '../core/chat.ts'
import { type Clip, FACTORS } from '../core/clip.ts'
import { Refusal, Unavailable } from '../core/errors.ts'
import type { JobIn } from '../core/job.ts'
import { refusalView } from '../core/messages/refusals.ts'
import type { SourceForProvider } from '../core/ports.ts'
import { estimateUsd } from '../core/pricing.ts'
import { makeOffer } from '../core/quote.ts'
import { refusalFor } from '../core/upload-rules.ts'
import { commit } from './commit.ts'
import { chatOf, namesOf, sourceFor, type World } from './world.ts'

/**
 * Somebody asks for a clip to be upscaled (the answer is acknowledged already): look whether it can be done, read the
 * clip, copy it, ask the price, show the card. A request that can't be taken on is answered and leaves nothing behind.
 */
export async function onRequest(world: World, request: UpscaleRequest): Promise<void> {
  const job = newJob(world, request)
  if ((await world.store.create(job, request.eventId)) === 'duplicate') {
    world.log.info({ event: request.eventId }, 'the same event again; it has its job already')
    return
  }
  try {
    await quote(world, job, request)
  } catch (error) {
    await refuse(world, job, error)
  }
}

function newJob(world: World, request: UpscaleRequest): JobIn<'quoting'> {
  const now = world.clock()
  return {
    state: 'quoting',
    id: world.newId(),
    version: 1,
    platform: request.platform,
    place: request.place,
    requesterId: request.requesterId,
    fileName: request.clip.fileName,
    factor: request.factor,
    reply: request.reply,
    createdAt: now,
    stateAt: now,
    attempts: 0,
    notBefore: 0,
    posts: {},
  }
}

async function quote(world: World, job: JobIn<'quoting'>, request: UpscaleRequest): Promise<void> {
  if (request.missingPermissions.length > 0) {
    throw new Refusal('missing_permission', { permissions: request.missingPermissions.join(', ') })
  }
  // Read first, by range reads: most clips that can't be taken are refused before they are downloaded.
  const seen = await world.media.probeUrl(request.clip.url)
  acceptable(world, seen)
  const sourceKey = `sources/${job.id}.${seen.container}`
  await takeIn(world, request.clip.url, sourceKey)
  try {
    // What is priced and sent is our copy, so it is the copy that counts: all of it, not what a range read showed.
    const clip = await world.media.probeFile(world.files.path(sourceKey))
    acceptable(world, clip)
    const source = sourceFor(world, { ...job, clip, sourceKey, sourceUrl: request.clip.url })
    const prices = await askPrice(world, clip, source)
    const offer = makeOffer(clip, job.factor, prices, {
      now: world.clock(),
      maxSidePx: world.upscaler.profile.maxSidePx,
    })
    const quoted = await commit(world, job, {
      type: 'quoted',
      clip,
      sourceKey,
      sourceUrl: request.clip.url,
      offer,
    })
    // Taken for dead and answered meanwhile: nobody will ask for this copy.
    if (!quoted) await world.files.remove(sourceKey)
  } catch (error) {
    await world.files.remove(sourceKey)
    throw error
  }
}

function acceptable(world: World, clip: Clip): void {
  const refusal = refusalFor(clip, world.upscaler.profile)
  if (refusal) throw refusal
}

/** Attachments of a command vanish after a while, so the bytes are copied to our own storage at once. */
async function takeIn(world: World, url: string, key: string): Promise<void> {
  const scratch = await world.files.scratch()
  try {
    await world.media.copy(url, scratch)
    await world.files.keep(scratch, key)
  } finally {
    await world.files.discard(scratch)
  }
}

async function askPrice(world: World, clip: Clip, source: SourceForProvider) {
  const { upscaler } = world
  const [priced, balanced] = await Promise.allSettled([upscaler.quote(clip, source), upscaler.balance()])
  // An empty balance is said before anybody is asked to pay; an unreadable one stops nothing.
  if (balanced.status === 'fulfilled' && balanced.value && !balanced.value.canSpend)
    throw new Refusal('balance_empty')
  if (priced.status === 'fulfilled') return priced.value
  if (!(priced.reason instanceof Unavailable)) throw priced.reason
  if (balanced.status === 'rejected') throw new Refusal('provider_down', {}, { cause: priced.reason })
  // It lives, only its prices don't: then the price list has to do, and is said to be what it is.
  const prices = new Map(FACTORS.map(factor => [factor, estimateUsd(upscaler.profile, clip, factor)]))
  return { kind: 'estimate' as const, prices }
}

/** Says why, and forgets the request. */
export async function refuse(world: World, job: JobIn<'quoting'>, error: unknown): Promise<void> {
  const refusal = asRefusal(error)
  if (refusal.code === 'internal') world.log.error({ job: job.id, error }, 'a request broke on our side')
  else world.log.info({ job: job.id, refusal: refusal.code, facts: refusal.facts }, 'refused')
  try {
    await chatOf(world, job).reply(job.reply, refusalView(refusal, namesOf(world)))
  } finally {
    await world.store.forget(job.id)
  }
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof Unavailable) return new Refusal('busy', {}, { cause: error })
  return new Refusal('internal', {}, { cause: error })
}
