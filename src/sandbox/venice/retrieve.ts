/** POST /video/retrieve and POST /video/complete: asking for a result, and saying goodbye to it. */

import type { RequestHandler } from 'express'
import type { Job } from './jobs.ts'
import type { Model } from './models.ts'
import { badRequest, refuse } from './refusal.ts'
import { send } from './result.ts'
import { parseJobName } from './wire.ts'
import type { World } from './world.ts'

export function retrieve(world: World): RequestHandler {
  return async (request, response) => {
    const { queueId, model, deleteOnCompletion, unknownFields } = parseJobName(
      world.dialect,
      'retrieve',
      request.body,
    )
    for (const field of unknownFields) world.log(`retrieve: unknown field ${JSON.stringify(field)}`)
    const job = named(world, queueId, model)
    job.retrieves++
    if (job.failure) throw job.failure
    const done = world.jobs.status(job) === 'COMPLETED' && !world.faults.on('stuck')
    const times = {
      average_execution_time: Math.round(world.jobs.averageExecutionMs()),
      execution_duration: Math.round((done ? (job.finishedAt ?? 0) : world.clock()) - job.acceptedAt),
    }
    if (!done) {
      response.json({ status: 'PROCESSING', ...times })
    } else if (world.dialect === 'guide') {
      response.json({
        status: 'completed',
        ...(world.faults.on('no-url') ? {} : { url: world.fileUrl(job) }),
      })
    } else if (job.linkTold) {
      response.json({ status: 'COMPLETED', ...times })
    } else {
      const whole = await send(world, job, null, response)
      if (whole && deleteOnCompletion) await world.jobs.delete(job)
    }
  }
}

export function complete(world: World): RequestHandler {
  return async (request, response) => {
    const { queueId, model, unknownFields } = parseJobName(world.dialect, 'complete', request.body)
    for (const field of unknownFields) world.log(`complete: unknown field ${JSON.stringify(field)}`)
    const job = named(world, queueId, model)
    if (job.failure) throw job.failure
    if (world.jobs.status(job) !== 'COMPLETED') throw badRequest('The video is still processing')
    if (world.dialect === 'guide') {
      response.json({ status: 'completed', url: world.fileUrl(job) })
      return
    }
    await world.jobs.delete(job)
    response.json({ success: true })
  }
}

/** A job is known by its number together with its model. */
function named(world: World, queueId: string, model: Model | null): Job {
  const job = world.jobs.find(queueId)
  if (!job || job.deleted || (model && model.id !== job.model)) throw refuse('notFound')
  return job
}
