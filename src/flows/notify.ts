import { type Chat, ChatError, isClosedForNow } from '../core/chat.ts'
import type { Agreed, Job, JobIn, MessageRef, Posts, State } from '../core/job.ts'
import { answeredApprovalView, approvalNews, approvalView, lastAsked } from '../core/messages/approval.ts'
import { quoteCard } from '../core/messages/card.ts'
import { failureView, pastFailureView } from '../core/messages/failure.ts'
import { lateView, progressView } from '../core/messages/progress.ts'
import { readingView, seeThread } from '../core/messages/reading.ts'
import { undeliveredView } from '../core/messages/result.ts'
import { answeredView, unconfirmedView } from '../core/messages/unconfirmed.ts'
import type { View } from '../core/view.ts'
import { chatOf, namesOf, RESULT_LINK_MS, resultLink, type World } from './world.ts'

/**
 * Shows people how a job stands. Safe to repeat at any time: messages that exist are edited, the others are posted
 * under a key of their own. What fails does not keep the rest from being said. Throws the first failure; the sweep
 * calls again.
 */
export async function tell(world: World, job: Job): Promise<void> {
  const failures: unknown[] = []
  for (const step of stepsFor(world, job)) await step().catch(error => failures.push(error))
  if (ASKING.includes(job.state)) await redrawNewer(world, job).catch(error => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

/** What people are shown then has buttons. */
const ASKING: readonly State[] = ['quoted', 'awaiting_approval', 'unconfirmed', 'failed']

/**
 * Where the job has moved on while this was shown, an edit from here may have come after those of the newer state, and
 * would leave its buttons there for good: so what the newer state shows is drawn once more.
 */
async function redrawNewer(world: World, job: Job): Promise<void> {
  const newest = await world.store.get(job.id)
  if (!newest || newest.version <= job.version) return
  const closed = { cardDone: false, approvalDone: false, questionDone: false, failureDone: false }
  await note(world, newest, closed)
  await tell(world, newest)
}

function stepsFor(world: World, job: Job): (() => Promise<void>)[] {
  switch (job.state) {
    case 'quoting':
      return []
    case 'cancelled':
      return [() => showCard(world, job), () => closeApproval(world, job)]
    case 'quoted':
    case 'declined':
    case 'expired':
      return [() => showCard(world, job), () => closeApproval(world, job), () => sayApprovalNews(world, job)]
    case 'awaiting_approval':
      return [() => showCard(world, job), () => closeApproval(world, job), () => askForAnswer(world, job)]
  }
  // Whatever was left with its buttons by a failed edit is drawn again, in every later state.
  const answered = [
    () => closeCard(world, job),
    () => closeApproval(world, job),
    () => closeQuestion(world, job),
    () => closeFailure(world, job),
  ]
  const progress = () => showProgress(world, job)
  // Not waited for: the next change of state must not stand behind a ration of edits.
  const beside = async () => {
    void progress().catch(error => world.log.warn({ job: job.id, error }, 'progress was not shown'))
  }
  switch (job.state) {
    case 'confirmed':
      return [...answered, progress]
    case 'submitting':
    case 'saving':
    case 'delivering':
      return [...answered, beside]
    case 'processing':
      return [...answered, () => sayLate(world, job), beside]
    case 'delivered':
      return [...answered, progress]
    case 'unconfirmed':
      return [...answered, () => askForAnswer(world, job), progress]
    case 'failed':
      return [...answered, () => askForAnswer(world, job), progress]
    case 'undelivered':
      return [...answered, () => showUndelivered(world, job)]
  }
}

/** Its card is what people look at. */
type Unpaid = JobIn<'quoted' | 'awaiting_approval' | 'declined' | 'expired' | 'cancelled'>

async function showCard(world: World, job: Unpaid): Promise<void> {
  const chat = chatOf(world, job)
  const view = quoteCard(job, namesOf(world))
  const { card } = await postsOf(world, job)
  if (card && job.state !== 'quoted') return goneIsFine(world, chat.edit(card, view))
  if (card) {
    try {
      return await chat.edit(card, view)
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== 'gone') throw error
      // Deleted while the clip was read. The price was asked for, so it is said, once.
      const again = await chat.post(await placeOf(world, job), view, { key: `${job.id}-card-again` })
      return note(world, job, { card: again })
    }
  }
  // Without a card there is nothing to take the buttons from.
  if (job.state === 'quoted') await note(world, job, { card: await replyOrPost(world, chat, job, view) })
}

/** Whether the card is a message of its own, and not the answer to the command. */
export const isPosted = (job: JobIn<'quoting' | 'quoted'>): boolean =>
  !job.reply || job.replySeenBy === 'requester'

/** Where such a card stands. */
export const placeOf = async (world: World, job: Job): Promise<string> =>
  job.place.anchor ? threadOf(world, job) : job.place.channelId

/**
 * Where only the requester sees the reply, the card's place is taken as soon as the request is there: people see that
 * something happens, and a place that can't be written to is known before anything is read.
 */
export async function takePlace(world: World, job: JobIn<'quoting'>): Promise<void> {
  if (!isPosted(job)) return
  await note(world, job, {
    card: await chatOf(world, job).post(await placeOf(world, job), readingView(job), {
      key: `${job.id}-card`,
    }),
  })
  const elsewhere = job.place.anchor !== undefined || job.place.isThread
  if (!job.reply || !elsewhere) return
  await chatOf(world, job)
    .reply(job.reply, seeThread())
    .catch(error => world.log.info({ job: job.id, error }, 'the requester was not told where to look'))
}

/** Once for each attempt: it says what was agreed to, and by whom. */
async function closeCard(world: World, job: Agreed): Promise<void> {
  const { card, cardDone, cardOf = job.confirmedAt } = await postsOf(world, job)
  if (!card || (cardDone && cardOf === job.queuedAt)) return
  await goneIsFine(world, chatOf(world, job).edit(card, quoteCard(job, namesOf(world))))
  await note(world, job, { cardDone: true, cardOf: job.queuedAt })
}

/** The acknowledged answer is filled in; where its time has passed, the card is posted by itself. */
async function replyOrPost(world: World, chat: Chat, job: JobIn<'quoted'>, view: View) {
  const post = async () => chat.post(await placeOf(world, job), view, { key: `${job.id}-card` })
  if (isPosted(job)) return post()
  try {
    return (await chat.reply(job.reply!, view)) ?? (await post())
  } catch (error) {
    if (!(error instanceof ChatError) || error.code !== 'expired') throw error
    world.log.warn({ job: job.id }, 'the answer came too late for its command; posting the card by itself')
    return post()
  }
}

async function showProgress(world: World, job: Agreed): Promise<void> {
  const newest = await world.store.get(job.id)
  // The job has moved on while this waited: the newer state shows itself, and must not be written over.
  if (newest && newest.version > job.version) return
  const view = progressView(job, namesOf(world), world.clock())
  const progress = newest?.posts.progress
  if (progress) return goneIsFine(world, world.progress.show(chatOf(world, job), progress, view))
  const channelId = await threadOf(world, job)
  await note(world, job, {
    progress: await chatOf(world, job).post(channelId, view, { key: `${job.id}-progress` }),
  })
}

/** The thread of a job: the one it was asked in, else one on the clip's message or on its card, else the channel itself. */
export async function threadOf(world: World, job: Job): Promise<string> {
  const posts = await postsOf(world, job)
  if (posts.threadId) return posts.threadId
  const threadId = await openThread(world, job, posts)
  await note(world, job, { threadId })
  return threadId
}

async function openThread(world: World, job: Job, posts: Posts): Promise<string> {
  const starter = job.place.anchor ?? posts.card
  if (job.place.isThread || !starter) return job.place.channelId
  try {
    return await chatOf(world, job).openThread(starter, `Upscale ${job.fileName}`)
  } catch (error) {
    if (!(error instanceof ChatError) || error.code === 'unavailable') throw error
    world.log.warn({ job: job.id, error }, 'no thread could be opened; staying in the channel')
    return job.place.channelId
  }
}

/** The message that ends a job; there is one. */
async function sayTheEnd(world: World, job: Job, view: View): Promise<void> {
  const { closing } = await postsOf(world, job)
  if (!closing) await note(world, job, { closing: await postNearby(world, job, view, `${job.id}-closing`) })
}

/** Once in the life of an attempt. */
async function sayLate(world: World, job: JobIn<'processing'>): Promise<void> {
  if (!job.late) return
  const { late, lateOf } = await postsOf(world, job)
  const of = job.earlier.length
  if (late && lateOf === of) return
  const posted = await postNearby(world, job, lateView(job, namesOf(world)), `${job.id}-late-${of}`)
  await note(world, job, { late: posted, lateOf: of })
}

type Asking = JobIn<'unconfirmed' | 'awaiting_approval' | 'failed'>

/**
 * The message that asks for an answer: each lost answer has its question, each asking its message to the approvers, and
 * each attempt that failed its own; `of`: which of them, as noted in {@link Posts}.
 */
export function askingOf(job: Asking): { name: 'question' | 'approval' | 'failure'; of: number } {
  switch (job.state) {
    case 'unconfirmed':
      return { name: 'question', of: job.lost.length }
    case 'awaiting_approval':
      return { name: 'approval', of: job.askedAt }
    case 'failed':
      return { name: 'failure', of: job.earlier.length }
  }
}

function askingView(world: World, job: Asking): View {
  switch (job.state) {
    case 'unconfirmed':
      return unconfirmedView(job, namesOf(world))
    case 'awaiting_approval':
      return approvalView(job, namesOf(world))
    case 'failed':
      return failureView(job, namesOf(world))
  }
}

/** In a message of its own, as an edit notifies nobody; what becomes known later is written into it. */
async function askForAnswer(world: World, job: Asking): Promise<void> {
  const { name, of } = askingOf(job)
  const posts = await postsOf(world, job)
  const shown = posts[`${name}Of`] === of ? posts[name] : undefined
  const view = askingView(world, job)
  if (shown && (await isEdited(world, job, shown, view))) return
  const posted = await postNearby(world, job, view, `${job.id}-${name}-${of}${shown ? '-again' : ''}`)
  // Posted before and not noted, it would keep what it showed then, and its buttons would be those of an older version.
  const hasChanged = (job.state === 'unconfirmed' && job.evidence) || job.offer.wasUsd !== undefined
  if (hasChanged) await chatOf(world, job).edit(posted, view)
  await noteAsked(world, job, posted)
}

/** Noted over an older one that could not be closed yet, it would leave that with its buttons for good. */
export async function noteAsked(world: World, job: Asking, message: MessageRef): Promise<void> {
  const { name, of } = askingOf(job)
  if (job.state === 'awaiting_approval') await closeApproval(world, job)
  else await (job.state === 'unconfirmed' ? closeQuestion : closeFailure)(world, job)
  await note(world, job, { [name]: message, [`${name}Of`]: of, [`${name}Done`]: false })
}

/** False: somebody deleted it. A message that asks for an answer is then posted once more. */
async function isEdited(world: World, job: Job, message: MessageRef, view: View): Promise<boolean> {
  try {
    await chatOf(world, job).edit(message, view)
    return true
  } catch (error) {
    if (!(error instanceof ChatError) || error.code !== 'gone') throw error
    return view.controls.length === 0
  }
}

/** An answered question keeps its facts and loses its buttons. */
async function closeQuestion(world: World, job: Agreed): Promise<void> {
  const { question, questionOf, questionDone } = await postsOf(world, job)
  if (!question || questionDone) return
  if (job.state === 'unconfirmed' && questionOf === job.lost.length) return
  await goneIsFine(world, chatOf(world, job).edit(question, answeredView(job, namesOf(world), questionOf)))
  await note(world, job, { questionDone: true })
}

/** Answered, taken back, ended or dearer: it keeps its facts, loses its buttons and says which. */
async function closeApproval(world: World, job: Exclude<Job, JobIn<'quoting'>>): Promise<void> {
  if (!job.asked) return
  const { approval, approvalOf, approvalDone } = await postsOf(world, job)
  const asked = job.asked.find(({ askedAt }) => askedAt === approvalOf)
  if (!approval || approvalDone || !asked) return
  await goneIsFine(world, chatOf(world, job).edit(approval, answeredApprovalView(job, asked)))
  await note(world, job, { approvalDone: true })
}

/** The same where it was pressed: what was asked last is asked there, if that is not noted. */
export async function closePressedApproval(world: World, job: Job, pressed: MessageRef): Promise<void> {
  const asked = lastAsked(job)
  if (!asked || !('offer' in job)) return
  const { approval, approvalOf } = await postsOf(world, job)
  const isNoted = approvalOf === asked.askedAt || approval?.messageId === pressed.messageId
  if (isNoted) return closeApproval(world, job)
  await goneIsFine(world, chatOf(world, job).edit(pressed, answeredApprovalView(job, asked)))
}

/** The requester is told in a message of its own that they have to ask or to agree anew, once for each asking. */
async function sayApprovalNews(world: World, job: JobIn<'quoted' | 'declined' | 'expired'>): Promise<void> {
  const asked = lastAsked(job)
  // An offer that ended before it was confirmed anew: nobody waits for that.
  if (job.state === 'expired' && asked?.answer.what !== 'expired') return
  const view = asked && approvalNews(job, asked)
  if (!view || (await postsOf(world, job)).approvalSaid === asked.askedAt) return
  await postNearby(world, job, view, `${job.id}-approval-${asked.askedAt}-news`)
  await note(world, job, { approvalSaid: asked.askedAt })
}

/** Tried again: the message keeps its facts, loses its button and says who did. */
async function closeFailure(world: World, job: Agreed): Promise<void> {
  const { failure, failureOf = 0, failureDone } = await postsOf(world, job)
  if (!failure || failureDone || failureOf >= job.earlier.length) return
  const view = pastFailureView(job, failureOf, namesOf(world))
  await goneIsFine(world, chatOf(world, job).edit(failure, view))
  await note(world, job, { failureDone: true })
}

/** Posts in the thread, or, where that is gone or closed to us, in the channel that the request came from. */
export async function postNearby(
  world: World,
  job: Job,
  view: View,
  key: string,
  file?: Parameters<Chat['post']>[2]['file'],
) {
  const chat = chatOf(world, job)
  const options = file ? { key, file } : { key }
  const threadId = await threadOf(world, job)
  try {
    return await chat.post(threadId, view, options)
  } catch (error) {
    const elsewhere = isClosedForNow(error) || (error instanceof ChatError && error.code === 'gone')
    if (!elsewhere || threadId === job.place.channelId) throw error
    return chat.post(job.place.channelId, view, options)
  }
}

/** Said in a message of its own, or, where no new message may be posted, in the progress message that is there. */
async function showUndelivered(world: World, job: JobIn<'undelivered'>): Promise<void> {
  const link = resultLink(world, job.result, job.stateAt + RESULT_LINK_MS)
  world.log.error(
    { job: job.id, url: link.url, why: job.why },
    'a finished result could not be posted; it is kept',
  )
  const view = undeliveredView(job, link, namesOf(world))
  try {
    await sayTheEnd(world, job, view)
    await showProgress(world, job)
  } catch (error) {
    const { progress } = await postsOf(world, job)
    if (!progress) throw error
    await world.progress.show(chatOf(world, job), progress, view)
  }
}

/** Posts are noted beside the state, so the job at hand may not know of the newest. */
export async function postsOf(world: World, job: Job): Promise<Posts> {
  return (await world.store.get(job.id))?.posts ?? job.posts
}

export const note = (world: World, job: Job, posts: Posts): Promise<void> =>
  world.store.notePosts(job.id, posts)

/** Somebody deleted the message: nothing to edit, and no reason to try again. What may be let in again is tried again. */
async function goneIsFine(world: World, edit: Promise<void>): Promise<void> {
  try {
    await edit
  } catch (error) {
    if (!(error instanceof ChatError) || error.code === 'unavailable' || isClosedForNow(error)) throw error
    world.log.warn({ error }, 'a message could not be edited any more')
  }
}
