import { ChatError, type ChatErrorCode, type Found, type UpscaleRequest } from '../core/chat.ts'
import type { Clip } from '../core/clip.ts'
import { Refusal, type RefusalCode, Unavailable } from '../core/errors.ts'
import type { JobIn } from '../core/job.ts'
import { refusalView } from '../core/messages/refusals.ts'
import type { SourceForProvider } from '../core/ports.ts'
import { estimateUsd } from '../core/pricing.ts'
import { type ClipSource, LINK, shareableUrl } from '../core/source.ts'
import { refusalFor } from '../core/upload-rules.ts'
import type { View } from '../core/view.ts'
import { commit } from './commit.ts'
import { isPosted, placeOf, postsOf, takePlace } from './notify.ts'
import { askTerms, offerOf } from './price.ts'
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
  let placed = false
  try {
    await allowed(world, job)
    const known = typeof request.found === 'function' ? null : clipIn(request.found)
    await takePlace(world, job)
    placed = true
    await quote(world, job, known ?? clipIn(await (request.found as () => Promise<Found>)()))
  } catch (error) {
    // Where the card's place could not be taken, only its requester can be told.
    const unposted = !placed && (error instanceof Refusal || error instanceof ChatError)
    await refuse(world, job, error, { inPlace: !unposted })
  }
}

/** A price that nobody could agree to would only be in the way. */
async function allowed(world: World, { platform, place }: JobIn<'quoting'>): Promise<void> {
  const freeze = await world.books.frozen(platform, place.communityId)
  if (freeze) throw new Refusal('frozen', freeze.scope === 'all' ? { everywhere: 1 } : {})
}

function clipIn(found: Found): ClipSource {
  if (found.problem) throw new Refusal(found.problem.code, found.problem.facts)
  return found.clip
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
    fileName: request.fileName,
    factor: request.factor,
    reply: request.reply,
    ...(request.replySeenBy === 'requester' && { replySeenBy: 'requester' }),
    createdAt: now,
    stateAt: now,
    attempts: 0,
    notBefore: 0,
    posts: {},
  }
}

async function quote(world: World, job: JobIn<'quoting'>, from: ClipSource): Promise<void> {
  // Read first, by range reads: most clips that can't be taken are refused before they are downloaded.
  const seen = await fetching(from, () => world.media.probeSource(from))
  acceptable(world, seen)
  const sourceKey = `sources/${job.id}.${seen.container}`
  await takeIn(world, from, sourceKey)
  try {
    // What is priced and sent is our copy, so it is the copy that counts: all of it, not what a range read showed.
    const clip = await world.media.probeFile(world.files.path(sourceKey))
    acceptable(world, clip)
    const sourceUrl = shareableUrl(from)
    const source = sourceFor(world, { ...job, clip, sourceKey, sourceUrl })
    if (source.url === null && source.sizeBytes > world.upscaler.maxInlineBytes) {
      throw new Refusal('too_big_to_send', { limitMb: Math.floor(world.upscaler.maxInlineBytes / 1e6) })
    }
    const prices = await askPrice(world, clip, source)
    const offer = await offerOf(world, clip, job.factor, prices, world.upscaler.profile)
    const quoted = await commit(world, job, {
      type: 'quoted',
      fileName: from.fileName,
      clip,
      sourceKey,
      sourceUrl,
      offer,
    })
    // Taken for dead and answered meanwhile: nobody will ask for this copy.
    if (!quoted) await world.files.remove(sourceKey)
  } catch (error) {
    await world.files.remove(sourceKey)
    throw error
  }
}

/** What a refusal means where the clip is behind a link: the cure is another one. */
const OF_LINKS: Partial<Record<RefusalCode, RefusalCode>> = {
  source_gone: 'link_dead',
  not_video: 'link_not_video',
}

async function fetching<T>(from: ClipSource, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof Refusal && from.origin === LINK ? OF_LINKS[error.code] : undefined
    throw code ? new Refusal(code, (error as Refusal).facts, { cause: error }) : error
  }
}

function acceptable(world: World, clip: Clip): void {
  const refusal = refusalFor(clip, world.upscaler.profile)
  if (refusal) throw refusal
}

/** Attachments of a command vanish after a while, so the bytes are copied to our own storage at once. */
async function takeIn(world: World, from: ClipSource, key: string): Promise<void> {
  const scratch = await world.files.scratch()
  try {
    await fetching(from, () => world.media.copy(from, scratch))
    await world.files.keep(scratch, key)
  } finally {
    await world.files.discard(scratch)
  }
}

async function askPrice(world: World, clip: Clip, source: SourceForProvider) {
  const { profile } = world.upscaler
  const { quoted, balance, silence } = await askTerms(world, clip, profile, source)
  // What stands in the way of paying is said before anybody is asked to pay; an unreadable balance stops nothing.
  if (balance?.kind === 'empty') throw new Refusal('balance_empty')
  if (balance?.kind === 'refused') throw new Refusal('key_refused', { account: balance.code })
  if (quoted) return quoted
  if (silence) throw new Refusal('provider_down', { retryAfterMs: silence.retryAfterMs ?? 0 })
  // It lives, only its prices don't: then the price list has to do, and is said to be what it is.
  const prices = new Map(profile.factors.map(factor => [factor, estimateUsd(profile, clip, factor)]))
  return { kind: 'estimate' as const, prices }
}

/** Where nothing could be said for so long, nobody waits for it any more. */
const SAYING_MS = 60 * 60_000

/**
 * Says why, and forgets the request. Where it could not be said for a reason that passes, the request stays, and the
 * sweep says it later. `inPlace`: the card's place may have been taken, whether that was noted or not.
 */
export async function refuse(
  world: World,
  job: JobIn<'quoting'>,
  error: unknown,
  { inPlace }: { inPlace: boolean },
): Promise<void> {
  const refusal = asRefusal(error)
  if (refusal.code === 'internal') world.log.error({ job: job.id, error }, 'a request broke on our side')
  else world.log.info({ job: job.id, refusal: refusal.code, facts: refusal.facts }, 'refused')
  try {
    await say(world, job, refusalView(refusal, namesOf(world)), inPlace)
  } catch (failure) {
    world.log.warn({ job: job.id, error: failure }, 'a refusal could not be said')
    const passes = !(failure instanceof ChatError) || failure.code === 'unavailable'
    if (passes && world.clock() - job.createdAt < SAYING_MS) throw failure
  }
  await world.store.forget(job.id)
}

/** In the card's place, else as the answer, else, where the answer's time has passed, in a message of its own. */
async function say(world: World, job: JobIn<'quoting'>, view: View, inPlace: boolean): Promise<void> {
  const chat = chatOf(world, job)
  const { card } = await postsOf(world, job)
  if (card) return chat.edit(card, view)
  const post = async () => chat.post(await placeOf(world, job), view, { key: `${job.id}-card` })
  if (isPosted(job) && (inPlace || !job.reply)) {
    const message = await post()
    // One that was posted and not noted is found by its key, and shows its old words until it is edited.
    if (inPlace) await chat.edit(message, view)
    return
  }
  try {
    await chat.reply(job.reply!, view)
  } catch (error) {
    if (!(error instanceof ChatError) || error.code !== 'expired') throw error
    await post()
  }
}

/** What the requester is told where the card could not even be posted. */
const UNPOSTABLE: Partial<Record<ChatErrorCode, RefusalCode>> = {
  not_member: 'not_member',
  gone: 'not_reachable',
  archived: 'channel_archived',
  hidden: 'not_reachable',
  left: 'not_installed',
  forbidden: 'posting_forbidden',
  unavailable: 'busy',
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof ChatError) {
    const code = UNPOSTABLE[error.code]
    if (code) return new Refusal(code, error.facts, { cause: error })
  }
  if (error instanceof Unavailable) return new Refusal('busy', {}, { cause: error })
  return new Refusal('internal', {}, { cause: error })
}
