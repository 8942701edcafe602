import type { FaultSwitch, VeniceBook } from '../../control.ts'
import { sandbox } from './api.ts'
import type { VeniceView } from './venice-panel.ts'

/** The book has no event stream, so it is read each second while somebody looks at the page. */
const EVERY_MS = 1000
/** Below this width the panel would take the room of the chat, so it starts folded. */
const ROOMY_PX = 1240

export function followVenice(redraw: () => void): VeniceView {
  let book: VeniceBook | null = null
  let faults: FaultSwitch[] = []
  let open = innerWidth >= ROOMY_PX
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
      return open
    },
    toggle() {
      open = !open
      redraw()
    },
    setFault: (name, on) => thenRead(sandbox.setFault(name, on)),
    setCredit: usd => thenRead(sandbox.setCredit(usd)),
  }
}
