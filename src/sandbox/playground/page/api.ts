/** The sandbox's control routes from the browser; see ../../control.ts. */
import type {
  Attachment,
  ComponentUse,
  DiscordEvent,
  DiscordState,
  FaultSwitch,
  InteractionTicket,
  SlashUse,
  VeniceBook,
} from '../../control.ts'

/** Why the sandbox said no, in its own words. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
}

async function call<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  const raw = body instanceof Blob
  const init: RequestInit = { method }
  if (body !== undefined) {
    init.body = raw ? body : JSON.stringify(body)
    init.headers = { 'content-type': raw ? 'application/octet-stream' : 'application/json' }
  }
  const response = await fetch(`/sandbox${path}`, init).catch(() => {
    throw new RefusedError('The sandbox does not answer. Is it still running?')
  })
  const text = await response.text()
  if (!response.ok) throw new RefusedError(errorIn(text) ?? `The sandbox answered ${response.status}.`)
  return (text === '' ? undefined : JSON.parse(text)) as T
}

function errorIn(text: string): string | null {
  try {
    const { error } = JSON.parse(text) as { error?: unknown }
    return typeof error === 'string' ? error : null
  } catch {
    return null
  }
}

export const sandbox = {
  state: () => call<DiscordState>('GET', '/discord/state'),
  upload: (file: File) =>
    call<Attachment>('POST', `/discord/attachments?filename=${encodeURIComponent(file.name)}`, file),
  slash: (use: SlashUse) => call<InteractionTicket>('POST', '/discord/slash', use),
  press: (use: ComponentUse) => call<InteractionTicket>('POST', '/discord/press', use),
  book: () => call<VeniceBook>('GET', '/venice/book'),
  setCredit: (usd: number) => call<void>('POST', '/venice/credit', { usd }),
  faults: () => call<FaultSwitch[]>('GET', '/faults'),
  setFault: (name: string, on: boolean) => call<FaultSwitch[]>('POST', '/faults', { name, on }),
}

/**
 * Listens for events and reads the state anew whenever the stream opens, so that nothing is missed in between.
 * EventSource comes back by itself after a broken connection; it only gives up after an HTTP error.
 */
export function follow(on: {
  event(event: DiscordEvent): void
  loaded(state: DiscordState): void
  lost(): void
}): void {
  let waiting: DiscordEvent[] | null = []
  const source = new EventSource('/sandbox/discord/events')
  source.onopen = async () => {
    const held: DiscordEvent[] = []
    waiting = held
    try {
      on.loaded(await sandbox.state())
      if (waiting !== held) return
      waiting = null
      for (const event of held) on.event(event)
    } catch {
      on.lost()
    }
  }
  source.onmessage = ({ data }) => {
    const event = JSON.parse(String(data)) as DiscordEvent
    if (waiting) waiting.push(event)
    else on.event(event)
  }
  source.onerror = () => {
    on.lost()
    if (source.readyState !== EventSource.CLOSED) return
    setTimeout(() => follow(on), 2000)
  }
}
