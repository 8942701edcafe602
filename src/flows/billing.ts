import { Unavailable } from '../core/errors.ts'
import { lookedAgain, windowOf } from '../core/evidence.ts'
import type { ChargeLine, JobIn, LostAnswer } from '../core/job.ts'
import { commit } from './commit.ts'
import type { World } from './world.ts'

/** Looks what the provider's billing says of the newest request whose answer was lost, and shows it to people. */
export async function lookAtBilling(world: World, job: JobIn<'unconfirmed'>): Promise<void> {
  const newest = job.lost.at(-1)
  const lines = newest ? await chargesAround(world, job, newest) : null
  const numbers = (lines ?? []).flatMap(line => line.queueId ?? [])
  const known = numbers.length > 0 ? await world.store.knownReceipts(numbers) : []
  await commit(world, job, {
    type: 'looked',
    evidence: lookedAgain(job.evidence, lines, known, world.clock()),
  })
}

/** Null: it could not be read. */
async function chargesAround(
  world: World,
  job: JobIn<'unconfirmed'>,
  newest: LostAnswer,
): Promise<ChargeLine[] | null> {
  const { from, to } = windowOf(newest, world.clock())
  try {
    return await world.upscaler.charges(from, to)
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    world.log.warn({ job: job.id, error }, 'the billing could not be read')
    return null
  }
}
