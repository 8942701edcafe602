/** How people press: again and again until it shows, sometimes twice at once, and also while nobody is there to hear it. */
import type { Board } from './board.ts'
import type { Asked } from './crowd.ts'
import type { Member, Shown } from './hands.ts'
import type { Random } from './random.ts'
import type { Refusals } from './refusals.ts'

/** How long people look before they press again. */
export const AGAIN_MS = 1_500
const MOST_TRIES = 25
/** So often people press although there is no money left for it, until they leave it. */
const MOST_REFUSALS = 4
/** Who is about to pay waits so long for somebody else who is, to press at the same moment. */
const TOGETHER_MS = 800

/** A clip in somebody's hands. */
export interface InHand {
  entry: Asked
  /** Who asks for it, and somebody else. */
  member: Member
  stranger: Member
  lot: Random
}

export interface Presses {
  once(clip: InHand, by: Member, message: Shown, label: string): Promise<void>
  /** Resolves when `isDone`, and where they leave it: after too many refusals, or when all is to end. */
  until(clip: InHand, by: Member, message: () => Shown, label: string, isDone: () => boolean): Promise<void>
}

export function createPresses(world: {
  board: Board
  refusals: Refusals
  clock: () => number
  isFinishing: () => boolean
}): Presses {
  const { board, refusals, clock, isFinishing } = world
  const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

  let waiting: (() => void) | null = null
  /** What is counted one after the other is asked for at once. */
  async function together(): Promise<void> {
    const other = waiting
    waiting = null
    if (other) return other()
    const met = new Promise<void>(resolve => {
      waiting = resolve
    })
    await Promise.race([met, pause(TOGETHER_MS)])
  }

  const once: Presses['once'] = async ({ entry, lot }, by, message, label) => {
    if (!by.isOnline()) entry.pressedInVain++
    if (PAYS.test(label)) entry.payingAt.push(clock())
    if (/^(Retry|Try again)/.test(label)) entry.retried.add(message.key)
    await by.press(message, label, lot.chance(0.25) ? 3 : 1)
  }

  return {
    once,
    async until(clip, by, message, label, isDone) {
      const { lot } = clip
      let refused = 0
      for (let tries = 0; !isDone() && tries < MOST_TRIES; tries++) {
        if (!by.isOnline() && lot.chance(0.5)) await board.until(() => by.isOnline(), 30_000)
        if (PAYS.test(label) && lot.chance(0.4)) await together()
        const before = refusals.heardBy(by)
        await once(clip, by, message(), label)
        if (lot.chance(0.3)) await once(clip, by, message(), label)
        if (lot.chance(0.2)) await by.again()
        await board.until(() => isDone() || refusals.heardBy(by) > before, AGAIN_MS)
        if (isFinishing() && tries > 2) return
        if (isDone() || refusals.heardBy(by) === before) continue
        if (++refused === MOST_REFUSALS) return
        await board.until(isDone, lot.between(0, AGAIN_MS))
      }
    },
  }
}

const PAYS = /^(Confirm|Approve|Retry|Try again)/
