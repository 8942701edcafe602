/** POST /video/queue: the request that costs money. */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RequestHandler } from 'express'
import type { ClipFacts } from './clip.ts'
import { type NewJob, newQueueId } from './jobs.ts'
import type { Model } from './models.ts'
import { priceUsd, ratePerSecond } from './prices.ts'
import { ANSWERS, badRequest, providerPolicy, Refusal, refuse } from './refusal.ts'
import { saveSource } from './source.ts'
import type { QueueRequest } from './traffic.ts'
import { parseQueue, parseQuote } from './wire.ts'
import type { World } from './world.ts'

const MAX_DURATION_S = 300
/** "Too short" is documented, the number is not. */
const MIN_DURATION_S = 0.1
/** How far a stated duration may be off; the real tolerance is not documented. */
const STATED_TOLERANCE_S = 1
const SLOW_MS = 60_000
/** A quote without input_height is "a conservative estimate": the top tier. */
const CONSERVATIVE_HEIGHT = 2160

export function queue(world: World): RequestHandler {
  return async (request, response) => {
    const order = parseQueue(world.dialect, request.body)
    for (const field of order.unknownFields) world.log(`queue: unknown field ${JSON.stringify(field)}`)
    const queueId = newQueueId()
    const sourceFile = join(world.workDir, `${queueId}.source`)
    try {
      const source = await readSource(world, order.videoUrl, sourceFile)
      if (
        order.statedDurationS !== null &&
        Math.abs(order.statedDurationS - source.durationS) > STATED_TOLERANCE_S
      ) {
        throw badRequest('duration does not match the video', { duration: 'Does not match the video' })
      }
      // From here on nothing waits: two requests cannot spend the same credit.
      const chargedUsd = priceUsd(asPriced(world, order.model), source, order.factor)
      const usdPerSecond = ratePerSecond(
        asPriced(world, order.model),
        source.height * order.factor,
        source.fps,
      )
      const line = { usd: chargedUsd, sku: order.model.id, seconds: source.durationS, usdPerSecond, queueId }
      if (!world.ledger.charge(line)) {
        throw refuse('noCredit')
      }
      const job = world.jobs.accept(queueId, {
        model: order.model.id,
        codec: order.h264Output ? 'avc' : order.model.codec,
        sourceFile,
        source,
        factor: order.factor,
        chargedUsd,
        usdPerSecond,
        earliestAt: world.clock() + world.processingMs + (world.faults.on('slow') ? SLOW_MS : 0),
        linkTold: world.dialect === 'spec' && !world.faults.on('inline-result'),
        fate: fateOf(world),
      })
      // Also true where the client has gone meanwhile: the server does not know, and has taken the money.
      const entry = response.locals.queueRequest as QueueRequest
      entry.queue_id = queueId
      entry.status = 200
      if (world.faults.on('accepted-500')) {
        response.status(500).json(ANSWERS.inferenceFailed.body)
        return
      }
      if (world.faults.on('lost-answer')) {
        request.socket.destroy()
        return
      }
      if (world.faults.on('held-answer')) return
      const link = job.linkTold ? { download_url: world.fileUrl(job) } : {}
      response.json({ model: job.model, queue_id: queueId, ...link })
    } catch (error) {
      await rm(sourceFile, { force: true })
      throw error
    }
  }
}

/** POST /video/quote. Reads the file where one is named, else goes by the numbers. */
export function quote(world: World): RequestHandler {
  return async (request, response) => {
    const order = parseQuote(world.dialect, request.body)
    for (const field of order.unknownFields) world.log(`quote: unknown field ${JSON.stringify(field)}`)
    if (!('videoUrl' in order)) {
      const { model, durationS, factor } = order
      // The frame rate is no input of this form, so a 60 fps clip is quoted at half its price.
      const height = order.inputHeight ?? CONSERVATIVE_HEIGHT
      response.json({ quote: priceUsd(asPriced(world, model), { height, fps: 30, durationS }, factor) })
      return
    }
    const file = join(world.workDir, `${newQueueId()}.quote`)
    try {
      const source = await readSource(world, order.videoUrl, file)
      response.json({ quote: priceUsd(asPriced(world, order.model), source, order.factor) })
    } finally {
      await rm(file, { force: true })
    }
  }
}

/** Prices as they are now: somebody may have changed them. */
const asPriced = ({ prices }: World, model: Model): Model => ({
  ...model,
  tiers: model.tiers.map(tier => ({ ...tier, usdPerSecond: tier.usdPerSecond * prices.times })),
})

async function readSource(
  world: World,
  videoUrl: string,
  file: string,
): Promise<ClipFacts & { bytes: number }> {
  const bytes = await saveSource(videoUrl, file, world.closing)
  const facts = await world.clips.read(file).catch((error: unknown) => {
    world.log(`unreadable clip: ${error instanceof Error ? error.message : String(error)}`)
    throw refuse('invalidVideo')
  })
  if (facts.format === 'other') throw refuse('invalidVideo')
  if (facts.durationS > MAX_DURATION_S) throw refuse('tooLong')
  if (facts.durationS < MIN_DURATION_S) throw refuse('tooShort')
  return { ...facts, bytes }
}

function fateOf(world: World): NewJob['fate'] {
  if (world.faults.on('provider-policy')) return { failure: providerPolicy(true), refund: true }
  if (world.faults.on('no-refund')) return { failure: providerPolicy(false), refund: false }
  if (world.faults.on('failed-job')) {
    const { status, body } = ANSWERS.inferenceFailed
    return { failure: new Refusal(status, { ...body, credits_refunded: true }), refund: true }
  }
  return null
}
