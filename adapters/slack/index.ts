import type { Chat, Inbox } from '../../src/core/chat.ts'
import type { MuranoError } from '../../src/core/errors.ts'
import type { Clock, Door, FileHosts, Installations, Log, Postings } from '../../src/core/ports.ts'
import { type ConnectionOptions, createConnection } from './connection.ts'
import { filesOf } from './files.ts'
import { createIntake, type Intake } from './inbound.ts'
import type { WebHandler } from './install.ts'
import { PATIENCE } from './limits.ts'
import { createChat } from './outbound.ts'
import { type Wait, waitForReal } from './rest.ts'
import { badToken, createTenants, type Workspace } from './tenants.ts'

export interface SlackOptions {
  /** Address of the Web API; null: Slack's own. */
  apiUrl: string | null
  workspace: Workspace
  events: ConnectionOptions['events']
  /** Where our web face is reached; people come back to it when they have installed the bot. */
  publicUrl: string
  /** Signs what goes through the browser meanwhile. */
  stateSecret: string
  /** Needed for many workspaces. */
  installations: Installations | null
  postings: Postings
  /** The way to files; knows {@link SlackAdapter.files}. */
  door: Door
  log: Log
  clock: Clock
  wait?: Wait
  /** Called once at most, when Slack has shut us out for good (token withdrawn): the process should end. */
  onFatal?(error: MuranoError): void
}

export interface SlackAdapter {
  /** Works from the beginning and after stop(): messages need no socket. */
  readonly chat: Chat
  /** Where the files of messages lie. */
  readonly files: FileHosts
  /**
   * What the web face serves at its root: POST /slack/events, GET /slack/install, GET /slack/oauth_redirect; each only
   * where it is needed. Null: nothing.
   */
  readonly http: WebHandler | null
  /**
   * Connects, and hands events to `inbox` from then on.
   * @throws MuranoError in plain words (bad token, out of reach)
   */
  start(inbox: Inbox): Promise<void>
  /** Takes no more events, waits for those that were taken, disconnects. Safe to call again and at any time. */
  stop(): Promise<void>
  /** Whether events can come in; for health. */
  isConnected(): boolean
}

export function createSlack(options: SlackOptions): SlackAdapter {
  const { log, wait = waitForReal } = options
  let intake: Intake | null = null
  let stopping: Promise<void> | null = null

  let fatal = false
  const onLost = (error: MuranoError) => {
    if (fatal) return
    fatal = true
    log.error({ error }, 'Slack has shut us out')
    options.onFatal?.(error)
  }

  const tenants = createTenants({
    ...options,
    wait,
    onLeft: communityId => intake?.left(communityId),
    onTokenRefused: () => onLost(badToken()),
  })
  const connection = createConnection({
    ...options,
    wait,
    readyMs: PATIENCE.readyMs,
    onDelivery: async delivery => intake?.accept(delivery),
    onLost,
  })
  const chat = createChat({ ...options, wait, tenants })

  const stop = () => {
    stopping ??= (async () => {
      // Acknowledgements go out first thing, so nothing that was taken needs the connection any more.
      await connection.close()
      await intake?.close()
      await tenants.settled()
    })()
    return stopping
  }

  return {
    chat,
    files: filesOf(tenants),
    http: joined([connection.http, tenants.pages]),
    async start(inbox) {
      await tenants.check()
      intake = createIntake({ ...options, wait, tenants, chat, inbox })
      await connection.open()
      log.info({ events: options.events.kind, workspaces: options.workspace.kind }, 'Slack is connected')
    },
    stop,
    isConnected: connection.isOpen,
  }
}

function joined(handlers: (WebHandler | null)[]): WebHandler | null {
  const present = handlers.filter(handler => handler !== null)
  const [first, second] = present
  if (!first || !second) return first ?? null
  return (request, response, next) =>
    first(request, response, error => (error ? next(error) : second(request, response, next)))
}
