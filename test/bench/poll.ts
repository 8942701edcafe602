/**
 * npm run bench:poll
 * How long after a job has finished it is found out, by who asks when. A virtual clock, real rules: Murano's ranking,
 * forecast and shared limit, and in the loop the limiter of the sandbox's Venice, which counts and blocks as its
 * documents say. By turns in the same run: the guide's loop (each job every 5 s, nothing shared), round robin (the
 * longest waiting first, through the same shared limit as ours), and ours. A closed loop: as one job is found done, the
 * next begins. Times are log-normal (sigma 0.35) with a P80 of 145 s; what Venice says of them is right, or three times
 * too low or too high; ours begins each run with no times of its own.
 * Two processes each have beliefs of their own, and share what they found as the database lets them. Each figure is the
 * mean of three seeds. "The bound" is what no order of asking can
 * beat by more than its steps of a second make (best-schedule.ts).
 */
import { chanceDone, type Forecast, forecast } from '../../src/core/forecast.ts'
import { memoryLimits } from '../../src/core/limits.ts'
import { rank, restMs } from '../../src/core/pacing.ts'
import type { Pollable, Took } from '../../src/core/ports.ts'
import { createLimits } from '../../src/sandbox/venice/limits.ts'
import { RETRIEVE_RATE } from '../../src/venice/throttle.ts'
import { bestMeanS } from './best-schedule.ts'

const JOBS = [5, 10, 20, 50, 100, 200]
const SEEDS = [1, 2, 3]
const HOURS = 1
const TICK_MS = 500
const NAIVE_EVERY_MS = 5_000
const P80_MS = 145_000
const SIGMA = 0.35
const MU = Math.log(P80_MS) - 0.8416 * SIGMA
/** Times of our own that are looked at, as in the flows. */
const HISTORY = 200
const REREAD_MS = 60_000

type Policy = 'naive' | 'round robin' | 'murano'
interface Setting {
  name: string
  /** What Venice says of the P80, as a multiple of the truth. */
  said: number
  processes: number
}
const SETTINGS: Setting[] = [
  { name: 'right P80', said: 1, processes: 1 },
  { name: 'P80 3x too low', said: 1 / 3, processes: 1 },
  { name: 'P80 3x too high', said: 3, processes: 1 },
  { name: 'two processes', said: 1, processes: 2 },
]

interface Outcome {
  meanS: number
  p95S: number
  perMinute: number
  refused: number
  found: number
}

interface Process {
  believed: Forecast
  readAt: number
}

interface Running extends Pollable {
  doneAt: number
  /** When the next request is worth making. */
  restsUntil: number
}

/** Mulberry32: seeded, so that every policy meets the same times. */
function random(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

async function run(policy: Policy, count: number, setting: Setting, seed: number): Promise<Outcome> {
  const chance = random(seed)
  const drawMs = () => {
    const normal = Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance())
    return Math.exp(MU + SIGMA * normal)
  }
  let now = 1e12
  const until = now + HOURS * 3_600_000
  const venice = createLimits(() => now)
  const shared = memoryLimits(() => now)
  const delays: number[] = []
  const took: Took[] = []
  // Each process learns at once what it finds itself, and what others found when it reads again.
  const processes = Array.from({ length: setting.processes }, () => ({
    believed: forecast([], P80_MS * setting.said),
    readAt: now,
  }))
  let requests = 0
  let refused = 0

  const begin = (at: number): Running => ({
    id: '',
    kind: '',
    averageMs: P80_MS * setting.said,
    submittedAt: at,
    polledAt: at,
    doneAt: at + drawMs(),
    restsUntil: at,
  })
  // They did not all begin at once: each is somewhere within its time.
  const jobs = Array.from({ length: count }, () => {
    const job = begin(now)
    const already = chance() * (job.doneAt - now)
    return { ...job, submittedAt: now - already, doneAt: job.doneAt - already }
  })

  /** Whether Venice answered; in the order of its gate. */
  function ask(): boolean {
    requests++
    const allowance = venice.take('key', 'retrieve')
    const blocked = venice.blocked('key')
    if (!blocked && allowance.allowed) return true
    refused++
    if (!blocked) venice.failed('key')
    return false
  }

  function poll(index: number, process: Process): void {
    const job = jobs[index]!
    if (!ask()) return
    if (job.doneAt > now) {
      job.polledAt = now
      job.restsUntil = now + restMs(process.believed, now - job.submittedAt)
      return
    }
    delays.push(now - job.doneAt)
    took.unshift({ notDoneMs: job.polledAt - job.submittedAt, doneMs: now - job.submittedAt })
    took.length = Math.min(took.length, HISTORY)
    process.believed = forecast(took, job.averageMs)
    process.readAt = now
    jobs[index] = begin(now)
  }

  if (policy === 'naive') {
    // Each job has a timer of its own.
    const next = jobs.map(() => now + chance() * NAIVE_EVERY_MS)
    while (now < until) {
      const index = next.indexOf(Math.min(...next))
      now = next[index]!
      next[index] = now + NAIVE_EVERY_MS
      poll(index, processes[0]!)
    }
  } else {
    const tickMs = TICK_MS / setting.processes
    for (let tick = 0; now < until; now += tickMs, tick++) {
      const process = processes[tick % processes.length]!
      if (now - process.readAt > REREAD_MS) {
        process.believed = forecast(took, P80_MS * setting.said)
        process.readAt = now
      }
      const free = jobs.map((job, index) => ({ ...job, index }))
      const waiting =
        policy === 'murano'
          ? rank(
              free.filter(job => job.restsUntil <= now),
              () => process.believed,
              now,
            )
          : free.sort((a, b) => a.polledAt - b.polledAt)
      if (waiting.length === 0) continue
      const { granted } = await shared.take(
        'key',
        Math.min(waiting.length, RETRIEVE_RATE.burst),
        RETRIEVE_RATE,
      )
      for (const { index } of waiting.slice(0, granted)) poll(index, process)
    }
  }
  const found = delays.length
  // What was never found waits still.
  delays.push(...jobs.filter(job => job.doneAt < now).map(job => now - job.doneAt))
  delays.sort((a, b) => a - b)
  return {
    meanS: delays.reduce((a, b) => a + b, 0) / delays.length / 1000,
    p95S: delays[Math.floor(delays.length * 0.95)]! / 1000,
    perMinute: requests / (HOURS * 60),
    refused,
    found,
  }
}

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length
const rounded = (value: number, digits: number) => Number(value.toFixed(digits))

/** Only where the P80 is right and one process asks: what could be reached at best, knowing all times beforehand. */
function showBest(count: number): void {
  const exact: Forecast = { mu: MU, sigma: SIGMA, weight: 1 }
  const meanS = bestMeanS({
    jobs: count,
    perMinute: RETRIEVE_RATE.perMinute,
    // Without the constant rate that a forecast has beneath it.
    done: ageS => 1 - (1 - chanceDone(exact, 0, ageS * 1000)) * Math.exp((0.1 * ageS * 1000) / Math.exp(MU)),
    meanAgeS: Math.exp(MU + SIGMA ** 2 / 2) / 1000,
  })
  console.log(`${String(count).padStart(5)} ${'the bound'.padEnd(12)} ${meanS.toFixed(2).padStart(7)}`)
}

const rows = []
const failures: string[] = []
for (const setting of SETTINGS) {
  // The naive loop believes nothing and shares nothing: it is the same in every setting.
  const policies: Policy[] =
    setting === SETTINGS[0] ? ['naive', 'round robin', 'murano'] : ['round robin', 'murano']
  console.log(`\n${setting.name}`)
  console.log(' jobs  policy       mean s   P95 s  asked/min  refused    found  of round robin')
  for (const count of JOBS) {
    const by = new Map<Policy, Outcome>()
    for (const policy of policies) {
      const outcomes: Outcome[] = []
      for (const seed of SEEDS) outcomes.push(await run(policy, count, setting, seed))
      const all = Object.fromEntries(
        (['meanS', 'p95S', 'perMinute', 'refused', 'found'] as const).map(key => [
          key,
          mean(outcomes.map(o => o[key])),
        ]),
      ) as unknown as Outcome
      by.set(policy, all)
      const ratio = all.meanS / (by.get('round robin')?.meanS ?? Number.NaN)
      console.log(
        [
          String(count).padStart(5),
          policy.padEnd(12),
          all.meanS.toFixed(2).padStart(7),
          all.p95S.toFixed(1).padStart(7),
          all.perMinute.toFixed(0).padStart(10),
          all.refused.toFixed(0).padStart(8),
          all.found.toFixed(0).padStart(8),
          (policy === 'murano' ? ratio.toFixed(2) : '').padStart(15),
        ].join(' '),
      )
      rows.push({
        setting: setting.name,
        jobs: count,
        policy,
        meanS: rounded(all.meanS, 2),
        p95S: rounded(all.p95S, 1),
        perMinute: rounded(all.perMinute, 0),
        refused: rounded(all.refused, 0),
        ...(policy === 'murano' && { ofRoundRobin: rounded(ratio, 2) }),
      })
      if (policy !== 'murano') continue
      if (setting.said === 1 && setting.processes === 1) showBest(count)
      const where = `${setting.name}, ${count} jobs`
      if (all.refused > 0) failures.push(`${where}: ${all.refused} refused, 0 wanted`)
      const wanted = setting.said === 1 && count >= 20 && count <= 100 ? 0.65 : 1
      if (ratio > wanted)
        failures.push(`${where}: ${ratio.toFixed(2)} of round robin, at most ${wanted} wanted`)
    }
  }
}
for (const failure of failures) console.log(`NOT MET: ${failure}`)
if (failures.length > 0) process.exitCode = 1
console.log(JSON.stringify({ rows }))
