import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import { z } from 'zod'
import { type FaultSwitch, MOUNT, type SandboxEnv, type VeniceDialect } from './control.ts'
import { createDiscord, type DiscordOptions, type DiscordStandIn } from './discord/index.ts'
import { MANAGER } from './person.ts'
import { createSlack, type SlackOptions, type SlackStandIn } from './slack/index.ts'
import { createVenice, type VeniceOptions, type VeniceStandIn } from './venice/index.ts'
import { createWeb } from './web.ts'

export interface SandboxOptions {
  /** Wanted port; a free one is taken when it is in use, or with 0 (default). */
  port?: number
  dialect?: VeniceDialect
  /** Names of fault switches that are on from the start. */
  faults?: string[]
  discord?: DiscordOptions
  slack?: SlackOptions
  venice?: VeniceOptions
  /** Serve the playground page (default true). It is built after the server is ready: the first view may wait. */
  playground?: boolean
  log?: (line: string) => void
}

export interface Sandbox {
  url: string
  env: SandboxEnv
  discord: DiscordStandIn
  slack: SlackStandIn
  venice: VeniceStandIn
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Thrown for a fault switch that neither stand-in has; the message lists those that there are. */
export class UnknownFaultError extends Error {
  override readonly name = 'UnknownFaultError'
}

/** Starts the stand-ins for Discord, Slack and Venice on one server on 127.0.0.1. Idempotent `close`. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const log = options.log ?? (() => {})
  const discord = createDiscord({ log, ...options.discord })
  const slack = createSlack({ log, ...options.slack })
  const web = createWeb()
  const venice = createVenice({
    log,
    ...(options.dialect ? { dialect: options.dialect } : {}),
    ...options.venice,
  })
  const close = async () => {
    await Promise.all([discord.close(), slack.close(), venice.close(), web.close()])
  }
  const faults = joinFaults([discord, slack, venice])
  try {
    for (const name of options.faults ?? []) faults.set(name, true)
  } catch (error) {
    await close()
    throw error
  }

  const app = express().disable('x-powered-by')
  app.use(MOUNT.discordApi, discord.api)
  app.use(MOUNT.discordCdn, discord.cdn)
  app.use(MOUNT.slackApi, slack.api)
  app.use(MOUNT.slackFiles, slack.files)
  app.use(MOUNT.slackUpload, slack.upload)
  app.use(MOUNT.slackResponse, slack.response)
  app.use(MOUNT.slackOauth, slack.oauth)
  app.use(MOUNT.veniceApi, venice.api)
  app.use(MOUNT.web, web.pages)
  app.get(`${MOUNT.control}/faults`, (_request, response) => void response.json(faults.list()))
  app.post(`${MOUNT.control}/faults`, express.json(), faults.route)
  app.use(`${MOUNT.control}/discord`, discord.control)
  app.use(`${MOUNT.control}/slack`, slack.control)
  app.use(`${MOUNT.control}/venice`, venice.control)
  app.use(`${MOUNT.control}/web`, web.control)
  app.use(MOUNT.control, (_request, response) => void response.status(404).json({ error: 'No such route.' }))
  app.use(MOUNT.control, answerError)
  if (options.playground !== false) app.use('/', playground(log))

  const server = createServer(app)
  server.on('upgrade', (request, socket, head) => {
    if (request.url?.startsWith(MOUNT.discordGateway)) discord.handleUpgrade(request, socket, head)
    else if (request.url?.startsWith(MOUNT.slackSocket)) slack.handleUpgrade(request, socket, head)
    else socket.destroy()
  })
  await listen(server, options.port ?? 0)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  discord.setBaseUrl(url)
  slack.setBaseUrl(url)
  venice.setBaseUrl(url)

  let closing: Promise<void> | undefined
  const stop = async () => {
    const closed = once(server, 'close')
    server.close()
    await close()
    // Event streams and kept-alive connections would hold the server open for ever.
    server.closeAllConnections()
    await closed
  }
  const closeOnce = () => {
    closing ??= stop()
    return closing
  }
  return {
    url,
    env: {
      VENICE_BASE_URL: `${url}${MOUNT.veniceApi}`,
      VENICE_API_KEY: venice.apiKey,
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: `${url}${MOUNT.discordApi}`,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: `${url}${MOUNT.slackApi}`,
      TRUSTED_ORIGINS: url,
      OPERATORS: operators(discord, slack),
    },
    discord,
    slack,
    venice,
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  }
}

/** Who runs the bot here: who runs the place, on both platforms. */
function operators(discord: DiscordStandIn, slack: SlackStandIn): string {
  const { id } = discord.state().users.find(user => user.global_name === MANAGER)!
  const { id: slackId } = slack.state().users.find(user => user.real_name === MANAGER)!
  return `discord:${id},slack:${slackId}`
}

interface HasFaults {
  faults: { list(): FaultSwitch[]; set(name: string, on: boolean): boolean }
}

const faultChange = z.object({ name: z.string(), on: z.boolean() })

/** The switches of all stand-ins as one list; a name that two of them have sets both. */
function joinFaults(owners: HasFaults[]) {
  const list = () => owners.flatMap(owner => owner.faults.list())
  const set = (name: string, on: boolean) => {
    const known = owners.map(owner => owner.faults.set(name, on))
    if (known.includes(true)) return
    const names = list().map(fault => fault.name)
    throw new UnknownFaultError(`There is no fault "${name}". There are: ${names.join(', ')}.`)
  }
  const route: RequestHandler = (request, response) => {
    const change = faultChange.safeParse(request.body)
    if (!change.success) return void response.status(400).json({ error: z.prettifyError(change.error) })
    try {
      set(change.data.name, change.data.on)
      response.json(list())
    } catch (error) {
      if (!(error instanceof UnknownFaultError)) throw error
      response.status(404).json({ error: error.message })
    }
  }
  return { list, set, route }
}

/** A body that can't be read is the sender's mistake; express says so in `status`. */
const answerError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error)
  const status =
    error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500
  response.status(status).json({ error: error instanceof Error ? error.message : String(error) })
}

/** Bundling the page takes seconds of work, so it starts when somebody first looks for it. */
function playground(log: (line: string) => void): RequestHandler {
  let building: Promise<RequestHandler> | undefined
  const build = async (): Promise<RequestHandler> => {
    const { createPlayground } = await import('./playground/index.ts')
    return await createPlayground()
  }
  return async (request, response, next) => {
    building ??= build()
    try {
      const page = await building
      page(request, response, next)
    } catch (error) {
      // The next view tries again.
      building = undefined
      log(`playground: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      response.status(500).type('text').send('The playground page could not be built; the log says why.')
    }
  }
}

async function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
}
