import { App, ExpressReceiver, LogLevel, type Receiver, SocketModeReceiver } from '@slack/bolt'
import type { Request, Response } from 'express'
import { MuranoError } from '../../src/core/errors.ts'
import { EVENTS } from './commands.ts'
import { fitForLogs, pauseOf, toChatError, wordOf } from './failures.ts'
import type { Delivery } from './inbound.ts'
import type { WebHandler } from './install.ts'
import { PATIENCE } from './limits.ts'
import { bridge, type RestOptions, restSettings, type Wait } from './rest.ts'
import { unreachable } from './tenants.ts'

export interface ConnectionOptions extends RestOptions {
  events: { kind: 'socket'; appToken: string } | { kind: 'http'; signingSecret: string }
  wait: Wait
  /** How long a socket may take from being asked for to greeting us, ms. */
  readyMs: number
  /** Must not reject. */
  onDelivery(delivery: Delivery): Promise<void>
  /** The connection is closed for good. */
  onLost(error: MuranoError): void
}

/** The way by which events come in. */
export interface Connection {
  /** Resolves when events can come. @throws MuranoError in plain words */
  open(): Promise<void>
  close(): Promise<void>
  isOpen(): boolean
  /** POST /slack/events; null where events come over a socket of ours. */
  readonly http: WebHandler | null
}

export function createConnection(options: ConnectionOptions): Connection {
  const { events } = options
  return events.kind === 'socket'
    ? overSocket(options, events.appToken)
    : overHttp(options, events.signingSecret)
}

/**
 * Bolt takes events in and nothing else: which token answers is found later, by whoever answers. So `authorize` has nothing
 * to look up, and an acknowledgement waits for no database.
 */
function listen(receiver: Receiver, { log, onDelivery, ...options }: ConnectionOptions): void {
  const app = new App({
    receiver,
    authorize: async () => ({}),
    convoStore: false,
    ignoreSelf: false,
    attachFunctionToken: false,
    logger: bridge(log),
    logLevel: LogLevel.WARN,
    clientOptions: restSettings({ ...options, log }),
  })
  const all = /.*/s
  // One listener a kind: overlapping ones would all run, and each acknowledge.
  app.command(all, ({ body, ack, context }) =>
    onDelivery({ kind: 'slash', body, ack: () => ack(), retry: context.retryNum ?? 0 }),
  )
  app.shortcut(all, ({ body, ack, context }) =>
    onDelivery({ kind: 'shortcut', body, ack: () => ack(), retry: context.retryNum ?? 0 }),
  )
  app.action(all, ({ body, ack, context }) =>
    onDelivery({ kind: 'press', body, ack: () => ack(), retry: context.retryNum ?? 0 }),
  )
  app.view(all, ({ body, ack, context }) =>
    onDelivery({
      kind: 'submission',
      body,
      ack: answer => ack(answer as never),
      retry: context.retryNum ?? 0,
    }),
  )
  for (const event of EVENTS) {
    const kind = event === 'app_mention' ? 'mention' : 'removal'
    // Bolt has acknowledged events before it calls us.
    app.event(event, ({ body, context }) =>
      onDelivery({ kind, body, ack: async () => {}, retry: context.retryNum ?? 0 }),
    )
  }
  app.error(async error => log.error({ error: fitForLogs(error) }, 'Bolt reports an error'))
}

function overHttp(options: ConnectionOptions, signingSecret: string): Connection {
  const receiver = new ExpressReceiver({ signingSecret, logger: bridge(options.log) })
  listen(receiver, options)
  let open = false
  return {
    async open() {
      open = true
    },
    async close() {
      open = false
    },
    isOpen: () => open,
    http(request, response, next) {
      // While we start or stop nothing is taken: Slack sends events again, and people are told to try again.
      if (!open && request.url?.startsWith('/slack/events')) return void response.writeHead(503).end()
      receiver.router(request as Request, response as Response, next)
    },
  }
}

/** Words after which Slack takes us back only with other settings (docs: apps.connections.open, November 2026). */
const FOR_GOOD: Readonly<Record<string, string>> = {
  invalid_auth: 'Slack does not accept SLACK_APP_TOKEN',
  not_authed: 'Slack does not accept SLACK_APP_TOKEN',
  token_revoked: 'SLACK_APP_TOKEN was revoked',
  account_inactive: 'SLACK_APP_TOKEN belongs to an app or workspace that is no longer there',
  not_allowed_token_type: 'SLACK_APP_TOKEN is not an app-level token (those begin with xapp-)',
  missing_scope: 'SLACK_APP_TOKEN lacks the scope connections:write',
  socket_mode_not_enabled: 'Socket Mode is switched off for this app',
}

const shutOut = (word: string) =>
  new MuranoError(
    'slack_bad_app_token',
    `${FOR_GOOD[word]}. At api.slack.com/apps, your app: "Socket Mode" has to be on, and under "Basic Information", "App-Level Tokens" you find or make a token with the scope connections:write.`,
  )

/** One socket hears of all workspaces. Connecting again is ours: the library ends the process where it fails at that. */
function overSocket(options: ConnectionOptions, appToken: string): Connection {
  const { apiUrl, log, wait, readyMs, onLost } = options
  const receiver = new SocketModeReceiver({
    appToken,
    logger: bridge(log),
    autoReconnectEnabled: false,
    installerOptions: { clientOptions: restSettings(options) },
  })
  listen(receiver, options)
  const { client } = receiver
  let open = false
  let closed = false
  let ended = Promise.withResolvers<void>()
  let running: Promise<void> | null = null
  client.on('disconnected', () => {
    open = false
    ended.resolve()
  })

  /** Resolves once connected. @throws MuranoError for good; anything else may be tried again */
  const connect = async (): Promise<void> => {
    ended = Promise.withResolvers()
    try {
      await greeted(() => client.start())
    } catch (error) {
      const word = wordOf(error)
      if (word !== null && word in FOR_GOOD) throw shutOut(word)
      // The socket itself could not be opened; the library says nothing of why.
      throw error ?? new Error('the socket was closed')
    }
    open = true
    if (closed) client.disconnect()
  }

  /** A socket may be taken and never greeted; the library would wait for that for ever. */
  const greeted = async (start: () => Promise<unknown>): Promise<void> => {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      late.reject(new Error('the socket was not ready in time'))
      hangUp()
    }, readyMs)
    const started = start()
    // Hanging up ends it with an error too, which nobody waits for any more.
    started.catch(() => {})
    try {
      await Promise.race([started, late.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Twice: whoever does not answer a farewell is left without one. */
  const hangUp = (): void => {
    client.disconnect()
    client.disconnect()
  }

  const stayConnected = async (): Promise<void> => {
    for (let failures = 0; !closed; ) {
      if (open) {
        await ended.promise
        if (!closed) log.info({}, 'the socket to Slack was closed; reconnecting')
        continue
      }
      await wait(PATIENCE.reconnectMs[Math.min(failures, PATIENCE.reconnectMs.length - 1)]!)
      if (closed) return
      try {
        await connect()
        failures = 0
        log.info({}, 'the socket to Slack is back')
      } catch (error) {
        if (error instanceof MuranoError) return onLost(error)
        failures += 1
        log.warn({ failures, error: toChatError(error) }, 'the socket to Slack could not be opened')
        if (pauseOf(error)) await wait(pauseOf(error)!)
      }
    }
  }

  const close = async (): Promise<void> => {
    closed = true
    if (!open) return
    client.disconnect()
    // Whoever does not answer the farewell is left without one: the library would wait 30 s, and so would the process.
    const timer = setTimeout(() => client.disconnect(), PATIENCE.farewellMs)
    await ended.promise
    clearTimeout(timer)
  }

  return {
    http: null,
    isOpen: () => open,
    async open() {
      const timeout = Promise.withResolvers<never>()
      const timer = setTimeout(
        () => timeout.reject(unreachable(apiUrl, new Error('the socket was not ready in time'))),
        readyMs,
      )
      try {
        await Promise.race([connectPatiently(connect, wait), timeout.promise])
      } catch (error) {
        closed = true
        await close()
        throw error instanceof MuranoError ? error : unreachable(apiUrl, error)
      } finally {
        clearTimeout(timer)
      }
      running = stayConnected()
      running.catch(error => log.error({ error }, 'the socket to Slack is no longer looked after'))
    },
    close,
  }
}

/** Whoever starts often is asked to wait; anything else that is wrong at the start should be seen at once. */
async function connectPatiently(connect: () => Promise<void>, wait: Wait): Promise<void> {
  for (;;) {
    try {
      return await connect()
    } catch (error) {
      const pause = pauseOf(error)
      if (pause === null) throw error
      await wait(pause)
    }
  }
}
