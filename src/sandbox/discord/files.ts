import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Attachment, MOUNT } from '../control.ts'
import { contentTypeOf } from '../file-names.ts'
import { measure } from './measure.ts'

/** One file that somebody uploaded, on the disk. */
export interface StoredFile {
  id: string
  filename: string
  /** The name before cleaning, without its ending; only when cleaning changed it. */
  title: string | undefined
  description: string | undefined
  path: string
  size: number
  width: number | undefined
  height: number | undefined
  /** Uploaded for a slash command's option or not posted yet: belongs to no message. */
  ephemeral: boolean
  /** The channel, or for an ephemeral file the application. */
  owner_id: string
}

/** Links live for a day (not documented; what people see, August 2026). */
const LINK_LIFE_MS = 24 * 3600_000

export class TooLargeError extends Error {
  override readonly name = 'TooLargeError'
}

export interface NewFile {
  filename: string
  title?: string | undefined
  description?: string | undefined
  ephemeral: boolean
  owner_id: string
}

/** Keeps uploaded bytes in a folder of its own and signs the links to them. */
export class FileStore {
  readonly #files = new Map<string, StoredFile>()
  readonly #secret = randomBytes(32)
  readonly #clock: () => number
  readonly #nextId: () => string
  readonly #workDir: string | undefined
  #folder: Promise<string> | undefined
  baseUrl = 'http://127.0.0.1'

  constructor(options: { clock: () => number; nextId: () => string; workDir: string | undefined }) {
    this.#clock = options.clock
    this.#nextId = options.nextId
    this.#workDir = options.workDir
  }

  /** @throws TooLargeError when more than `limit` bytes come; nothing is kept then. */
  async save(source: Readable, file: NewFile, limit: number): Promise<StoredFile> {
    this.#folder ??= mkdtemp(join(this.#workDir ?? tmpdir(), 'murano-discord-'))
    const id = this.#nextId()
    const path = join(await this.#folder, id)
    let size = 0
    const counted = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        size += chunk.length
        if (size > limit) throw new TooLargeError(`more than ${limit} bytes`)
        yield chunk
      }
    }
    try {
      await pipeline(source, counted, createWriteStream(path))
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
    const { width, height } = await measure(path, contentTypeOf(file.filename))
    const stored: StoredFile = {
      id,
      filename: file.filename,
      title: file.title,
      description: file.description,
      path,
      size: (await stat(path)).size,
      width,
      height,
      ephemeral: file.ephemeral,
      owner_id: file.owner_id,
    }
    this.#files.set(id, stored)
    return stored
  }

  /** An upload becomes part of a message there: from then on it stays as long as the message. */
  moveInto(channelId: string, file: StoredFile): StoredFile {
    const moved = { ...file, ephemeral: false, owner_id: channelId }
    this.#files.set(file.id, moved)
    return moved
  }

  find(id: string): StoredFile | undefined {
    return this.#files.get(id)
  }

  /** The attachment object as a payload carries it, with a link signed now. */
  describe(file: StoredFile): Attachment & { title?: string; description?: string } {
    const url = this.link(file)
    const contentType = contentTypeOf(file.filename)
    return {
      id: file.id,
      filename: file.filename,
      ...(file.title === undefined ? {} : { title: file.title }),
      ...(file.description === undefined ? {} : { description: file.description }),
      size: file.size,
      url,
      proxy_url: url,
      ...(contentType === undefined ? {} : { content_type: contentType }),
      ...(file.width === undefined ? {} : { width: file.width }),
      ...(file.height === undefined ? {} : { height: file.height }),
      ...(file.ephemeral ? { ephemeral: true } : {}),
    }
  }

  /** Parameters ex (expiry) and is (issued) are hex seconds, hm is the signature (docs: reference#signed-attachment-cdn-urls). */
  link(file: StoredFile): string {
    const path = pathOf(file)
    const issued = Math.floor(this.#clock() / 1000).toString(16)
    const expires = Math.floor((this.#clock() + LINK_LIFE_MS) / 1000).toString(16)
    const mark = this.#sign(path, expires, issued)
    return `${this.baseUrl}${MOUNT.discordCdn}${path}?ex=${expires}&is=${issued}&hm=${mark}&`
  }

  check(file: StoredFile, query: { ex?: string; is?: string; hm?: string }): 'good' | 'expired' | 'forged' {
    const { ex = '', is = '', hm = '' } = query
    const expected = Buffer.from(this.#sign(pathOf(file), ex, is))
    const given = Buffer.from(hm)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'forged'
    return this.#clock() > Number.parseInt(ex, 16) * 1000 ? 'expired' : 'good'
  }

  async close(): Promise<void> {
    if (this.#folder) await rm(await this.#folder, { recursive: true, force: true })
  }

  #sign(path: string, expires: string, issued: string): string {
    return createHmac('sha256', this.#secret).update(`${path}|${expires}|${issued}`).digest('hex')
  }
}

/** Where a file lies on the CDN; the folder tells message attachments from those of slash commands. */
export function pathOf(file: StoredFile): string {
  const folder = file.ephemeral ? 'ephemeral-attachments' : 'attachments'
  return `/${folder}/${file.owner_id}/${file.id}/${encodeURIComponent(file.filename)}`
}
