import { createHash } from 'node:crypto'
import express, { type Request, type Response, type Router } from 'express'
import { isScanning, maySee } from './files.ts'
import type { Stage } from './stage.ts'
import { bearerOf, tokenOf } from './tokens.ts'
import type { StoredFile } from './world.ts'

const SIGN_IN = `<!DOCTYPE html><html lang="en"><head><title>Sign in | Slack</title></head>
<body><h1>Sign in to your workspace</h1></body></html>`

/** The private files, for a token that can see them; and the same bytes for the playground page, for everybody. */
export function fileRouter(stage: Stage): Router {
  const router = express.Router()
  const download = async (request: Request, response: Response) => {
    const [teamId = '', fileId = ''] = String(request.params.place).split('-')
    const file = stage.world.files.get(fileId)
    if (!tokenOpens(stage, request, file)) {
      // Slack sends whoever it does not know to a page, not to an error: nothing but the type tells it from the file.
      return void response.redirect(
        302,
        `${request.baseUrl}/signin?redir=${encodeURIComponent(request.path)}`,
      )
    }
    if (!file || file.team_id !== teamId || file.kind === 'gone' || file.path === '' || isScanning(file))
      return void response.status(404).type('html').send('<h1>File not found</h1>')
    await sendFile(file, request, response)
  }
  router.get('/files-pri/:place/download/:name', download)
  router.get('/files-pri/:place/:name', download)
  router.get('/signin', (_request, response) => void response.type('html').send(SIGN_IN))
  router.get('/sandbox/:file/:name', async (request, response) => {
    const file = stage.world.files.get(String(request.params.file))
    if (!file || file.path === '') return void response.status(404).type('text').send('No such file.')
    await sendFile(file, request, response)
  })
  return router
}

function tokenOpens(stage: Stage, request: Request, file: StoredFile | undefined): boolean {
  try {
    const bearer = bearerOf(stage, tokenOf(request.get('authorization')))
    const granted = bearer.installation.scopes.includes('files:read')
    return granted && (file === undefined || maySee(stage, bearer, file))
  } catch {
    return false
  }
}

async function sendFile(file: StoredFile, request: Request, response: Response): Promise<void> {
  response.set('content-type', file.mimetype)
  response.set('etag', `"${createHash('sha256').update(file.id).digest('hex').slice(0, 32)}"`)
  if (request.path.includes('/download/')) response.attachment(file.name).type(file.mimetype)
  await new Promise<void>(done =>
    response.sendFile(file.path, { dotfiles: 'allow', cacheControl: false }, error => {
      // With a callback, answering is ours: 416 for a range past the end. A reader that went away hears nothing.
      const { status = 500, headers = {} } = (error ?? {}) as {
        status?: number
        headers?: Record<string, string>
      }
      if (error && !response.headersSent && !response.destroyed) response.status(status).set(headers).end()
      done()
    }),
  )
}
