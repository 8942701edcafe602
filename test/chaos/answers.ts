/** What people answer to what they are asked: whether somebody else may pay, and what to do about an end. */
import { type Board, kindOf } from './board.ts'
import type { Wish } from './crowd.ts'
import type { Member, Shown } from './hands.ts'
import type { InHand, Presses } from './presses.ts'
import type { Random } from './random.ts'
import { APPROVERS } from './rules.ts'
import { isEnded, standingOf } from './standing.ts'

/** So long is an end waited for before the next clip is asked for; it may still come, and is looked at in the end. */
const PATIENCE_MS = 12_000
/** Attempts that one clip gets. */
const MOST_CONFIRMATIONS = 3

export interface Answering {
  board: Board
  presses: Presses
  members: readonly Member[]
  take(wish: Wish): boolean
  isFinishing(): boolean
}

export type Answers = (clip: InHand) => Promise<void>

export function createAnswers({ board, presses, members, take, isFinishing }: Answering): Answers {
  const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
  const newest = ({ key }: Shown, stem: string) => board.about(stem).find(m => m.key === key)!

  /** Nobody approves their own. */
  const approverOf = ({ member, lot }: InHand): Member =>
    lot.pick(members.filter(({ name }) => name !== member.name && APPROVERS.includes(name)))

  /** One of those who may says yes or no, or nobody does, or its requester takes it back. */
  async function seeToApproval(clip: InHand): Promise<void> {
    const { entry, member, stranger, lot } = clip
    const all = () => board.about(entry.stem)
    const asks = () => all().find(m => m.buttons.some(label => label.startsWith('Approve')))
    const isWaiting = () => standingOf(all()).waits
    if (!(await board.until(() => asks() ?? !isWaiting(), PATIENCE_MS))) return
    const question = asks()
    if (!question) return
    if (lot.chance(0.1)) await presses.once(clip, member, question, 'Approve')
    if (lot.chance(0.1)) await presses.once(clip, stranger, question, 'Approve')
    const isAnswered = () => !newest(question, entry.stem).buttons.some(label => label.startsWith('Approve'))
    const card = () => all().find(m => kindOf(m) === 'card')!
    const drawn = lot.next()
    if (take('decline') || drawn < 0.12)
      return presses.until(clip, approverOf(clip), () => question, 'Decline', isAnswered)
    if (take('take back') || drawn < 0.2) return presses.until(clip, member, card, 'Cancel', isAnswered)
    // Left open: its offer ends some day.
    if (drawn < 0.26) return
    await presses.until(clip, approverOf(clip), () => question, 'Approve', isAnswered)
  }

  /** Waits for ends and answers them, until one is left as it is. */
  async function seeToEnd(clip: InHand): Promise<void> {
    const { entry, member, lot } = clip
    for (let rounds = 0; rounds < 2 * MOST_CONFIRMATIONS; rounds++) {
      const open = await board.until(() => {
        const messages = board.about(entry.stem)
        const standing = standingOf(messages)
        if (isFinishing() || (standing.wanted > 0 && isEnded(standing))) return { messages, standing }
      }, PATIENCE_MS)
      if (!open) return
      const question = open.messages.findLast(m => m.buttons.some(b => /^(Retry|Give up)/.test(b)))
      const failure = open.messages.findLast(m => m.buttons.some(b => b.startsWith('Try again')))
      const asks = question ?? failure
      if (!asks) return
      const more = open.standing.confirmations < MOST_CONFIRMATIONS
      const again = more && (take('retry') || lot.chance(0.4))
      const label = question ? answerTo(more, lot) : again ? 'Try again' : null
      if (label === null) return
      await pause(lot.between(0, 600))
      const before = newest(asks, entry.stem).text
      const by = entry.isDear && label !== 'Give up' ? approverOf(clip) : member
      await presses.until(
        clip,
        by,
        () => asks,
        label,
        () => newest(asks, entry.stem).text !== before,
      )
    }
  }

  function answerTo(more: boolean, lot: Random): string | null {
    if (take('leave')) return null
    if (take('give up')) return 'Give up'
    if (more && take('retry')) return 'Retry'
    const drawn = lot.next()
    if (drawn < 0.2) return null
    return more && drawn < 0.65 ? 'Retry' : 'Give up'
  }

  return async clip => {
    if (clip.entry.isDear) await seeToApproval(clip)
    await seeToEnd(clip)
  }
}
