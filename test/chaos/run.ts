/** The lives of a run, each to its end, and the quiet after the last of them. */
import type { Board } from './board.ts'
import type { Life, Lives } from './bot.ts'
import { isDusk, NIGHT_MS } from './calendar.ts'
import type { Crowd } from './crowd.ts'
import type { Place } from './place.ts'
import type { Random } from './random.ts'
import { isEnded, standingOf } from './standing.ts'
import type { Planned } from './steps.ts'
import type { Verdict } from './verdict.ts'
import type { Weather } from './weather.ts'

export interface Run {
  place: Place
  board: Board
  lives: Lives
  weather: Weather
  crowd: Crowd
  random: Random
  say(line: string): void
  /** How it stands now. */
  judge(): Verdict
}

/** Longer than every lease, and than every offer. */
const OUTAGE_MS = 40 * 60_000
/** So long is a named step waited for, once the bot is online; then it is killed where it happens to be. */
const STEP_MS = { embedded: 5_000, servers: 8_000 }
/** For a machine that starts the bot in so much; a busier one takes longer over all else, too. */
const USUAL_START_MS = 1_000
const MOST_BUSY = 2
/** And so much longer where somebody or something has to bring it about. */
const BROUGHT_MS = 3_000
/**
 * On servers a dead process's work belongs to it until a lease ends, as others may be at work. Nobody has to wait for
 * that: the next process comes this much later.
 */
const LEASES_MS = 3 * 60_000
/** After too many failures the bot leaves Venice alone for half a minute. Nobody has to wait for that either. */
const MANY_FAILURES = 5
const REST_MS = 35_000
/** A process that is not online by then never will be. */
const START_MS = 60_000
/** A life that ends at random ends within this after its start. */
const LIFE_MS = 4_500
/** At the end: so long may nothing move before it counts as quiet. */
const STILL_MS = 5_000
const MOST_OUTAGES = 4

export interface Killed {
  count: number
  /** By the step's name. */
  at: ReadonlyMap<string, number>
  random: number
}

/** Life after life. A named step that does not come about gets two more turns, in place of random moments. */
export async function killAll(run: Run, planned: readonly Planned[]): Promise<Killed> {
  const at = new Map<string, number>()
  const again: Planned[] = []
  const missed = new Map<string, number>()
  let random = 0
  for (const [index, plan] of planned.entries()) {
    const { step } = plan.step === null ? (again.shift() ?? plan) : plan
    if (isDusk(run.crowd.refusals.all, run.place.clock())) run.place.pass(NIGHT_MS)
    else if (step?.point.outage) run.place.pass(OUTAGE_MS)
    else if (run.place.stores === 'servers') run.place.pass(LEASES_MS)
    else if (run.place.proxy.recentFailures() >= MANY_FAILURES) run.place.pass(REST_MS)
    if (step?.point.forgetful) await run.place.forgetCommands()
    run.weather.bring(step?.point.fault ?? null)
    run.crowd.wish(step?.point.wish ?? null)
    const died = await endOf(run, await run.lives.start(step), step)
    run.weather.bring(null)
    if (died === null) random++
    else at.set(died, (at.get(died) ?? 0) + 1)
    if (step && died === null && !at.has(step.name)) {
      const times = (missed.get(step.name) ?? 0) + 1
      missed.set(step.name, times)
      if (times < 3) again.push({ step: { ...step, nth: 1 } })
    }
    const instead = step && died === null ? `, as "${step.name}" did not come about` : ''
    const tally = index % 10 === 9 ? ` · ${tallyOf(run)}` : ''
    run.say(`kill ${index + 1}/${planned.length}: ${died ?? 'at random'}${instead}${tally}`)
  }
  return { count: planned.length, at, random }
}

/** Waits for a life's death at its step, or brings it about at a random moment. Null: at random. */
async function endOf(run: Run, life: Life, step: Planned['step']): Promise<string | null> {
  const timers: NodeJS.Timeout[] = []
  const after = (ms: number) =>
    new Promise<'late'>(resolve => timers.push(setTimeout(() => resolve('late'), ms)))
  const brought = step?.point.fault !== undefined || step?.point.wish !== undefined
  const stepMs = STEP_MS[run.place.stores] + (brought ? BROUGHT_MS : 0)
  const startedAt = performance.now()
  const busy = () => Math.min(MOST_BUSY, Math.max(1, (performance.now() - startedAt) / USUAL_START_MS))
  const late = step
    ? Promise.race([life.online.then(() => after(stepMs * busy())), after(START_MS)])
    : after(run.random.between(0, LIFE_MS))
  const died = await Promise.race([life.died, late])
  for (const timer of timers) clearTimeout(timer)
  if (died === null) throw new Error(`the bot ended by itself:\n${life.output().slice(-20).join('\n')}`)
  if (died !== 'late') return died
  await life.kill()
  return life.died
}

function tallyOf({ judge, crowd }: Run): string {
  const { confirmed, accepted, results, failures, unconfirmed } = judge()
  return `${crowd.asked.length} asked, ${confirmed} confirmed, ${accepted} accepted, ${results} results, ${failures} failures, ${unconfirmed} questions`
}

/**
 * The bot runs until every confirmed job has ended or is asked about. Where nothing moves, and once in any case, the
 * machine stands still for longer than any lease: then whatever waits for one comes out, a second end of something too.
 */
export async function settle(run: Run): Promise<Life> {
  const { board, crowd, place, lives, say } = run
  let handsAreStill = false
  const finished = crowd.finish().then(() => {
    handsAreStill = true
    board.changed()
  })
  let life = await lives.start(null)
  for (let outages = 0; ; outages++) {
    await life.online
    await board.until(() => handsAreStill && openOnes(run).length === 0, 2 * STILL_MS)
    await quiet(run)
    const open = openOnes(run)
    if ((outages > 0 && handsAreStill && open.length === 0) || outages === MOST_OUTAGES) break
    say(`40 minutes pass; ${open.length} open${open.length > 0 ? `: ${open.slice(0, 8).join(' ')}` : ''}`)
    await life.kill()
    place.pass(OUTAGE_MS)
    life = await lives.start(null)
  }
  await finished
  return life
}

/** Whoever agreed to something and sees no end of it yet. */
const openOnes = ({ crowd, board }: Run): string[] =>
  crowd.asked.filter(({ stem }) => !isEnded(standingOf(board.about(stem)))).map(({ stem }) => stem)

/** Until nothing that people see has changed for a while. */
async function quiet({ board, crowd }: Run): Promise<void> {
  const look = () =>
    JSON.stringify(crowd.asked.map(({ stem }) => board.about(stem).map(m => [m.key, m.text, m.buttons])))
  for (let seen = look(); await board.until(() => look() !== seen, STILL_MS); ) seen = look()
}
