import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { MuranoError } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'

/** What a link leads to. */
export type LinkedFile =
  | { kind: 'file'; path: string; contentType: string }
  /** It was ours, and its time is over. */
  | { kind: 'expired' }
  | { kind: 'unknown' }

export type WebHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

export interface HttpServer {
  port: number
  close(): Promise<void>
}

/**
 * The web face: result files with Range, a health check, and what the platforms need of one.
 * @throws MuranoError port_taken
 */
export async function startHttp(options: {
  port: number
  openLink: (parts: { key: string; until: string; signature: string }) => LinkedFile
  /** Resolves to the parts that are not well, by name; empty when all are. */
  health: () => Promise<Record<string, string>>
  /** What else is served here; each calls `next` for what is not its own. */
  others: readonly WebHandler[]
  log: Log
}): Promise<HttpServer> {
  const app = express()
  app.disable('x-powered-by')

  app.get('/healthz', async (_req, res) => {
    const troubles = await options.health()
    const well = Object.keys(troubles).length === 0
    res.status(well ? 200 : 503).json(well ? { ok: true } : { ok: false, troubles })
  })

  app.get('/files/:folder/:item/:until/:signature/:name', (req, res) => {
    const { folder, item, until, signature, name } = req.params
    const found = options.openLink({ key: `${folder}/${item}`, until, signature })
    if (found.kind === 'expired')
      return void res.status(410).type('text').send('This link has ended. Ask in the chat for a new one.\n')
    if (found.kind === 'unknown')
      return void res.status(404).type('text').send('There is no such file here.\n')
    res.setHeader('Content-Type', found.contentType)
    res.setHeader('Content-Disposition', `inline; filename*=UTF-8''${encodeURIComponent(name)}`)
    res.setHeader('X-Content-Type-Options', 'nosniff')
    res.setHeader('Content-Security-Policy', "default-src 'none'; media-src 'self'")
    res.setHeader('X-Robots-Tag', 'noindex')
    // `send` behind sendFile does Range, HEAD, ETag and conditional requests.
    res.sendFile(found.path, { cacheControl: true, maxAge: '1h', dotfiles: 'allow' }, error => {
      if (!error || res.headersSent) return
      const { code, status, headers } = error as {
        code?: string
        status?: number
        headers?: Record<string, string>
      }
      res.removeHeader('Content-Disposition')
      if (code === 'ENOENT') res.status(410).type('text').send('This file was removed.\n')
      else if (status === 416)
        res
          .status(416)
          .set(headers ?? {})
          .end()
      else res.status(500).type('text').send('This file could not be read.\n')
    })
  })

  for (const handler of options.others) app.use(handler)
  app.use((_req, res) => void res.status(404).type('text').send('Nothing here.\n'))
  app.use((error: unknown, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    options.log.error({ error }, 'a web request broke')
    if (!res.headersSent) res.status(500).type('text').send('Something broke on our side.\n')
  })

  const server = createServer(app)
  await new Promise<void>((resolve, reject) => {
    server.once('error', error =>
      reject(
        (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
          ? new MuranoError(
              'port_taken',
              `Port ${options.port} is in use. Set PORT to a free one, or stop what uses it.`,
              { cause: error },
            )
          : error,
      ),
    )
    server.listen(options.port, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
