/** Members who ask, press and press again, whatever happens to the bot meanwhile. */
import { readFile } from 'node:fs/promises'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { createAnswers } from './answers.ts'
import { type Board, kindOf } from './board.ts'
import type { Member } from './hands.ts'
import { AGAIN_MS, createPresses } from './presses.ts'
import type { Random } from './random.ts'
import { createRefusals, type Refusals } from './refusals.ts'

/** What somebody should do soon, so that a certain step comes about. */
export type Wish = 'cancel' | 'choose' | 'refuse' | 'retry' | 'give up' | 'leave' | 'stranger' | 'rule' | Dear
/** What comes about only where somebody else has to agree to the price. */
type Dear = 'approve' | 'decline' | 'take back'
const DEAR: readonly (Wish | null)[] = ['approve', 'decline', 'take back'] satisfies Dear[]

export interface Asked {
  stem: string
  /** Who asks for it, by name. */
  member: string
  /** Somebody else has to agree to its price. */
  isDear: boolean
  /** Bytes of this very clip: by them it is found in Venice's book. */
  sizeBytes: number
  /** Confirm was pressed at least once. */
  pressed: boolean
  /** When something was pressed that may pay for it, by the world's clock, oldest first. */
  payingAt: number[]
  /** Messages whose "Retry" or "Try again" was pressed, by their keys. */
  retried: Set<string>
  /** How often something was pressed while the bot was away. */
  pressedInVain: number
}

export interface Crowd {
  asked: readonly Asked[]
  refusals: Refusals
  wish(wish: Wish | null): void
  /** Nobody asks for anything new from now on; what is open is still seen to. Resolves when all hands are still. */
  finish(): Promise<void>
}

/** Clips that are on their way at once. */
const AT_ONCE = 4
/** So long is a card waited for while the bot is there; then the clip is asked for again, as people do. */
const CARD_MS = 6_000
export async function gather(options: {
  members: Member[]
  board: Board
  random: Random
  /** The world's. */
  clock: () => number
  /** Whoever runs the place sets its rule once more. */
  repeatRule: () => void
}): Promise<Crowd> {
  const { members, board, random, clock, repeatRule } = options
  const asked: Asked[] = []
  const [sound, silent] = await Promise.all(
    [clips.mp4Sound, clips.silent].map(clip => readFile(clipPath(clip))),
  )
  let wish: Wish | null = null
  let finishing = false
  const take = (wanted: Wish) => {
    if (wish !== wanted) return false
    wish = null
    return true
  }
  const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

  const refusals = createRefusals(clock)
  // One pair of eyes for what is said to all; each knows for itself what it is told, and whether the bot is there.
  members.forEach((member, at) => {
    member.watch({
      message: at === 0 ? board.note : () => {},
      drawn: at === 0 ? board.drawn : () => {},
      whisper(key, text) {
        refusals.whispered(member, key, text)
        board.changed()
      },
      online: board.changed,
    })
  })

  const isFinishing = () => finishing
  const presses = createPresses({ board, refusals, clock, isFinishing })
  const answer = createAnswers({ board, presses, members, take, isFinishing })

  /** One clip from its upload to the last word about it. */
  async function one(member: Member, stranger: Member, lot: Random): Promise<void> {
    const stem = `clip${String(asked.length + 1).padStart(4, '0')}`
    const refused = take('refuse')
    const isDear = DEAR.includes(wish) || lot.chance(0.3)
    if (wish === 'approve') wish = null
    const bytes = refused
      ? Buffer.from(`<html>${stem}</html>`)
      : withSize(isDear ? sound! : silent!, asked.length)
    const entry: Asked = {
      stem,
      member: member.name,
      isDear,
      sizeBytes: bytes.length,
      pressed: false,
      payingAt: [],
      retried: new Set(),
      pressedInVain: 0,
    }
    asked.push(entry)
    const clip = { entry, member, stranger, lot }
    const card = () => board.about(stem).find(m => kindOf(m) === 'card')

    if (!member.isOnline() && lot.chance(0.7)) await board.until(() => member.isOnline(), 30_000)
    await member.ask({ bytes, name: `${stem}.mp4` }, lot.chance(0.25) ? 3 : 1)
    if (!(await board.until(card, CARD_MS))) {
      // Asked while the bot was dying, perhaps: it may still come, and then it is as good as any.
      if (!member.isOnline()) await board.until(() => member.isOnline(), 30_000)
      if (refused || !(await board.until(card, CARD_MS))) return
    }
    if (take('stranger') || lot.chance(0.05)) await stranger.press(card()!, 'Confirm', 1)
    if (take('choose') || lot.chance(0.1)) {
      await member.choose(card()!, '4')
      await board.until(() => /\[Confirm/.test(card()!.text) && /4x for/.test(card()!.text), AGAIN_MS)
    }
    if (take('cancel') || lot.chance(0.04)) return presses.once(clip, member, card()!, 'Cancel')
    // Left open: its offer ends some day.
    if (lot.chance(0.07)) return

    entry.pressed = true
    const isOpen = () => card()!.buttons.some(label => label.startsWith('Confirm'))
    await presses.until(
      clip,
      member,
      () => card()!,
      'Confirm',
      () => !isOpen(),
    )
    await answer(clip)
  }

  /** One pair of hands: a clip after the other. */
  async function hands(number: number): Promise<void> {
    const lot = random.fork(`hands ${number}`)
    await pause(150 * number)
    while (!finishing) {
      if (take('rule')) repeatRule()
      const [member, stranger] = lot.shuffled(members)
      // Who may press depends on the platform, and is tested elsewhere; here a refused act is only one that did nothing.
      await one(member!, stranger!, lot).catch(() => pause(200))
    }
  }

  const all = Promise.all(Array.from({ length: AT_ONCE }, (_, number) => hands(number)))
  return {
    asked,
    refusals,
    wish(wanted) {
      wish = wanted
    },
    async finish() {
      finishing = true
      board.changed()
      await all
    },
  }
}

/** The same clip with so many more bytes in a box that every reader skips: no two clips of a run are of one size. */
function withSize(clip: Buffer, number: number): Buffer {
  const box = Buffer.alloc(8 + number)
  box.writeUInt32BE(box.length, 0)
  box.write('free', 4, 'latin1')
  return Buffer.concat([clip, box])
}
