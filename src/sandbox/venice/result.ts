/** The result's bytes: as retrieve's body, and behind a download address. */

import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Request, RequestHandler, Response } from 'express'
import type { Job } from './jobs.ts'
import { refuse } from './refusal.ts'
import type { World } from './world.ts'

/** "A few retries are fine if a download drops" (video-generation guide, 2026-08-21); the number is a guess. */
const LINK_DOWNLOADS = 5
const LINK_VALID_MS = 24 * 3_600_000

/** A 20-byte `ftyp` box: begins as an MP4 does and holds nothing. */
export const TINY_FILE = Buffer.from([
  ...[0, 0, 0, 20, ...Buffer.from('ftypisom')],
  ...[0, 0, 2, 0, ...Buffer.from('isom')],
])

/** What of the file is wanted: `start` and `end` are its first and last byte. Null: all of it. */
type Wanted = { start: number; end: number } | null

/** Sends the file as the body. False where the client did not get all of it. */
export async function send(world: World, job: Job, wanted: Wanted, response: Response): Promise<boolean> {
  response.type('video/mp4')
  if (world.faults.on('tiny-file')) {
    response.end(TINY_FILE)
    return true
  }
  if (!job.output) throw refuse('notFound')
  const size = job.output.bytes
  const { start, end } = wanted ?? { start: 0, end: size - 1 }
  const bytes = end - start + 1
  response.setHeader('content-length', bytes)
  if (wanted) response.status(206).setHeader('content-range', `bytes ${start}-${end}/${size}`)
  const sent = bytesSent(world, job, bytes)
  if (sent === bytes) {
    return pipeline(createReadStream(job.resultFile, { start, end }), response).then(
      () => true,
      () => false,
    )
  }
  job.wasCut = true
  // What is to arrive must have left before the connection breaks, or the client sees a refused request instead.
  response.flushHeaders()
  if (sent > 0) {
    for await (const chunk of createReadStream(job.resultFile, { start, end: start + sent - 1 })) {
      if (response.destroyed) return false
      if (!response.write(chunk))
        await new Promise(resolve => response.once('drain', resolve).once('close', resolve))
    }
  }
  await new Promise(resolve => response.write('', resolve))
  if (world.faults.on('stalled-download')) await goneOrClosing(world, response)
  response.destroy()
  return false
}

/** How many of `bytes` are sent before the connection breaks; all of them where nothing is to break it. */
function bytesSent(world: World, job: Job, bytes: number): number {
  if (world.faults.on('cut-anywhere')) return Math.floor(world.random() * (bytes + 1))
  return cutsFirst(world, job) ? Math.floor(bytes / 2) : bytes
}

const cutsFirst = (world: World, job: Job) =>
  !job.wasCut && (world.faults.on('cut-download') || world.faults.on('stalled-download'))

async function goneOrClosing(world: World, response: Response): Promise<void> {
  await new Promise<void>(resolve => {
    response.once('close', () => resolve())
    if (response.destroyed || world.closing.aborted) resolve()
    world.closing.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** GET of a download address: no key, ranges allowed. */
export function file(world: World): RequestHandler<{ token: string }> {
  return async (request, response) => {
    const job = linked(world, request.params.token)
    // Each request is a use of the link, a range too: that is how the real one counts, as far as is known.
    job.downloads++
    if (world.faults.on('tiny-file') || world.faults.on('cut-anywhere') || cutsFirst(world, job)) {
      await send(world, job, rangeOf(request, job), response)
      return
    }
    await new Promise<void>((resolve, reject) => {
      const options = {
        dotfiles: 'allow',
        lastModified: false,
        headers: { 'content-type': 'video/mp4' },
      } as const
      response.sendFile(job.resultFile, options, error => {
        if (error && !response.headersSent) reject(error)
        else resolve()
      })
    })
  }
}

/** One range is honoured; for anything else the whole file is sent, as HTTP allows. */
function rangeOf(request: Request<{ token: string }>, job: Job): Wanted {
  const ranges = job.output ? request.range(job.output.bytes) : undefined
  return Array.isArray(ranges) && ranges.type === 'bytes' && ranges.length === 1 ? (ranges[0] ?? null) : null
}

/** DELETE of a download address: revokes it, no key needed (video-generation guide). */
export function revokeLink(world: World): RequestHandler<{ token: string }> {
  return (request, response) => {
    linked(world, request.params.token).linkRevoked = true
    response.status(204).end()
  }
}

function linked(world: World, token: string): Job {
  const job = world.jobs.findByToken(token)
  if (!job || (world.jobs.status(job) !== 'COMPLETED' && !job.deleted)) throw refuse('notFound')
  const tooOld = world.clock() - job.acceptedAt > LINK_VALID_MS
  const usedUp = world.dialect === 'spec' && job.downloads >= LINK_DOWNLOADS
  if (job.linkRevoked || job.deleted || tooOld || usedUp) throw refuse('linkUsedUp')
  return job
}
