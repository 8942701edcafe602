import { Readable } from 'node:stream'
import express, { type Request, type Response, type Router } from 'express'
import { z } from 'zod'
import type { Coverage, DiscordEvent } from '../control.ts'
import { ControlError } from '../control-error.ts'
import { cleanName } from '../file-names.ts'
import { redeliver } from './deliver.ts'
import { TooLargeError } from './files.ts'
import { changeGuild } from './guild-presence.ts'
import { useComponent, useMessageCommand, useSlash } from './member-acts.ts'
import { deleteAsMember, postAsMember } from './member-posts.ts'
import { isPermissionName, PERMISSION } from './permissions.ts'
import type { Stage } from './stage.ts'
import { discordState } from './state.ts'
import { channelChanged } from './threads.ts'

const deliveries = z.number().int().min(1).optional()
const slashUse = z.object({
  user_id: z.string(),
  channel_id: z.string(),
  name: z.string(),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  deliveries,
})
const componentUse = z.object({
  user_id: z.string(),
  message_id: z.string(),
  custom_id: z.string(),
  values: z.array(z.string()).optional(),
  deliveries,
})
const messageCommandUse = z.object({
  user_id: z.string(),
  message_id: z.string(),
  name: z.string(),
  deliveries,
})
const memberPost = z.object({
  user_id: z.string(),
  channel_id: z.string(),
  content: z.string().optional(),
  attachment_ids: z.array(z.string()).optional(),
  forward_of: z.string().optional(),
})
const messageDeletion = z.object({ user_id: z.string(), message_id: z.string() })
const guildChange = z.object({ present: z.boolean(), unavailable: z.boolean().optional() })
const permissionChange = z.object({ channel_id: z.string(), deny: z.array(z.string()) })

/** What a member of the guild does, and what the stand-in tells about itself: `/sandbox/discord/*`. */
export function controlRouter(
  stage: Stage,
  coverage: Coverage,
  on: (listener: (event: DiscordEvent) => void) => () => void,
): Router {
  const router = express.Router()
  const json = express.json({ limit: '1mb' })

  router.get('/state', (_request, response) => void response.json(discordState(stage)))
  router.get('/coverage', (_request, response) => void response.json(coverage))

  router.get('/events', (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(': open\n\n')
    const stop = on(event => void response.write(`data: ${JSON.stringify(event)}\n\n`))
    request.on('close', stop)
  })

  router.post('/attachments', async (request, response) => {
    const { filename, title } = cleanName(String(request.query.filename ?? ''))
    const file = { filename, title, ephemeral: true, owner_id: stage.world.application_id }
    const limit = stage.memberUploadLimit
    if (Number(request.get('content-length') ?? 0) > limit) return tooLarge(request, response, limit)
    try {
      const stored = await stage.files.save(Readable.from(request), file, limit)
      response.json(stage.files.describe(stored))
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error
      tooLarge(request, response, limit)
    }
  })

  router.post('/slash', json, (request, response) => {
    response.json(useSlash(stage, without(read(slashUse, request.body))))
  })

  router.post('/press', json, (request, response) => {
    response.json(useComponent(stage, without(read(componentUse, request.body))))
  })

  router.post('/redeliver', json, (request, response) => {
    redeliver(stage, read(z.object({ id: z.string() }), request.body).id)
    response.status(204).end()
  })

  router.post('/message-command', json, (request, response) => {
    response.json(useMessageCommand(stage, without(read(messageCommandUse, request.body))))
  })

  router.post('/message', json, (request, response) => {
    response.json(postAsMember(stage, without(read(memberPost, request.body))))
  })

  router.post('/delete', json, (request, response) => {
    deleteAsMember(stage, read(messageDeletion, request.body))
    response.status(204).end()
  })

  router.post('/guild', json, (request, response) => {
    changeGuild(stage, without(read(guildChange, request.body)))
    response.status(204).end()
  })

  router.post('/permissions', json, (request, response) => {
    const { channel_id, deny } = read(permissionChange, request.body)
    const asked = stage.world.channels.get(channel_id)
    // A thread has no permissions of its own, so its parent's change.
    const channel = asked?.parent_id ? stage.world.channels.get(asked.parent_id) : asked
    if (!channel) throw new ControlError(404, 'There is no such channel.')
    const bits = deny.map(name => {
      if (isPermissionName(name)) return PERMISSION[name]
      throw new ControlError(
        400,
        `There is no permission "${name}". Known: ${Object.keys(PERMISSION).join(', ')}.`,
      )
    })
    const others = channel.overwrites.filter(overwrite => overwrite.id !== stage.world.bot_id)
    const all = bits.reduce((sum, bit) => sum | bit, 0n)
    const own = { id: stage.world.bot_id, type: 1 as const, allow: 0n, deny: all }
    channel.overwrites = all === 0n ? others : [...others, own]
    channelChanged(stage, channel)
    response.status(204).end()
  })

  router.use((error: unknown, _request: Request, response: Response, next: express.NextFunction) => {
    if (response.headersSent) return next(error)
    const status = statusOf(error)
    const told = error instanceof Error ? error.message : String(error)
    if (status === 500) stage.log(`sandbox: ${error instanceof Error ? error.stack : told}`)
    response.status(status).json({ error: told })
  })
  return router
}

/** Express' own body parser says in `status` what is wrong with a body. */
function statusOf(error: unknown): number {
  if (error instanceof ControlError) return error.status
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  return typeof status === 'number' && status >= 400 ? status : 500
}

function tooLarge(request: Request, response: Response, limit: number): void {
  // Read to its end and thrown away, so that the sender gets to see the answer.
  request.resume()
  response.status(413).json({ error: `Your file is too powerful: this member may upload ${limit} bytes.` })
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
