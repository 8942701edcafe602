/**
 * npm run chaos -- --kills N --json [--seed S] [--stores embedded|servers] [--platform discord|slack] [--keep]
 *
 * What it costs is what was agreed, whatever dies. Real bot processes on real stores (an embedded database in a folder;
 * "servers": Postgres and Redis), and a sandbox whose Venice keeps the books. Members ask for small clips all the time
 * and press Confirm, sometimes twice, sometimes while nobody is there; events arrive up to three times; faults come and
 * go; Redis is killed and comes back; and the bot is killed with SIGKILL N times and started again: by turns at named
 * steps (before and after each write, each call, each post; steps.ts) and at random moments. Questions about lost answers
 * are answered by chance, or left open.
 *
 * How a named step is hit: calls and posts by a proxy between the bot and everybody else (proxy.ts), writes by a module
 * that is loaded into the bot's process before it (in-the-bot.ts). The bot's own code knows of neither.
 *
 * Caps are set so low that presses are refused again and again (limits.ts), until a day or a month ends: while people
 * wait for that, eight hours pass between two lives (calendar.ts). For dear clips somebody else has to agree, too, who
 * approves, declines, or leaves it.
 *
 * In the end the faults stop, the bot runs until every confirmed job has ended or is an open question, and where nothing
 * moves any more the machine stands still for 40 minutes (the clock of everybody jumps), so that every lease runs out.
 * Then the verdict (verdict.ts), from Venice's book and from what members saw; the last line is JSON:
 *
 * {"kills","confirmed","doubleSubmissions","lost","silent","capOverruns","ledgerErrors","unconfirmed","needless","seed",..}
 *
 * doubleSubmissions: accepted paid requests beyond one for each confirmation (a person's Retry is a confirmation of its
 * own). lost: confirmed, accepted and completed at Venice, and people see no result, no question, no failure. silent:
 * confirmed, and people see no end. unconfirmed: questions about lost answers. needless: those of them where no answer was
 * lost and no process died in the step. unsaid: presses that acted while their message still asks; saidTwice: messages that
 * repeat another; both are told, and fail nothing. capOverruns: how often more was spent, or ran at once, than may be, by
 * Venice's book and by the ledger's lines (overruns.ts); capRefusals: presses that were refused over a cap, as far as
 * people were told so. ledgerErrors: what the ledger's own check finds. Exit code 1 where a number that should be zero is not. A seed brings the same plan and the same choices, not the same races.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { parseArgs } from 'node:util'
import { createBoard } from './board.ts'
import { createLives } from './bot.ts'
import { startsAheadMs } from './calendar.ts'
import { gather } from './crowd.ts'
import { join } from './hands.ts'
import { checkLedger } from './ledger-check.ts'
import { daysOfMonth, envOf, limitsFor } from './limits.ts'
import { openPlace, type Platform, type Stores } from './place.ts'
import { createRandom } from './random.ts'
import { rulesOf } from './rules.ts'
import { killAll, type Run, settle } from './run.ts'
import { planFor, stepsFor } from './steps.ts'
import { tellStory } from './story.ts'
import { judge } from './verdict.ts'
import { startWeather } from './weather.ts'

const MEMBERS = ['Mira', 'Jonas', 'Ada']

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '12' },
    seed: { type: 'string' },
    stores: { type: 'string', default: 'embedded' },
    platform: { type: 'string', default: 'discord' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
})
const kills = wholeNumber('kills', values.kills)
const seed = wholeNumber('seed', values.seed ?? String(Math.floor(Math.random() * 1e9)))
const stores = oneOf<Stores>('stores', values.stores, ['embedded', 'servers'])
const platform = oneOf<Platform>('platform', values.platform, ['discord', 'slack'])

const startedAt = performance.now()
const seconds = () => (performance.now() - startedAt) / 1000
const say = (line: string) => void process.stdout.write(`${seconds().toFixed(1).padStart(6)} s  ${line}\n`)

// As the bot's own start is most of a life, what was compiled once is kept.
process.env.NODE_COMPILE_CACHE ??= joinPath(import.meta.dirname, '../../node_modules/.cache/murano/compiled')
const random = createRandom(seed)
const steps = stepsFor(platform, stores)
const folder = mkdtempSync(joinPath(tmpdir(), 'murano-chaos-log-'))
const logFile = joinPath(folder, 'bot.log')
say(`seed ${seed}: ${kills} kills, ${platform}, ${stores}; ${steps.length} named steps`)

const limits = limitsFor(kills, random.fork('limits'))
const aheadMs = startsAheadMs(daysOfMonth(kills, MEMBERS.length), Date.now())
const place = await openPlace({ stores, platform, aheadMs, env: envOf(limits) })
const { sandbox, proxy } = place
const board = createBoard()
const members = await Promise.all(MEMBERS.map(name => join(platform, sandbox.url, name)))
const lives = createLives(place, logFile)
const rules = await rulesOf(platform, sandbox.url)
say(await rules.set(lives))
const run: Run = {
  ...{ place, board, lives, say, random: random.fork('lives') },
  weather: startWeather(place, platform, random.fork('weather')),
  crowd: await gather({
    ...{ members, board, random: random.fork('crowd'), clock: place.clock },
    repeatRule: rules.repeat,
  }),
  judge: () => {
    const { asked } = run.crowd
    return judge({ asked, board, book: sandbox.venice.book(), moves: lives.moves, paid: proxy.paid })
  },
}

const killed = await killAll(run, planFor(kills, steps, random.fork('plan')))
say('the weather clears; what is open is seen to the end')
await run.weather.clear()
const last = await settle(run)
await last.stop()

const verdict = run.judge()
const book = sandbox.venice.book()
const ledger = await checkLedger(place, { limits, clips: run.crowd.asked, book })
for (const { what, stem } of verdict.culprits) {
  say(`${what}: ${stem}`)
  const story = await tellStory(run.crowd.asked.find(one => one.stem === stem)!, {
    place,
    board,
    book,
    moves: lives.moves,
    paid: proxy.paid,
  })
  for (const line of story) say(`    ${line}`)
}
const counts = (of: ReadonlyMap<string, number>) => [...of].map(([name, n]) => `${name} ${n}`).join(', ')
say(`killed at: ${counts(killed.at)}; at random ${killed.random}`)
say(`faults: ${counts(run.weather.seen)}${place.redis ? `; Redis ${run.weather.redisRestarts()}` : ''}`)
for (const call of proxy.unnamed) say(`a call without a name in calls.ts: ${call}`)
for (const sql of lives.unnamed) say(`a write without a name in writes.ts: ${sql}`)
for (const member of members) member.close()
rules.close()
await place.close()

const { doubleSubmissions, lost, silent, unconfirmed, needless } = verdict
const zeros = [doubleSubmissions, lost, silent, needless, ledger.capOverruns, ledger.ledgerErrors]
const good = zeros.every(count => count === 0)
if (good && !values.keep) rmSync(folder, { recursive: true, force: true })
else say(`what the bot printed: ${logFile}`)
const uncovered = steps.filter(({ name }) => !killed.at.has(name)).map(({ name }) => name)
console.log(
  JSON.stringify({
    ...{ kills: killed.count, confirmed: verdict.confirmed, doubleSubmissions, lost, silent, ...ledger },
    ...{
      unconfirmed,
      needless,
      unsaid: verdict.unsaid,
      saidTwice: verdict.saidTwice,
      seed,
      platform,
      stores,
    },
    ...{ seconds: Math.round(seconds()), asked: run.crowd.asked.length, accepted: verdict.accepted },
    ...{
      results: verdict.results,
      failures: verdict.failures,
      approvals: verdict.approvals,
      capRefusals: run.crowd.refusals.counts(),
    },
    pressedWhileDown: run.crowd.asked.reduce((sum, { pressedInVain }) => sum + pressedInVain, 0),
    redisRestarts: run.weather.redisRestarts(),
    steps: { named: steps.length, hit: steps.length - uncovered.length, random: killed.random, uncovered },
  }),
)
process.exit(good ? 0 : 1)

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (text !== '' && Number.isSafeInteger(value) && value >= 0) return value
  console.error(`--${name} takes a whole number, not "${text}"`)
  process.exit(2)
}

function oneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  if ((allowed as readonly string[]).includes(text)) return text as T
  console.error(`--${name} takes ${allowed.join(' or ')}, not "${text}"`)
  process.exit(2)
}
