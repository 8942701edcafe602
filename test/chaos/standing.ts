/** How a clip stands, told from nothing but what its members did and what they can see. */
import { kindOf, type Posted } from './board.ts'
import type { Shown } from './hands.ts'

export interface Standing {
  /** Paid requests that people agreed to: the card's Confirm, and every answer "Retry" or "Try again". */
  confirmations: number
  /** Ends that were said: results, open or answered questions, failures. A failure by "Give up" ends its question. */
  ends: number
  /** Ends that have to be there: one for each confirmation, one more where a lost answer came after all. */
  wanted: number
  results: number
  questions: number
  failures: number
  /** Messages that say what another one says already. */
  saidTwice: number
  /** Its requester has agreed, and somebody else has to. */
  waits: boolean
}

export function standingOf(messages: readonly Posted[]): Standing {
  const of = (kind: ReturnType<typeof kindOf>) => messages.filter(m => kindOf(m) === kind)
  const [cards, results, questions, failures] = [
    of('card'),
    of('result').filter(m => m.hasVideo),
    distinct(of('question')),
    distinct(of('failure')),
  ]
  const says = (list: readonly Shown[], what: RegExp) => list.filter(m => what.test(m.text)).length
  const retried = says(questions, /Sent again on request of/) + says(failures, /chose to try again at/)
  const confirmed = cards.some(m => /confirmed\s+\dx for/.test(m.text)) ? 1 : 0
  const settled = says(questions, /did accept it; only its answer was late/)
  const givenUp = says(failures, /given up by choice/)
  return {
    confirmations: confirmed + retried,
    wanted: confirmed + retried + settled,
    ends: Math.min(1, results.length) + questions.length + failures.length - givenUp,
    results: results.length,
    questions: questions.length,
    failures: failures.length,
    saidTwice:
      Math.max(0, results.length - 1) +
      of('question').length -
      questions.length +
      of('failure').length -
      failures.length,
    waits: cards.some(m => /somebody else has to agree here/.test(m.text)),
  }
}

/**
 * Messages on which people pressed to try again, and which do not say so. Most such presses came to nothing; but where
 * the bot had died between posting a message and noting it, a press acts and the message never hears of it.
 */
export const unanswered = (messages: readonly Shown[], retried: ReadonlySet<string>): number =>
  messages.filter(m => retried.has(m.key) && !RETRIED.test(m.text)).length

const RETRIED = /Sent again on request of|chose to try again at/

export const isEnded = ({ ends, wanted, waits }: Standing): boolean => ends >= wanted && !waits

/** From one question or failure to the next one a job makes at least so many moves. */
const MOVES_BETWEEN = 3

/** The same facts at about the same time are the same question or failure, whatever was answered below; the newest of each. */
function distinct(messages: readonly Posted[]): Posted[] {
  const facts = ({ text }: Posted) =>
    text.split(/Look at your|, or whoever manages|chose to try again|What happened/)[0]!
  const isNear = (a: number | null, b: number | null) =>
    a === null || b === null || Math.abs(a - b) < MOVES_BETWEEN
  const isSame = (a: Posted, b: Posted) => facts(a) === facts(b) && isNear(a.version, b.version)
  return messages.filter((message, at) => !messages.slice(at + 1).some(later => isSame(message, later)))
}
