import { Readable } from 'node:stream'
import express, { type Request, type Response, type Router } from 'express'
import { z } from 'zod'
import type { Coverage, SlackAppSecrets, SlackCall, SlackChannel, SlackSandboxEvent } from '../control.ts'
import { ControlError } from '../control-error.ts'
import type { AppLink } from './delivery.ts'
import { sandboxFile } from './file-object.ts'
import { storeFile } from './files.ts'
import { installApp } from './install-act.ts'
import { uninstall } from './lifecycle.ts'
import { say, useShortcut, useSlash } from './member-acts.ts'
import { press } from './press-act.ts'
import type { Stage } from './stage.ts'
import { sandboxChannel, sandboxMessage, slackState } from './state.ts'
import { closeView, submitView } from './view-acts.ts'

const act = { user_id: z.string(), deliveries: z.number().int().min(1).optional() }
const memberPost = z.object({
  ...act,
  channel_id: z.string(),
  thread_ts: z.string().optional(),
  text: z.string().optional(),
  file_ids: z.array(z.string()).optional(),
})
const slash = z.object({
  ...act,
  channel_id: z.string(),
  command: z.string(),
  text: z.string(),
  /** Tried in a thread, which is refused. */
  thread_ts: z.string().optional(),
})
const shortcut = z.object({ ...act, channel_id: z.string(), message_ts: z.string(), callback_id: z.string() })
const pressed = z.object({
  ...act,
  channel_id: z.string(),
  message_ts: z.string(),
  action_id: z.string(),
  value: z.string().optional(),
})
const submission = z.object({
  ...act,
  view_id: z.string(),
  values: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string()), z.null()]))),
})
const closing = z.object({ user_id: z.string(), view_id: z.string() })
const redelivery = z.object({ ticket: z.string(), retry: z.literal([1, 2, 3]) })
const membership = z.object({ channel_id: z.string(), bot: z.boolean() })
const userGroupChange = z.object({
  usergroup_id: z.string(),
  users: z.array(z.string()).optional(),
  disabled: z.boolean().optional(),
})
const channelChange = z.object({
  channel_id: z.string(),
  archived: z.boolean().optional(),
  posting: z.enum(['everybody', 'admins_only']).optional(),
})
const installing = z.object({
  /** A workspace, or an organisation for all of its workspaces. */
  team_id: z.string(),
  /** The app's own install page; by default /slack/install beside its request URL. */
  install_url: z.url().optional(),
})
const requestUrl = z.object({ url: z.url({ protocol: /^https?$/ }).nullable() })
const uninstalling = z.object({ team_id: z.string(), reason: z.enum(['app_uninstalled', 'tokens_revoked']) })
const upload = z.object({
  filename: z.string().min(1),
  user_id: z.string(),
  team_id: z.string(),
  kind: z.enum(['hosted', 'external', 'stub', 'scanning', 'hidden', 'gone']).default('hosted'),
})

/** What people do in the workspaces, and what the stand-in tells about itself: `/sandbox/slack/*`. */
export function controlRouter(
  stage: Stage,
  told: {
    coverage: Coverage
    calls: () => SlackCall[]
    on: (listener: (event: SlackSandboxEvent) => void) => () => void
  },
): Router {
  const router = express.Router()
  const json = express.json({ limit: '1mb' })

  router.get('/state', (_request, response) => void response.json(slackState(stage)))
  router.get('/app', (_request, response) => {
    const { client_id, client_secret, signing_secret } = stage.world.app
    response.json({ client_id, client_secret, signing_secret } satisfies SlackAppSecrets)
  })
  router.get('/coverage', (_request, response) => void response.json(told.coverage))
  router.get('/calls', (_request, response) => void response.json(told.calls()))

  router.get('/events', (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(': open\n\n')
    const stop = told.on(event => void response.write(`data: ${JSON.stringify(event)}\n\n`))
    request.on('close', stop)
  })

  router.post('/files', async (request, response) => {
    const { filename, user_id, team_id, kind } = read(upload, request.query)
    const user = stage.world.users.get(user_id)
    if (!user || user.team_id !== team_id)
      throw new ControlError(404, 'There is no such person in that workspace.')
    const file = { team_id, user: user_id, name: filename, kind }
    response.json(sandboxFile(stage, await storeFile(stage, Readable.from(request), file)))
  })

  router.post('/message', json, (request, response) => {
    const { message, ticket } = say(stage, without(read(memberPost, request.body)))
    response.json({ ...sandboxMessage(stage, message), ticket })
  })
  router.post('/slash', json, (request, response) => {
    response.json(useSlash(stage, without(read(slash, request.body))))
  })
  router.post('/shortcut', json, (request, response) => {
    response.json(useShortcut(stage, without(read(shortcut, request.body))))
  })
  router.post('/press', json, (request, response) => {
    response.json(press(stage, without(read(pressed, request.body))))
  })
  router.post('/submit', json, async (request, response) => {
    response.json(await submitView(stage, without(read(submission, request.body))))
  })
  router.post('/close-view', json, (request, response) => {
    closeView(stage, read(closing, request.body))
    response.status(204).end()
  })

  router.post('/redeliver', json, (request, response) => {
    const { ticket, retry } = read(redelivery, request.body)
    if (!stage.delivery.redeliver(ticket, retry)) throw new ControlError(404, 'There is no such ticket.')
    response.status(204).end()
  })

  router.post('/membership', json, (request, response) => {
    const { channel_id, bot } = read(membership, request.body)
    const channel = channelOf(stage, channel_id)
    const id = stage.world.workspaces.get(channel.team_id)!.bot_user_id
    const others = channel.members.filter(member => member !== id)
    channel.members = bot ? [...others, id] : others
    changed(stage, channel)
    response.status(204).end()
  })

  router.post('/channel', json, (request, response) => {
    const { channel_id, archived, posting } = read(channelChange, request.body)
    const channel = channelOf(stage, channel_id)
    if (archived !== undefined) channel.is_archived = archived
    if (posting !== undefined) channel.posting = posting
    changed(stage, channel)
    response.status(204).end()
  })

  router.post('/user-group', json, (request, response) => {
    const { usergroup_id, users, disabled } = read(userGroupChange, request.body)
    const group = stage.world.user_groups.get(usergroup_id)
    if (!group) throw new ControlError(404, 'There is no such user group.')
    if (users !== undefined) group.users = users
    if (disabled !== undefined) group.disabled = disabled
    stage.emit({ type: 'user_group', group: structuredClone(group) })
    response.status(204).end()
  })

  router.post('/install', json, async (request, response) => {
    const { team_id, install_url } = read(installing, request.body)
    const { requestUrl } = stage.delivery
    const page = install_url ?? (requestUrl && new URL('/slack/install', requestUrl).href)
    if (!page)
      throw new ControlError(
        400,
        "Give the address of the bot's install page: its PUBLIC_URL, and behind that /slack/install.",
      )
    response.json({ location: await installApp(stage, team_id, page) })
  })
  router.post('/uninstall', json, (request, response) => {
    const { team_id, reason } = read(uninstalling, request.body)
    if (!uninstall(stage, team_id, reason)) throw new ControlError(404, 'The app is not installed there.')
    response.status(204).end()
  })

  router.post('/request-url', json, async (request, response) => {
    const { url } = read(requestUrl, request.body)
    // Only the app's settings may change the way to it; the other parts of the stage just send.
    const link = stage.delivery as AppLink
    await link.setRequestUrl(url).catch((error: Error) => {
      throw new ControlError(400, error.message)
    })
    response.status(204).end()
  })

  router.use((error: unknown, _request: Request, response: Response, next: express.NextFunction) => {
    if (response.headersSent) return next(error)
    const status = statusOf(error)
    const said = error instanceof Error ? error.message : String(error)
    if (status === 500) stage.log(`sandbox: ${error instanceof Error ? error.stack : said}`)
    response.status(status).json({ error: said })
  })
  return router
}

function channelOf(stage: Stage, id: string): SlackChannel {
  const channel = stage.world.channels.get(id)
  if (!channel) throw new ControlError(404, 'There is no such channel.')
  return channel
}

function changed(stage: Stage, channel: SlackChannel): void {
  stage.emit({ type: 'channel', channel: sandboxChannel(channel) })
}

/** Express' own body parser says in `status` what is wrong with a body. */
function statusOf(error: unknown): number {
  if (error instanceof ControlError) return error.status
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  return typeof status === 'number' && status >= 400 ? status : 500
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw new ControlError(400, z.prettifyError(result.error))
}

/** An absent key and one that is undefined are the same thing in JSON, but not in our types. */
function without<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as never
}
