/** The clips that were accepted: their conversion, their files, and what the book says of them. */

import { randomBytes, randomUUID } from 'node:crypto'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { VeniceBookJob } from '../control.ts'
import type { ClipFacts, OutputCodec } from './clip.ts'
import type { Clips } from './clips.ts'
import type { ModelId } from './models.ts'
import { ANSWERS, Refusal } from './refusal.ts'

export interface Job {
  queueId: string
  model: ModelId
  /** Names the result in a download address. */
  token: string
  /** Whether queue told the download address: then retrieve never sends the file. */
  linkTold: boolean
  factor: number
  acceptedAt: number
  /** Not before this (ms) does retrieve say that it is done. */
  earliestAt: number
  source: ClipFacts & { bytes: number }
  chargedUsd: number
  usdPerSecond: number
  refundedUsd: number
  retrieves: number
  downloads: number
  /** A download breaks off or stalls once per job. */
  wasCut: boolean
  linkRevoked: boolean
  deleted: boolean
  resultFile: string
  output: { width: number; height: number; bytes: number } | null
  /** What retrieve answers from now on: the job failed. */
  failure: Refusal | null
  finishedAt: number | null
}

export interface NewJob {
  model: ModelId
  codec: OutputCodec
  sourceFile: string
  source: ClipFacts & { bytes: number }
  factor: number
  chargedUsd: number
  usdPerSecond: number
  earliestAt: number
  linkTold: boolean
  /** Where a fault decides that this job fails: how, and whether its price comes back. */
  fate: { failure: Refusal; refund: boolean } | null
}

export interface Jobs {
  accept(queueId: string, job: NewJob): Job
  find(queueId: string): Job | undefined
  findByToken(token: string): Job | undefined
  status(job: Job): VeniceBookJob['status']
  /** Removes the result from disk; retrieve knows it no more. */
  delete(job: Job): Promise<void>
  /** P80 of the execution times so far, ms. */
  averageExecutionMs(): number
  book(): VeniceBookJob[]
  /** Settles when no conversion runs. */
  idle(): Promise<void>
}

export const newQueueId = () => randomUUID()

/** Told as average_execution_time before any job is finished, ms. */
const FIRST_GUESS_MS = 20_000

export function createJobs(options: {
  clips: Clips
  workDir: string
  /** Served as the result of every job; nothing is enlarged then. */
  resultFile: string | null
  clock: () => number
  refund(job: Job): void
  log(line: string): void
}): Jobs {
  const { clips, clock } = options
  const jobs = new Map<string, Job>()
  const running = new Set<Promise<void>>()

  async function convert(
    job: Job,
    { sourceFile, fate, codec }: Pick<NewJob, 'sourceFile' | 'fate' | 'codec'>,
  ): Promise<void> {
    try {
      if (fate) throw fate.failure
      const size = { width: job.source.width * job.factor, height: job.source.height * job.factor }
      const made = options.resultFile
        ? size
        : await clips.enlarge(sourceFile, job.resultFile, { ...size, codec })
      job.output = { ...made, bytes: (await stat(job.resultFile)).size }
    } catch (error) {
      options.log(`job ${job.queueId} failed: ${error instanceof Error ? error.message : String(error)}`)
      const refund = fate?.refund ?? true
      // Retrieve's 500 is the only documented way to learn that a job failed (OpenAPI, 2026-08-21).
      job.failure =
        error instanceof Refusal
          ? error
          : new Refusal(500, { ...ANSWERS.inferenceFailed.body, credits_refunded: refund })
      if (refund) {
        job.refundedUsd = job.chargedUsd
        options.refund(job)
      }
    } finally {
      job.finishedAt = Math.max(clock(), job.earliestAt)
      await rm(sourceFile, { force: true })
    }
  }

  function status(job: Job): VeniceBookJob['status'] {
    if (job.deleted) return 'DELETED'
    if (job.failure) return 'FAILED'
    return job.output && clock() >= job.earliestAt ? 'COMPLETED' : 'PROCESSING'
  }

  return {
    accept(queueId, { sourceFile, fate, codec, ...rest }) {
      const job: Job = {
        ...rest,
        queueId,
        token: randomBytes(24).toString('base64url'),
        acceptedAt: clock(),
        refundedUsd: 0,
        retrieves: 0,
        downloads: 0,
        wasCut: false,
        linkRevoked: false,
        deleted: false,
        resultFile: options.resultFile ?? join(options.workDir, `${queueId}.mp4`),
        output: null,
        failure: null,
        finishedAt: null,
      }
      jobs.set(queueId, job)
      const work = convert(job, { sourceFile, fate, codec }).finally(() => running.delete(work))
      running.add(work)
      return job
    },
    find: queueId => jobs.get(queueId),
    findByToken: token => jobs.values().find(job => job.token === token),
    status,
    async delete(job) {
      job.deleted = true
      if (!options.resultFile) await rm(job.resultFile, { force: true })
    },
    averageExecutionMs() {
      const times = [...jobs.values()]
        .flatMap(job => (job.finishedAt === null ? [] : [job.finishedAt - job.acceptedAt]))
        .sort((a, b) => a - b)
      return times[Math.floor(times.length * 0.8)] ?? FIRST_GUESS_MS
    },
    book: () =>
      [...jobs.values()].map(job => ({
        queue_id: job.queueId,
        model: job.model,
        accepted_at: job.acceptedAt,
        status: status(job),
        upscale_factor: job.factor,
        source: {
          width: job.source.width,
          height: job.source.height,
          fps: job.source.fps,
          duration_s: job.source.durationS,
          codec: job.source.codec,
          has_audio: job.source.hasAudio,
          bytes: job.source.bytes,
        },
        output: job.output,
        charged_usd: job.chargedUsd,
        refunded_usd: job.refundedUsd,
        retrieves: job.retrieves,
        error: job.failure?.message ?? null,
      })),
    async idle() {
      await Promise.all(running)
    },
  }
}
