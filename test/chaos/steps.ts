/** Every named step at which the bot is killed, as data: before and after each write, each call, each post. */
import { CALLS } from './calls.ts'
import type { Wish } from './crowd.ts'
import type { Platform, Stores } from './place.ts'
import type { Random } from './random.ts'

/** Where a step lies, and what makes it come about where it does not by itself. */
export interface Point {
  /** "write job accepted", "venice pay". */
  name: string
  only?: Platform | Stores
  /** A fault that is on until then. */
  fault?: string
  /** What a member does. */
  wish?: Wish
  /** The machine stands still for 40 minutes before this life. */
  outage?: true
  /** Discord does not know the bot's commands any more. */
  forgetful?: true
  /** The paid step and its neighbours: first in every plan. */
  money?: true
}

const WRITES: readonly Point[] = [
  { name: 'write job created' },
  { name: 'write file kept in sources' },
  { name: 'write job quoted' },
  { name: 'write job forgotten', wish: 'refuse' },
  { name: 'write job chose', wish: 'choose' },
  { name: 'write job cancelled', wish: 'cancel' },
  { name: 'write job expired', outage: true },
  { name: 'write job confirmed', money: true },
  { name: 'write job approval_asked', wish: 'approve' },
  { name: 'write job approved', wish: 'approve', money: true },
  { name: 'write job declined', wish: 'decline' },
  /** Of what was agreed, with the money held for it. */
  { name: 'write commit', money: true },
  { name: 'write queue add' },
  { name: 'write job submitting', money: true },
  { name: 'write job not_accepted', fault: 'overloaded' },
  { name: 'write job answer_lost', fault: 'lost-answer' },
  { name: 'write job accepted', money: true },
  { name: 'write job looked', fault: 'lost-answer', wish: 'leave' },
  { name: 'write job retry_chosen', wish: 'retry', fault: 'failed-job' },
  { name: 'write job polled' },
  { name: 'write job poll_failed', fault: 'retrieve-500' },
  { name: 'write job finished' },
  { name: 'write job failed', fault: 'failed-job' },
  { name: 'write job postponed', fault: 'tiny-file' },
  { name: 'write file kept in results' },
  { name: 'write job saved', money: true },
  { name: 'write job delivered', money: true },
  { name: 'write job cleaned' },
  { name: 'write note card' },
  { name: 'write note cardDone' },
  { name: 'write note threadId' },
  { name: 'write note approval', wish: 'approve' },
  { name: 'write note approvalDone', wish: 'approve' },
  { name: 'write note approvalSaid', wish: 'decline' },
  { name: 'write note progress' },
  { name: 'write note question', fault: 'lost-answer' },
  { name: 'write note questionDone', fault: 'accepted-500', wish: 'give up' },
  { name: 'write note failure', fault: 'failed-job' },
  { name: 'write note failureDone', fault: 'failed-job', wish: 'retry' },
  { name: 'write note closing' },
  { name: 'write rule changed', wish: 'rule' },
  { name: 'write told' },
  { name: 'write due claimed' },
  { name: 'write polls claimed' },
  { name: 'write limit taken' },
  { name: 'write run time noted' },
  { name: 'write posting begun' },
  { name: 'write posting noted', only: 'slack' },
]

/** Calls that need something to come about. */
const NEEDS: Readonly<Record<string, Partial<Point>>> = {
  'discord set commands': { forgetful: true },
  'discord whisper': { wish: 'stranger' },
  'slack whisper': { wish: 'stranger' },
  'discord post question': { fault: 'lost-answer' },
  'slack post question': { fault: 'lost-answer' },
  'discord post failure': { fault: 'failed-job' },
  'slack post failure': { fault: 'failed-job' },
  'discord edit question': { fault: 'accepted-500', wish: 'give up' },
  'slack edit question': { fault: 'accepted-500', wish: 'give up' },
  'discord edit failure': { fault: 'failed-job', wish: 'retry' },
  'slack edit failure': { fault: 'failed-job', wish: 'retry' },
  'discord post approval': { wish: 'approve' },
  'slack post approval': { wish: 'approve' },
  'discord edit approval': { wish: 'take back' },
  'slack edit approval': { wish: 'take back' },
  'discord post news': { wish: 'decline' },
  'slack post news': { wish: 'decline' },
  'slack look into a group': { wish: 'approve' },
  'venice look at the billing': { fault: 'lost-answer', wish: 'leave' },
  'venice pay': { money: true },
  'discord post result': { money: true },
  'slack post result': { money: true },
}

/** Both sides of every point that a run can come to. */
export function stepsFor(platform: Platform, stores: Stores): { name: string; point: Point }[] {
  const other = platform === 'discord' ? 'slack' : 'discord'
  const calls = CALLS.filter(call => call.side !== other && !call.seldom).map((call): Point => {
    const name = `${call.side} ${call.name}`
    return { name, ...NEEDS[name] }
  })
  return [...WRITES, ...calls]
    .filter(({ only }) => only === undefined || only === platform || only === stores)
    .flatMap(point => ['before', 'after'].map(side => ({ name: `${side} ${point.name}`, point })))
}

export interface Planned {
  /** Null: killed at a random moment. */
  step: { name: string; nth: number; point: Point } | null
}

/** Named steps and random moments in turns, the paid step first; each named step once, then again, as far as it goes. */
export function planFor(kills: number, steps: ReturnType<typeof stepsFor>, random: Random): Planned[] {
  const first = random.shuffled(steps.filter(step => step.point.money))
  const rest = random.shuffled(steps.filter(step => !step.point.money))
  const order = [...first, ...rest]
  return Array.from({ length: kills }, (_, at): Planned => {
    // Every third at random while there are enough kills for all steps, or where all have had their turn.
    const named = at - Math.floor((at + 1) / 3)
    if (at % 3 === 2) return { step: null }
    const step = order[named % order.length]!
    return { step: { ...step, nth: named < order.length ? 1 : random.between(1, 3) } }
  })
}
