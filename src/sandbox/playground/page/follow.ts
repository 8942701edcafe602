/** What a stand-in tells, and what is done with it. */
export interface Following<State, Event> {
  /** Its server-sent events. */
  events: string
  state(): Promise<State>
  loaded(state: State): void
  event(event: Event): void
  lost(): void
}

/**
 * Listens for events and reads the state anew whenever the stream opens, so that nothing is missed in between.
 * EventSource comes back by itself after a broken connection; it only gives up after an HTTP error.
 */
export function follow<State, Event>(on: Following<State, Event>): void {
  let waiting: Event[] | null = []
  const source = new EventSource(on.events)
  source.onopen = async () => {
    const held: Event[] = []
    waiting = held
    try {
      on.loaded(await on.state())
      if (waiting !== held) return
      waiting = null
      for (const event of held) on.event(event)
    } catch {
      on.lost()
    }
  }
  source.onmessage = ({ data }) => {
    const event = JSON.parse(String(data)) as Event
    if (waiting) waiting.push(event)
    else on.event(event)
  }
  source.onerror = () => {
    on.lost()
    if (source.readyState !== EventSource.CLOSED) return
    setTimeout(() => follow(on), 2000)
  }
}
