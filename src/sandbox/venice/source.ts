/** Gets the clip that `video_url` names onto disk, as a server that fetches strangers' addresses should. */

import { createWriteStream } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fetch } from 'undici'
import { badRequest, refuse } from './refusal.ts'

/** Observed 2026-07-30: 413 above about 67 MB of base64, about 50 MB of video. */
export const DATA_URL_MAX_CHARS = 67_000_000
/** Not documented; five minutes of phone video in 4K are about this much. */
const FETCH_MAX_BYTES = 2_000_000_000
const FETCH_TIMEOUT_MS = 120_000
const MAX_REDIRECTS = 5

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Throws a Refusal where the address cannot be used. Returns the number of bytes written to `file`. */
export async function saveSource(videoUrl: string, file: string, closing: AbortSignal): Promise<number> {
  if (videoUrl.startsWith('data:')) return saveDataUrl(videoUrl, file)
  try {
    return await saveFetched(videoUrl, file, closing)
  } catch (error) {
    await rm(file, { force: true })
    throw error
  }
}

async function saveDataUrl(videoUrl: string, file: string): Promise<number> {
  if (videoUrl.length > DATA_URL_MAX_CHARS) throw refuse('tooLarge')
  const head = /^data:video\/[a-z0-9.+-]+;base64,/i.exec(videoUrl.slice(0, 100))
  if (!head) throw badRequest('video_url must be an https URL or a data:video/...;base64 URL')
  const bytes = Buffer.from(videoUrl.slice(head[0].length), 'base64')
  if (bytes.length === 0) throw refuse('invalidVideo')
  await writeFile(file, bytes)
  return bytes.length
}

async function saveFetched(videoUrl: string, file: string, closing: AbortSignal): Promise<number> {
  const signal = AbortSignal.any([closing, AbortSignal.timeout(FETCH_TIMEOUT_MS)])
  let url = vetted(videoUrl)
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await fetch(url, { redirect: 'manual', signal }).catch((cause: unknown) => {
      throw badRequest(`Failed to fetch video_url: ${reason(cause)}`)
    })
    const location = response.headers.get('location')
    if (response.status >= 300 && response.status < 400 && location) {
      await response.body?.cancel()
      url = vetted(new URL(location, url).href)
      continue
    }
    if (!response.ok || !response.body) {
      await response.body?.cancel()
      throw badRequest(`Failed to fetch video_url: HTTP ${response.status}`)
    }
    return save(Readable.fromWeb(response.body), file, signal)
  }
  throw badRequest('Failed to fetch video_url: too many redirects')
}

async function save(body: Readable, file: string, signal: AbortSignal): Promise<number> {
  let bytes = 0
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > FETCH_MAX_BYTES) done(refuse('tooLarge'))
      else done(null, chunk)
    },
  })
  try {
    await pipeline(body, meter, createWriteStream(file), { signal })
  } catch (cause) {
    if (bytes > FETCH_MAX_BYTES) throw refuse('tooLarge')
    throw badRequest(`Failed to fetch video_url: ${reason(cause)}`)
  }
  return bytes
}

function vetted(text: string): string {
  const url = URL.parse(text)
  if (!url) throw badRequest('video_url must be a valid URL', { video_url: 'Invalid URL' })
  const plainLoopback = url.protocol === 'http:' && LOOPBACK.has(url.hostname)
  if (url.protocol !== 'https:' && !plainLoopback) {
    throw badRequest('video_url must be an https URL or a data:video/...;base64 URL', {
      video_url: 'Invalid URL',
    })
  }
  return url.href
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}
