/** The playground page: one HTML file, one script, one stylesheet, one sample clip. All of it from this machine. */
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import express, { type Router } from 'express'
import { bundlePage } from './bundle.ts'

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/**
 * Scripts and fonts only from here, so that the page stays usable and quiet without a network. Media may come from
 * any http address: the bot's own web face, which serves results too large for Discord, has another port.
 */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "img-src 'self' data: blob: http: https:",
  "media-src 'self' blob: http: https:",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Every stylesheet of the page as one, in the order of their names; `narrow` comes last to win. */
async function readStyles(): Promise<string> {
  const folder = file('./page/style/')
  const names = (await readdir(folder)).filter(name => name.endsWith('.css') && name !== 'narrow.css').sort()
  const sheets = await Promise.all([...names, 'narrow.css'].map(name => readFile(`${folder}${name}`, 'utf8')))
  return sheets.join('\n')
}

/**
 * Serves the page at `/`, to be mounted at the root of the sandbox server beside its control routes. The browser
 * code is bundled here, once: wait for it at the first view and not at start.
 * @throws when the page's sources do not bundle
 */
export async function createPlayground(): Promise<Router> {
  const [html, script, style, icon] = await Promise.all([
    readFile(file('./page/index.html')),
    bundlePage(file('./page/main.ts')),
    readStyles(),
    readFile(file('./page/icon.svg')),
  ])
  const router = express.Router()
  const send = (path: string, type: string, body: string | Buffer) =>
    router.get(path, (_request, response) => {
      response.type(type).set({ 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' }).send(body)
    })
  router.get('/', (_request, response, next) => {
    response.set('content-security-policy', CONTENT_POLICY)
    next()
  })
  send('/', 'html', html)
  send('/playground/page.js', 'text/javascript', script)
  send('/playground/style.css', 'css', style)
  send('/favicon.ico', 'image/svg+xml', icon)
  router.get('/playground/sample.mp4', (_request, response) => response.sendFile(file('./sample.mp4')))
  return router
}
