/**
 * Whether more was spent than may be, counted again without anything of the bot: from what Venice has charged, and from
 * the bot's own lines in the order in which they were written. Each overrun is a sentence.
 */
import type { VeniceBook } from '../../src/sandbox/control.ts'
import { dayOf, monthOf } from './calendar.ts'
import type { Limits } from './limits.ts'

/** A line of the ledger by which the budget loses (negative) or gets back, oldest first. */
export interface BudgetLine {
  jobId: string
  countedAt: number
  amountUsd: number
  communityId: string
  requesterId: string
}

/** A change of a job, oldest first. */
export interface Change {
  jobId: string
  type: string
  to: string
  communityId: string
  requesterId: string
}

/** A clip, by its size in Venice's book, and when somebody pressed what may pay for it. World's clock, ms. */
export interface Paying {
  stem: string
  sizeBytes: number
  member: string
  payingAt: readonly number[]
}

const exact = (usd: number) => `$${(usd / 1_000_000).toFixed(6)}`

/** After every single line: whoever passed a limit for a moment only has passed it. */
export function inTheLedger(lines: readonly BudgetLine[], limits: Limits): string[] {
  const overruns: string[] = []
  const sums = createSums(limits)
  for (const { jobId, countedAt, amountUsd, communityId, requesterId } of lines) {
    const over = sums.add(-amountUsd, {
      person: `${communityId} ${requesterId} ${dayOf(countedAt)}`,
      community: `${communityId} ${monthOf(countedAt)}`,
      total: monthOf(countedAt),
    })
    // What comes back is no overrun, even while there still is one.
    if (amountUsd < 0) overruns.push(...over.map(what => `in the ledger, by job ${jobId}: ${what}`))
  }
  return overruns
}

/**
 * In the end: what was charged and not given back. It counts when it was agreed to, which lies between somebody's press
 * and Venice's acceptance; where a day ended in between, it is left out.
 */
export function atVenice(clips: readonly Paying[], book: VeniceBook, limits: Limits): string[] {
  const sums = createSums(limits)
  for (const { sizeBytes, member, payingAt } of clips) {
    let after = 0
    const charges = book.jobs.filter(job => job.source.bytes === sizeBytes)
    for (const { accepted_at, charged_usd, refunded_usd } of charges.sort(byAcceptance)) {
      const pressedAt = payingAt.find(at => at > after) ?? accepted_at
      after = accepted_at
      const keys = {
        ...(dayOf(pressedAt) === dayOf(accepted_at) && { person: `${member} ${dayOf(accepted_at)}` }),
        ...(monthOf(pressedAt) === monthOf(accepted_at) && {
          community: `everybody ${monthOf(accepted_at)}`,
          total: monthOf(accepted_at),
        }),
      }
      sums.add(Math.round((charged_usd - refunded_usd) * 1_000_000), keys)
    }
  }
  return sums.over().map(what => `at Venice: ${what}`)
}
const byAcceptance = (a: { accepted_at: number }, b: { accepted_at: number }) => a.accepted_at - b.accepted_at

/** Agreed to, and not ended, when one more was agreed to. An answer that comes late is nothing that anybody agrees to. */
export function atOnce(changes: readonly Change[], limits: Limits): string[] {
  const overruns: string[] = []
  const running = new Map<string, Set<string>>()
  for (const { jobId, type, to, communityId, requesterId } of changes) {
    const person = `${communityId} ${requesterId}`
    const own = running.get(person) ?? new Set()
    running.set(person, own)
    if (AGREED.includes(type)) {
      own.add(jobId)
      if (own.size > limits.jobsAtOnce)
        overruns.push(
          `at once, by job ${jobId}: ${person} has ${own.size}, and may have ${limits.jobsAtOnce}`,
        )
    } else if (!RUNNING.includes(to)) own.delete(jobId)
  }
  return overruns
}
const AGREED = ['confirmed', 'approved', 'retry_chosen']
const RUNNING = ['confirmed', 'submitting', 'processing', 'saving', 'delivering']

type Key = 'person' | 'community' | 'total'

function createSums(limits: Limits) {
  const of = { person: limits.personDayUsd, community: limits.communityMonthUsd, total: limits.totalMonthUsd }
  const sums = new Map<string, { key: Key; usd: number }>()
  const passed = (name: string) => {
    const { key, usd } = sums.get(name)!
    return usd > of[key] ? [`${name} has ${exact(usd)}, and may have ${exact(of[key])}`] : []
  }
  return {
    /** Returns the limits that are passed now. */
    add(usd: number, names: Partial<Record<Key, string>>): string[] {
      return (Object.entries(names) as [Key, string][]).flatMap(([key, name]) => {
        const sum = `${key} ${name}`
        sums.set(sum, { key, usd: (sums.get(sum)?.usd ?? 0) + usd })
        return passed(sum)
      })
    },
    over: () => [...sums.keys()].flatMap(passed),
  }
}
