/** The numbers of a run: from Venice's book, from what members saw, and from what the harness itself did and measured. */
import type { VeniceBook } from '../../src/sandbox/control.ts'
import { type Board, kindOf, STEM } from './board.ts'
import type { Move } from './bot.ts'
import type { Asked } from './crowd.ts'
import type { PaidCall } from './proxy.ts'
import { isEnded, standingOf, unanswered } from './standing.ts'

export interface Verdict {
  confirmed: number
  /** Accepted paid requests beyond one for each confirmation. */
  doubleSubmissions: number
  /** Confirmed, accepted and completed at Venice, and its end can be seen nowhere. */
  lost: number
  /** Confirmed, and its end can be seen nowhere. */
  silent: number
  /** Questions about lost answers that were asked. */
  unconfirmed: number
  /** Those of them where no answer was lost and no process died in the middle. */
  needless: number
  /** Presses that acted, and whose message still asks. */
  unsaid: number
  /** Messages that say what another one says already. No part of what is promised. */
  saidTwice: number
  results: number
  failures: number
  accepted: number
  /** How questions to approvers ended, as far as people saw it. */
  approvals: Record<'asked' | 'approved' | 'declined', number>
  /** For each number above that should be zero and is not: which clips. */
  culprits: {
    what: 'doubleSubmissions' | 'lost' | 'silent' | 'needless' | 'unsaid' | 'saidTwice'
    stem: string
  }[]
}

export function judge(run: {
  asked: readonly Asked[]
  board: Board
  book: VeniceBook
  moves: readonly Move[]
  paid: readonly PaidCall[]
}): Verdict {
  const verdict: Verdict = {
    ...{
      confirmed: 0,
      doubleSubmissions: 0,
      lost: 0,
      silent: 0,
      unconfirmed: 0,
      needless: 0,
      unsaid: 0,
      saidTwice: 0,
    },
    ...{ results: 0, failures: 0, accepted: 0, culprits: [] },
    approvals: { asked: 0, approved: 0, declined: 0 },
  }
  const blame = (what: Verdict['culprits'][number]['what'], stem: string, count = 1) => {
    if (count <= 0) return
    verdict[what] += count
    verdict.culprits.push({ what, stem })
  }
  for (const { stem, sizeBytes, pressed, retried } of run.asked) {
    const messages = run.board.about(stem)
    const standing = standingOf(messages)
    const accepted = run.book.jobs.filter(job => job.source.bytes === sizeBytes)
    verdict.confirmed += standing.confirmations
    verdict.accepted += accepted.length
    verdict.results += standing.results
    verdict.failures += standing.failures
    verdict.unconfirmed += standing.questions
    for (const { text } of messages.filter(m => kindOf(m) === 'approval')) {
      verdict.approvals.asked++
      if (/Approved by/.test(text)) verdict.approvals.approved++
      if (/Declined by/.test(text)) verdict.approvals.declined++
    }
    // Accepted beyond what was said to be agreed to, and beyond what people did press.
    const beyond = Math.max(0, accepted.length - (pressed ? standing.confirmations : 0))
    const unsaid = Math.min(beyond, unanswered(messages, retried))
    blame('doubleSubmissions', stem, beyond - unsaid)
    blame('unsaid', stem, unsaid)
    if (!isEnded(standing)) {
      blame('silent', stem)
      if (accepted.some(job => job.status === 'COMPLETED')) blame('lost', stem)
    }
    const unknown = unknownAnswers(stem, run.moves, run.paid)
    blame('needless', stem, standing.questions - unknown)
    blame('saidTwice', stem, standing.saidTwice)
  }
  return verdict
}

/** What may end an attempt to hand a job over. */
const OUTCOMES = ['accepted', 'not_accepted', 'answer_lost', 'failed']

/**
 * How many paid requests of a clip were really left without an answer: its process was killed between the note that it is
 * being sent and the note of what came back, or what came back proves nothing (no answer, or one of 500 and above).
 */
export function unknownAnswers(stem: string, moves: readonly Move[], paid: readonly PaidCall[]): number {
  const own = moves.filter(move => STEM.exec(move.fileName)?.[0] === stem)
  const sent = own.filter(move => move.event === 'submitting' && move.when === 'begin')
  return sent.filter(({ life, jobId }, at) => {
    const later = own.slice(own.indexOf(sent[at]!) + 1)
    const next = later.findIndex(move => move.event === 'submitting' && move.when === 'begin')
    const until = next < 0 ? later : later.slice(0, next)
    const noted = until.some(m => m.life === life && m.when === 'end' && OUTCOMES.includes(m.event))
    if (!noted) return true
    const before = sent.slice(0, at).filter(m => m.life === life).length
    const call = paid.filter(p => p.jobId === jobId && p.life === life)[before]
    return call !== undefined && (!call.answered || call.status === null || call.status >= 500)
  }).length
}
