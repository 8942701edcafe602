import express, { type Request, type Response, type Router } from 'express'
import type { SlackCall } from '../control.ts'
import { asObject, type Json, stringsIn } from '../json.ts'
import { Arguments } from './arguments.ts'
import { SlackError } from './errors.ts'
import type { AppCall, BotMethod, Method } from './method.ts'
import { createRateLimits, type RateLimits, TIER } from './rate-limits.ts'
import { readArguments } from './read-arguments.ts'
import type { Stage } from './stage.ts'
import { type Bearer, bearerOf, demandScope, tokenOf } from './tokens.ts'
import type { Workspace } from './world.ts'

const SLOW_MS = 2000

/** Too many calls: HTTP 429 with Retry-After, whole seconds. */
class RateLimited extends Error {
  override readonly name = 'RateLimited'
  readonly retryAfterS: number

  constructor(retryAfterS: number) {
    super('ratelimited')
    this.retryAfterS = retryAfterS
  }
}

class Broken extends Error {
  override readonly name = 'Broken'
}

interface Door {
  stage: Stage
  /** Null: nobody counts. */
  limits: RateLimits | null
}

/** The Web API as an express router: bodies, tokens, scopes, rate limits and errors in one place, the methods as a list. */
export function apiRouter(
  stage: Stage,
  methods: readonly Method[],
  options: { rateLimits: boolean },
): Router {
  const router = express.Router()
  const door: Door = { stage, limits: options.rateLimits ? createRateLimits() : null }
  for (const method of methods) {
    router.all(`/${method.name}`, (request, response) => serve(door, method, request, response))
  }
  router.use((request, response) => {
    const name = request.path.slice(1)
    stage.emit({ type: 'refused', method: name, error: 'unknown_method', detail: '' })
    response.json({ ok: false, error: 'unknown_method', req_method: name })
  })
  return router
}

async function serve(door: Door, method: Method, request: Request, response: Response): Promise<void> {
  const { stage } = door
  const note: SlackCall = {
    at: stage.clock(),
    method: method.name,
    token_team: null,
    subject_team: null,
    ok: true,
    error: null,
  }
  let answer: Json
  let status = 200
  let lost = false
  try {
    const args = new Arguments(await readArguments(request))
    const token = tokenOf(request.get('authorization')) ?? args.text('token')
    const about = (teamId: string) => {
      note.subject_team = teamId
    }
    const call: AppCall = { args, token, client: clientOf(request, args), about }
    if (method.auth === 'bot') {
      const { bearer, team } = letIn(door, method, token, args, note)
      response.set('x-oauth-scopes', bearer.installation.scopes.join(','))
      if (method.scopes) response.set('x-accepted-oauth-scopes', method.scopes.join(','))
      fail(stage, method, `${team.id} ${args}`)
      const posting = (channelId: string) => take(door, `${method.name} ${channelId}`, 'channel')
      const loseAnswer = () => {
        lost = true
      }
      answer = { ok: true, ...(await method.run({ ...call, bearer, team, posting, loseAnswer })) }
    } else {
      if (method.auth === 'app') demandAppToken(stage, token)
      take(door, method.name, method.tier)
      fail(stage, method, String(args))
      answer = { ok: true, ...(await method.run(call)) }
    }
  } catch (error) {
    answer = { ok: false, error: wordFor(error), ...(error instanceof SlackError ? error.fields : {}) }
    if (error instanceof RateLimited) {
      status = 429
      response.set('retry-after', String(error.retryAfterS))
    } else if (!(error instanceof SlackError)) {
      status = 500
      if (!(error instanceof Broken)) stage.log(`slack: ${method.name}: ${describe(error)}`)
    }
    note.ok = false
    note.error = wordFor(error)
    const detail = stringsIn(asObject(answer.response_metadata)?.messages).join('; ')
    stage.emit({ type: 'refused', method: method.name, error: note.error, detail })
    stage.log(`slack: refused ${method.name}: ${note.error}${detail ? ` (${detail})` : ''}`)
  }
  stage.called(note)
  if (lost) return void request.socket.destroy()
  if (stage.faults.isOn('slack-slow')) await new Promise(done => setTimeout(done, SLOW_MS))
  if (!response.destroyed) response.status(status).json(answer)
}

function wordFor(error: unknown): string {
  if (error instanceof SlackError) return error.error
  return error instanceof RateLimited ? 'ratelimited' : 'internal_error'
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function take(door: Door, key: string, tier: Method['tier']): void {
  const retryAfterS = door.limits?.take(key, TIER[tier]) ?? null
  if (retryAfterS !== null) throw new RateLimited(retryAfterS)
}

function fail(stage: Stage, method: Method, key: string): void {
  const { faults } = stage
  if (faults.isOn('slack-ratelimited') && faults.firstTry(`429 ${method.name} ${key}`))
    throw new RateLimited(1)
  if (method.writes && faults.isOn('slack-500') && faults.firstTry(`500 ${method.name} ${key}`))
    throw new Broken()
}

/** @throws SlackError where the token is not good for this method. */
function letIn(
  door: Door,
  method: BotMethod,
  token: string | null,
  args: Arguments,
  note: SlackCall,
): { bearer: Bearer; team: Workspace } {
  const bearer = bearerOf(door.stage, token)
  const team = teamOf(bearer, args.text('team_id'))
  note.token_team = team.id
  take(door, `${method.name} ${team.id}`, method.tier)
  if (method.scopes) demandScope(bearer, method.scopes)
  return { bearer, team }
}

/** @throws SlackError not_authed, invalid_auth, not_allowed_token_type */
function demandAppToken(stage: Stage, token: string | null): void {
  if (token === null) throw new SlackError('not_authed')
  if (token === stage.world.app.app_token) return
  throw new SlackError(token.startsWith('xapp-') ? 'invalid_auth' : 'not_allowed_token_type')
}

/** @throws SlackError team_access_not_granted */
function teamOf(bearer: Bearer, teamId: string | null): Workspace {
  const team = teamId === null ? bearer.workspaces[0] : bearer.workspaces.find(({ id }) => id === teamId)
  // A token of one workspace has no choice: Slack does not look at team_id then.
  if (!team && !bearer.installation.org_wide) return bearer.workspaces[0]!
  if (!team) throw new SlackError('team_access_not_granted')
  return team
}

function clientOf(request: Request, args: Arguments): AppCall['client'] {
  const basic = /^Basic\s+(\S+)$/i.exec(request.get('authorization') ?? '')?.[1]
  if (basic) {
    const [id = null, secret = null] = Buffer.from(basic, 'base64').toString().split(':')
    return { id, secret }
  }
  return { id: args.text('client_id'), secret: args.text('client_secret') }
}
