import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import express, { type Router } from 'express'

/** A web server of somebody's, for links: what was put there is served with Range, by its name. */
export interface Web {
  pages: Router
  control: Router
  close(): Promise<void>
}

const NAME = /^[\w-][\w.-]{0,99}$/

export function createWeb(): Web {
  let folder: Promise<string> | null = null
  const place = async (name: string) => {
    folder ??= mkdtemp(join(tmpdir(), 'murano-web-'))
    return join(await folder, name)
  }

  const control = express.Router()
  control.put('/:name', async (request, response) => {
    const { name } = request.params
    if (!NAME.test(name))
      return void response.status(400).json({ error: 'Letters, digits, dots and dashes.' })
    await pipeline(request, createWriteStream(await place(name)))
    response.status(204).end()
  })

  const pages = express.Router()
  pages.get('/moved/:name', (request, response) => response.redirect(302, `../${request.params.name}`))
  pages.get('/:name', async (request, response) => {
    const { name } = request.params
    if (!NAME.test(name)) return void response.status(404).type('text').send('Nothing here.\n')
    response.sendFile(await place(name), { dotfiles: 'allow' }, error => {
      if (error && !response.headersSent) response.status(404).type('text').send('Nothing here.\n')
    })
  })
  return {
    pages,
    control,
    async close() {
      if (folder) await rm(await folder, { recursive: true, force: true })
    },
  }
}
