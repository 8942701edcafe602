import { randomBytes } from 'node:crypto'
import express, { type Response, type Router } from 'express'
import { z } from 'zod'
import type { Stage } from './stage.ts'
import type { OauthCode, Workspace } from './world.ts'

/** What an app asks for when it sends somebody here (docs: authentication/installing-with-oauth, November 2026). */
const question = z.object({
  client_id: z.string(),
  scope: z.string().default(''),
  state: z.string().optional(),
  redirect_uri: z.url().optional(),
  team: z.string().optional(),
})
type Question = z.infer<typeof question>

const answer = z.object({
  /** A workspace's id, or that of an organisation: for all of its workspaces. */
  place: z.string(),
  choice: z.enum(['allow', 'cancel']),
})

/** The page that asks a person whether the app may be installed, and sends them back with a code. */
export function oauthRouter(stage: Stage): Router {
  const router = express.Router()
  router.get('/v2/authorize', (request, response) => {
    const asked = readQuestion(stage, request.query)
    if (typeof asked === 'string') return refuse(response, asked)
    response.type('html').send(page(stage, asked))
  })
  // The question stays in the address, so that the form carries only the answer.
  router.post('/v2/authorize', express.urlencoded({ extended: false }), (request, response) => {
    const asked = readQuestion(stage, request.query)
    if (typeof asked === 'string') return refuse(response, asked)
    const given = answer.safeParse(request.body)
    if (!given.success) return refuse(response, 'Choose a workspace, and Allow or Cancel.')
    const back = new URL(asked.redirect_uri ?? '')
    if (asked.state !== undefined) back.searchParams.set('state', asked.state)
    if (given.data.choice === 'cancel') back.searchParams.set('error', 'access_denied')
    else {
      const code = makeCode(stage, asked, given.data.place)
      if (!code) return refuse(response, `There is no workspace or organisation ${given.data.place}.`)
      back.searchParams.set('code', code.code)
    }
    response.redirect(302, back.href)
  })
  return router
}

/** The question, or in a sentence what is wrong with it. */
function readQuestion(stage: Stage, query: unknown): (Question & { redirect_uri: string }) | string {
  const read = question.safeParse(query)
  if (!read.success) return `Slack does not understand this address. ${z.prettifyError(read.error)}`
  const { client_id, redirect_uri, scope } = read.data
  if (client_id !== stage.world.app.client_id) return 'Invalid client_id parameter.'
  if (scope === '') return 'Invalid permissions requested: no scope was asked for.'
  const strange = scope.split(',').find(name => !stage.manifest.scopes.includes(name))
  if (strange) return `Invalid permissions requested: ${strange} is not in the app's manifest.`
  if (redirect_uri === undefined) return 'redirect_uri is missing: the app declares no address of its own.'
  return { ...read.data, redirect_uri }
}

function makeCode(stage: Stage, asked: Question, place: string): OauthCode | null {
  const { workspaces, users, codes } = stage.world
  const organisation = [...workspaces.values()].find(({ enterprise_id }) => enterprise_id === place)
  const workspace = workspaces.get(place) ?? organisation
  const person = [...users.values()].find(user => user.team_id === workspace?.id && !user.is_bot)
  if (!workspace || !person) return null
  const code: OauthCode = {
    code: `${stage.clock()}.${randomBytes(24).toString('hex')}`,
    redirect_uri: asked.redirect_uri ?? null,
    team_id: workspace.id,
    org_wide: organisation !== undefined && !workspaces.has(place),
    user_id: person.id,
    scopes: asked.scope.split(','),
    made_at: stage.clock(),
    used: false,
  }
  codes.set(code.code, code)
  return code
}

function refuse(response: Response, sentence: string): void {
  response
    .status(400)
    .type('html')
    .send(html('Slack', `<p>${escaped(sentence)}</p>`))
}

function page(stage: Stage, asked: Question): string {
  const { workspaces, organisations } = stage.world
  const option = (id: string, name: string) =>
    `<option value="${id}"${id === asked.team ? ' selected' : ''}>${escaped(name)}</option>`
  const one = [...workspaces.values()].map(({ id, name }: Workspace) => option(id, name))
  const all = [...organisations.values()].map(({ id, name }) =>
    option(id, `${name} (the whole organisation)`),
  )
  const scopes = asked.scope.split(',').map(scope => `<li>${escaped(scope)}</li>`)
  const name = escaped(stage.manifest.name)
  return html(
    `Install ${name}`,
    `<h1>${name} asks to be installed</h1>
<p>It wants to do this in your workspace:</p>
<ul>${scopes.join('')}</ul>
<form method="post">
<label>Workspace <select name="place">${[...one, ...all].join('')}</select></label>
<button name="choice" value="allow">Allow</button>
<button name="choice" value="cancel">Cancel</button>
</form>`,
  )
}

function html(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui;max-width:36rem;margin:3rem auto;padding:0 1rem}button,select{font:inherit;padding:.4rem .8rem}</style>
</head><body>${body}</body></html>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
