import { beforeEach, describe, expect, it } from 'vitest'
import type { View } from '../../../src/core/view.ts'
import { createProgress, type Progress } from '../../../src/flows/progress.ts'

const view = (summary: string): View => ({ tone: 'working', parts: [], controls: [], notifies: [], summary })
const message = { channelId: '1', messageId: '2' }
const log = { debug() {}, info() {}, warn() {}, error() {} }

describe('the progress message', () => {
  let now: number
  let timers: { at: number; callback: () => void }[]
  let edits: { at: number; summary: string }[]
  let fail: boolean
  /** The platform takes no edit before. */
  let rationedUntil: number
  let progress: Progress
  const chat = {
    platform: 'somewhere',
    async edit(_message: typeof message, shown: View) {
      edits.push({ at: now, summary: shown.summary })
      if (fail) throw new Error('no')
    },
    editWait: () => Math.max(0, rationedUntil - now),
  }
  /** Lets time pass, and whatever was due in it happen. */
  async function pass(ms: number) {
    const until = now + ms
    for (;;) {
      const next = timers.filter(t => t.at <= until).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      timers.splice(timers.indexOf(next), 1)
      now = next.at
      next.callback()
      await new Promise(setImmediate)
    }
    now = until
  }

  beforeEach(() => {
    now = 1_000_000
    timers = []
    edits = []
    fail = false
    rationedUntil = 0
    progress = createProgress({
      clock: () => now,
      timer: (ms, callback) => {
        const entry = { at: now + ms, callback }
        timers.push(entry)
        return () => void timers.splice(timers.indexOf(entry) >>> 0, 1)
      },
      log,
      intervalMs: 5_000,
    })
  })

  it('is edited at once, then at most once in five seconds, with the newest view', async () => {
    await progress.show(chat, message, view('a'))
    void progress.show(chat, message, view('b'))
    const last = progress.show(chat, message, view('c'))
    await pass(4_999)
    expect(edits.map(e => e.summary)).toEqual(['a'])
    await pass(1)
    await last
    expect(edits.map(e => e.summary)).toEqual(['a', 'c'])
    expect(edits[1]!.at - edits[0]!.at).toBe(5_000)
  })

  it('is not edited when nothing changed', async () => {
    await progress.show(chat, message, view('a'))
    const same = progress.show(chat, message, view('a'))
    await pass(60_000)
    await same
    expect(edits.length).toBe(1)
  })

  it("waits for the platform's ration, and then shows the newest view", async () => {
    rationedUntil = now + 20_000
    void progress.show(chat, message, view('a'))
    await pass(12_000)
    const last = progress.show(chat, message, view('b'))
    rationedUntil = now + 30_000
    await pass(29_999)
    expect(edits).toEqual([])
    await pass(1)
    await last
    expect(edits.map(e => e.summary)).toEqual(['b'])
  })

  it('does not hold up another message', async () => {
    await progress.show(chat, message, view('a'))
    await progress.show(chat, { channelId: '1', messageId: '3' }, view('b'))
    expect(edits.length).toBe(2)
  })

  it('tells its caller when an edit failed, and tries the next one', async () => {
    fail = true
    await expect(progress.show(chat, message, view('a'))).rejects.toThrow('no')
    fail = false
    const again = progress.show(chat, message, view('a'))
    await pass(5_000)
    await again
    expect(edits.length).toBe(2)
  })

  it('sends what is waiting at a stop', async () => {
    await progress.show(chat, message, view('a'))
    void progress.show(chat, message, view('b'))
    await progress.flush()
    expect(edits.map(e => e.summary)).toEqual(['a', 'b'])
  })
})
