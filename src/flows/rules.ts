import type { AdminAct, CapRule } from '../core/admin.ts'
import type { AdminRequest } from '../core/chat.ts'
import { totalOf } from '../core/ledger.ts'
import {
  approvalView,
  capsView,
  type Drawn,
  noPool,
  poolView,
  type RuleOutcome,
} from '../core/messages/rules.ts'
import type { Pool, Rules } from '../core/rules.ts'
import type { View } from '../core/view.ts'
import type { World } from './world.ts'

type Act<A extends AdminAct['act']> = Extract<AdminAct, { act: A }>

/** Sets what there is to set, and answers the caps as they are then. */
export async function caps(world: World, request: AdminRequest, { set }: Act<'caps'>): Promise<View> {
  const changes = Object.entries(set) as [CapRule, number | null][]
  const before = await rulesAt(world, request)
  for (const [rule, value] of changes) await write(world, request, rule, value)
  const now = await rulesAt(world, request)
  const rules = changes.map(([rule]) => rule)
  return capsView(world.caps, now, outcomeOf(rules, before, now))
}

export async function approval(world: World, request: AdminRequest, { set }: Act<'approval'>): Promise<View> {
  const before = await rulesAt(world, request)
  if (set?.aboveUsd === null) await write(world, request, 'approval', null)
  else if (set) {
    const { platform, communityId, personId, eventId } = request
    const { aboveUsd } = set
    await world.rulebook.changeApproval(platform, communityId, personId, { ...set, aboveUsd }, eventId)
    noteChange(world, request, { approval: set })
  }
  const now = await rulesAt(world, request)
  return approvalView(now.approval, outcomeOf(set ? ['approval'] : [], before, now))
}

export async function pool(world: World, request: AdminRequest, { set }: Act<'pool'>): Promise<View> {
  const before = await rulesAt(world, request)
  if (set === 'off') await write(world, request, 'pool', null)
  else if (set && 'new' in set)
    await write(world, request, 'pool', {
      amountUsd: set.new,
      perHeadUsd: set.each,
      since: world.clock(),
    })
  else if (set) {
    const { platform, communityId, personId, eventId } = request
    if (!(await world.rulebook.changePool(platform, communityId, personId, set, eventId))) return noPool()
    noteChange(world, request, { pool: set })
  }
  const now = await rulesAt(world, request)
  const drawn = now.pool ? await drawnFrom(world, request, now.pool) : []
  return poolView(now.pool, drawn, outcomeOf(set ? ['pool'] : [], before, now))
}

/** What became of these rules; none: they were only looked at. Both as they are read, so that equal ones look the same. */
function outcomeOf(rules: readonly (keyof Rules)[], before: Rules, now: Rules): RuleOutcome {
  if (rules.length === 0) return 'shown'
  if (rules.some(rule => JSON.stringify(before[rule]) !== JSON.stringify(now[rule]))) return 'set'
  return rules.every(rule => now[rule] === null) ? 'none' : 'same'
}

const rulesAt = (world: World, { platform, communityId }: AdminRequest): Promise<Rules> =>
  world.rulebook.of(platform, communityId)

async function write<K extends keyof Rules>(world: World, request: AdminRequest, rule: K, value: Rules[K]) {
  const { platform, communityId, personId, eventId } = request
  await world.rulebook.set(platform, communityId, personId, rule, value, eventId)
  noteChange(world, request, { [rule]: value })
}

const noteChange = (world: World, { platform, communityId, personId }: AdminRequest, change: object) =>
  world.log.info(
    { platform, community: communityId, by: personId, ...change },
    'a rule of a community is set',
  )

/** The clocks of other processes may be ahead of ours: everything since then. */
const EVER = Number.MAX_SAFE_INTEGER

async function drawnFrom(
  world: World,
  { platform, communityId }: AdminRequest,
  { since }: Pool,
): Promise<Drawn[]> {
  const spent = await world.books.spent(platform, communityId, since, EVER)
  return spent.map(({ requesterId, standing }) => ({ personId: requesterId, usedUsd: totalOf(standing) }))
}
