import type { Clip, Factor } from '../core/clip.ts'
import { expectation, type Forecast, forecast, runKind } from '../core/forecast.ts'
import type { Expected, JobIn } from '../core/job.ts'
import type { Clock, Log, RunTimes } from '../core/ports.ts'

/** What is expected of jobs of each kind, from how long such jobs have taken; kept at hand, since every poll asks. */
export interface Forecasts {
  /** `averageMs`: the provider's figure for the job at hand (a P80), null where it gave none. */
  of(kind: string, averageMs: number | null): Promise<Forecast>
  /** A job was found to be done now. */
  learn(job: JobIn<'processing'>): Promise<void>
}

/** Older times say little: providers get faster and slower. */
const HISTORY = 200
/** Other processes learn too. */
const REREAD_MS = 60_000
/** The provider's average moves with every job of everybody. */
const AVERAGES_KEPT = 20

/** How long a clip of this size takes, as far as is known. Never fails: nobody has to know. */
export async function expectedOf(
  forecasts: Forecasts,
  { model, clip, factor }: { model: string; clip: Clip; factor: Factor },
): Promise<Expected | null> {
  return expectation(await forecasts.of(runKind(model, clip, factor), null), 0)
}

export function createForecasts(options: { runTimes: RunTimes; clock: Clock; log: Log }): Forecasts {
  const { runTimes, clock, log } = options
  const kinds = new Map<
    string,
    { readAt: number; took: ReturnType<RunTimes['recent']>; made: Map<string, Forecast> }
  >()

  function known(kind: string) {
    const at = kinds.get(kind)
    if (at && clock() - at.readAt < REREAD_MS) return at
    const took = runTimes.recent(kind, HISTORY).catch(error => {
      log.warn({ kind, error }, 'how long jobs have taken could not be read; going by the average')
      return []
    })
    const fresh = { readAt: clock(), took, made: new Map<string, Forecast>() }
    kinds.set(kind, fresh)
    return fresh
  }

  return {
    async of(kind, averageMs) {
      const { took, made } = known(kind)
      const times = await took
      const key = String(averageMs)
      const ready = made.get(key)
      if (ready) return ready
      if (made.size >= AVERAGES_KEPT) made.clear()
      const of = forecast(times, averageMs)
      made.set(key, of)
      return of
    },
    async learn(job) {
      const took = {
        notDoneMs: Math.max(0, job.polledAt - job.submittedAt),
        doneMs: Math.max(1, clock() - job.submittedAt),
      }
      await runTimes.note(job.id, job.kind, took)
      kinds.delete(job.kind)
    },
  }
}
