import type { FaultSwitch, VeniceBook } from '../../control.ts'
import { sandbox } from './api.ts'
import type { VeniceView } from './venice-panel.ts'

/** The book has no event stream, so it is read each second while somebody looks at the page. */
const EVERY_MS = 1000

/** `fits`: whether there is room for the panel; it decides until somebody opens or folds it. */
export function followVenice(redraw: () => void, fits: () => boolean): VeniceView {
  let book: VeniceBook | null = null
  let faults: FaultSwitch[] = []
  let wanted: boolean | null = null
  let last = ''

  const read = async () => {
    const [newBook, newFaults] = await Promise.all([sandbox.book(), sandbox.faults()])
    const now = JSON.stringify([newBook, newFaults])
    if (now === last) return
    last = now
    book = newBook
    faults = newFaults
    redraw()
  }
  const loop = async () => {
    // While the sandbox is away the chat says so; one place is enough.
    if (!document.hidden) await read().catch(() => {})
    setTimeout(loop, EVERY_MS)
  }
  void loop()
  const thenRead = (change: Promise<unknown>) => void change.then(read).catch(() => {})
  return {
    get book() {
      return book
    },
    get faults() {
      return faults
    },
    get open() {
      return wanted ?? fits()
    },
    toggle() {
      wanted = !(wanted ?? fits())
      redraw()
    },
    setFault: (name, on) => thenRead(sandbox.setFault(name, on)),
    setCredit: usd => thenRead(sandbox.setCredit(usd)),
  }
}
