/** Members who ask, press and press again, whatever happens to the bot meanwhile. */
import { readFile } from 'node:fs/promises'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { type Board, kindOf } from './board.ts'
import type { Member, Shown } from './hands.ts'
import type { Random } from './random.ts'
import { createRefusals, type Refusals } from './refusals.ts'
import { isEnded, standingOf } from './standing.ts'

/** What somebody should do soon, so that a certain step comes about. */
export type Wish = 'cancel' | 'choose' | 'refuse' | 'retry' | 'give up' | 'stranger'

export interface Asked {
  stem: string
  /** Who asks for it, by name. */
  member: string
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
/** How long people look before they press again. */
const AGAIN_MS = 1_500
/** So long is an end waited for before the next clip is asked for; it may still come, and is looked at in the end. */
const PATIENCE_MS = 12_000
/** So often people press although there is no money left for it, until they leave it. */
const MOST_REFUSALS = 4
/** Who is about to pay waits so long for somebody else who is, to press at the same moment. */
const TOGETHER_MS = 800
/** Attempts that one clip gets. */
const MOST_CONFIRMATIONS = 3

export async function gather(options: {
  members: Member[]
  board: Board
  random: Random
  /** The world's. */
  clock: () => number
}): Promise<Crowd> {
  const { members, board, random, clock } = options
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
      whisper(key, text) {
        refusals.whispered(member, key, text)
        board.changed()
      },
      online: board.changed,
    })
  })

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

  /** One clip from its upload to the last word about it. */
  async function one(member: Member, stranger: Member, lot: Random): Promise<void> {
    const stem = `clip${String(asked.length + 1).padStart(4, '0')}`
    const refused = take('refuse')
    const bytes = refused
      ? Buffer.from(`<html>${stem}</html>`)
      : withSize(lot.chance(0.3) ? sound! : silent!, asked.length)
    const entry: Asked = {
      stem,
      member: member.name,
      sizeBytes: bytes.length,
      pressed: false,
      payingAt: [],
      retried: new Set(),
      pressedInVain: 0,
    }
    asked.push(entry)
    const all = () => board.about(stem)
    const card = () => all().find(m => kindOf(m) === 'card')
    const deliveries = () => (lot.chance(0.25) ? 3 : 1)
    const press = async (message: Shown, label: string) => {
      if (!member.isOnline()) entry.pressedInVain++
      if (/^(Confirm|Retry|Try again)/.test(label)) entry.payingAt.push(clock())
      if (/^(Retry|Try again)/.test(label)) entry.retried.add(message.key)
      await member.press(message, label, deliveries())
    }

    if (!member.isOnline() && lot.chance(0.7)) await board.until(() => member.isOnline(), 30_000)
    await member.ask({ bytes, name: `${stem}.mp4` }, deliveries())
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
    if (take('cancel') || lot.chance(0.04)) return press(card()!, 'Cancel')
    // Left open: its offer ends some day.
    if (lot.chance(0.07)) return

    // Pressed until it shows, sometimes twice at once, also while nobody is there to hear it.
    const isOpen = () => card()!.buttons.some(label => label.startsWith('Confirm'))
    let tooMuch = 0
    for (let tries = 0; isOpen() && tries < 25; tries++) {
      if (!member.isOnline() && lot.chance(0.5)) await board.until(() => member.isOnline(), 30_000)
      if (lot.chance(0.4)) await together()
      entry.pressed = true
      const before = refusals.heardBy(member)
      await press(card()!, 'Confirm')
      if (lot.chance(0.3)) await press(card()!, 'Confirm')
      if (lot.chance(0.2)) await member.again()
      await board.until(() => !isOpen() || refusals.heardBy(member) > before, AGAIN_MS)
      if (!isOpen() || refusals.heardBy(member) === before) continue
      if (++tooMuch === MOST_REFUSALS) return
      await board.until(() => !isOpen(), lot.between(0, AGAIN_MS))
    }
    await seeToEnd(member, stem, press, lot)
  }

  /** Waits for ends and answers them, until one is left as it is. */
  async function seeToEnd(
    member: Member,
    stem: string,
    press: (message: Shown, label: string) => Promise<void>,
    lot: Random,
  ): Promise<void> {
    for (let rounds = 0; rounds < 2 * MOST_CONFIRMATIONS; rounds++) {
      const open = await board.until(() => {
        const messages = board.about(stem)
        const standing = standingOf(messages)
        if (finishing || (standing.wanted > 0 && isEnded(standing))) return { messages, standing }
      }, PATIENCE_MS)
      if (!open) return
      const question = open.messages.findLast(m => m.buttons.some(b => /^(Retry|Give up)/.test(b)))
      const failure = open.messages.findLast(m => m.buttons.some(b => b.startsWith('Try again')))
      const asks = question ?? failure
      if (!asks) return
      const more = open.standing.confirmations < MOST_CONFIRMATIONS
      const label = question
        ? answerTo(more, lot)
        : more && (take('retry') || lot.chance(0.4))
          ? 'Try again'
          : null
      if (label === null) return
      await pause(lot.between(0, 600))
      const before = board.about(stem).find(m => m.key === asks.key)!.text
      const isSame = () => board.about(stem).find(m => m.key === asks.key)!.text === before
      let refused = 0
      for (let tries = 0; tries < 15 && isSame(); tries++) {
        const refusedBefore = refusals.heardBy(member)
        if (!member.isOnline() && lot.chance(0.5)) await board.until(() => member.isOnline(), 30_000)
        await press(asks, label)
        if (lot.chance(0.3)) await press(asks, label)
        await board.until(() => !isSame(), AGAIN_MS)
        if (finishing && tries > 2) return
        if (isSame() && refusals.heardBy(member) > refusedBefore && ++refused === MOST_REFUSALS) return
      }
    }
  }

  function answerTo(more: boolean, lot: Random): string | null {
    if (take('give up')) return 'Give up'
    if (more && take('retry')) return 'Retry'
    const drawn = lot.next()
    if (drawn < 0.2) return null
    return more && drawn < 0.65 ? 'Retry' : 'Give up'
  }

  /** One pair of hands: a clip after the other. */
  async function hands(number: number): Promise<void> {
    const lot = random.fork(`hands ${number}`)
    await pause(150 * number)
    while (!finishing) {
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
