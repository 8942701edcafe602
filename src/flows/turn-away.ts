import { ChatError, type Press } from '../core/chat.ts'
import type { Job } from '../core/job.ts'
import { answeredBefore, maybeApprover, nobodysOwn, notApprover } from '../core/messages/approval-whispers.ts'
import {
  alreadyAnswered,
  isUnstoppable,
  maybeYours,
  notYours,
  tooLateToCancel,
  triedTooLate,
} from '../core/messages/whispers.ts'
import { whoDecides } from '../core/pressers.ts'
import { chosenPrice } from '../core/quote.ts'
import { type Approval, needsApproval } from '../core/rules.ts'
import type { View } from '../core/view.ts'
import { namesOf, type World } from './world.ts'

/**
 * `no`: why who presses does not decide about this job; null: they do. `approvedUnder`: as who approves it, and by which
 * rule (null: there is none any more).
 */
export type LetIn = { no: View } | { no: null; approvedUnder?: Approval | null }

export async function turnAway(world: World, job: Job, press: Press): Promise<LetIn> {
  const own = job.requesterId === press.presserId
  switch (whoDecides(job, press.action!.name, world.clock())) {
    case 'nobody':
      return { no: own && !isAboutApproval(press) ? null : standing(world, job, press) }
    case 'requester':
      return { no: own ? null : notYours(job) }
    case 'managers': {
      if (own) return { no: null }
      const approval = await approvalFor(world, job, press)
      if (!approval)
        return { no: await told(world, job, press.presserManages(), notYours(job), maybeYours(job)) }
      const no = await told(world, job, mayApprove(approval, press), notYours(job), maybeApprover(approval))
      return no ? { no } : { no, approvedUnder: approval }
    }
    case 'approvers': {
      if (own) return { no: nobodysOwn() }
      const rule = await ruleOf(world, job)
      const approval = rule ?? (job.state === 'awaiting_approval' ? job.approval : null)
      if (!approval) return { no: standing(world, job, press) }
      const may = mayApprove(approval, press)
      const no = await told(world, job, may, notApprover(approval), maybeApprover(approval))
      return no ? { no } : { no, approvedUnder: rule }
    }
  }
}

/**
 * The rule by which somebody else than the requester has to decide whether this is paid; null: there is none, or it asks
 * for nobody.
 */
async function approvalFor(world: World, job: Job, press: Press): Promise<Approval | null> {
  if (press.action!.name !== 'retry' || !('offer' in job)) return null
  const approval = await ruleOf(world, job)
  return needsApproval(approval, chosenPrice(job.offer).priceUsd) ? approval : null
}

const ruleOf = async (world: World, { platform, place }: Job): Promise<Approval | null> =>
  (await world.rulebook.of(platform, place.communityId)).approval

const isAboutApproval = ({ action }: Press): boolean =>
  action?.name === 'approve' || action?.name === 'decline'

/** Of several ways, one is enough; what could not be found out counts only where no other one answers. @throws ChatError */
async function mayApprove({ groups, people }: Approval, press: Press): Promise<boolean> {
  if (people.includes(press.presserId)) return true
  const ways = [press.presserManages, ...(groups.length > 0 ? [() => press.presserIsIn(groups)] : [])]
  let failure: unknown = null
  for (const way of ways) {
    try {
      if (await way()) return true
    } catch (error) {
      failure = error
    }
  }
  if (failure) throw failure
  return false
}

/** Null: they may. */
async function told(
  world: World,
  job: Job,
  may: Promise<boolean>,
  no: View,
  maybe: View,
): Promise<View | null> {
  try {
    return (await may) ? null : no
  } catch (error) {
    if (!(error instanceof ChatError)) throw error
    world.log.warn({ job: job.id, error }, 'it could not be told whether who pressed may')
    return maybe
  }
}

/** How it stands, for a press that means nothing any more. */
export function standing(world: World, job: Job, press: Press): View {
  if (isAboutApproval(press)) return answeredBefore(job)
  const name = press.action!.name
  if (name === 'cancel' && isUnstoppable(job)) return tooLateToCancel(job, namesOf(world))
  if (name === 'retry' && job.state === 'failed') return triedTooLate()
  return alreadyAnswered(job)
}
