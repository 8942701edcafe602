/**
 * The main job without a browser: `npm run try -- clip.mp4 --platform slack`. Starts the sandbox and the real bot, acts
 * as somebody there, reads the bot's messages aloud, presses Confirm and writes the result file.
 *
 * Exit codes: 0 the result was written; 1 something failed after the press, or the bot did not start; 2 the request
 * was refused (the sentence is printed) or the command line makes no sense.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type BotProcess, startBotProcess } from './bot-process.ts'
import { type ClipFacts, readClipFacts } from './clip-facts.ts'
import type { SandboxEnv, VeniceDialect } from './control.ts'
import { buttonNamed, closingOf, type Person, resultUrl, type Seen } from './person.ts'
import { discordPerson } from './person-discord.ts'
import { slackPerson } from './person-slack.ts'
import { type Sandbox, startSandbox, UnknownFaultError } from './server.ts'

const USAGE = `Usage: npm run try -- CLIP [--platform discord|slack] [--factor 1|2|4]
                      [--out FILE] [--json] [--dialect guide|spec|observed] [--fault NAME]...

  CLIP       a video file: MP4, MOV or WebM
  --platform where it is asked (default discord)
  --factor   how many times as wide and high (default 2)
  --out      where the result goes (default: the folder you are in, CLIP-2x.mp4)
  --json     one line of JSON at the end
  --dialect  how the sandbox's Venice speaks (default guide)
  --fault    turns on a fault switch; a wrong name prints them all`

class Usage extends Error {}
class Refused extends Error {}
class Failed extends Error {}

const DIALECTS: readonly VeniceDialect[] = ['guide', 'spec', 'observed']
const PLATFORMS = ['discord', 'slack'] as const
type Platform = (typeof PLATFORMS)[number]
const JOIN: Record<Platform, (url: string) => Promise<Person>> = {
  discord: discordPerson,
  slack: slackPerson,
}
/** docs: reference/block-kit/block-elements/file-input-element */
const FORM_BYTES = 10 * 1024 * 1024
const WAIT_MS = 20 * 60_000

function readArgs() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      factor: { type: 'string', default: '2' },
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
      dialect: { type: 'string', default: 'guide' },
      fault: { type: 'string', multiple: true, default: [] },
      platform: { type: 'string', default: 'discord' },
    },
  })
  const [clip, ...more] = positionals
  if (!clip || more.length > 0) throw new Usage('Name one clip.')
  if (!['1', '2', '4'].includes(values.factor))
    throw new Usage(`--factor takes 1, 2 or 4, not "${values.factor}".`)
  const dialect = DIALECTS.find(d => d === values.dialect)
  if (!dialect) throw new Usage(`--dialect takes ${DIALECTS.join(', ')}, not "${values.dialect}".`)
  const platform = PLATFORMS.find(p => p === values.platform)
  if (!platform) throw new Usage(`--platform takes ${PLATFORMS.join(' or ')}, not "${values.platform}".`)
  const factor = Number(values.factor)
  // npm runs scripts in the project's folder and says here where the person stands.
  const here = process.env.INIT_CWD ?? process.cwd()
  const path = resolve(here, clip)
  const out = resolve(here, values.out ?? `${basename(clip).replace(/\.[^.]+$/, '')}-${factor}x.mp4`)
  if (out === path) throw new Usage('--out would overwrite the clip itself.')
  return {
    clip: path,
    factor,
    out,
    json: values.json,
    dialect,
    faults: values.fault,
    platform,
  }
}

type Args = ReturnType<typeof readArgs>

/** Runs the whole thing and returns what `--json` prints. */
async function run(args: Args, say: (line: string) => void) {
  const bytes = await readFile(args.clip).catch(error => {
    throw new Usage(`${args.clip} can't be read: ${(error as Error).message}`)
  })
  const dataDir = await mkdtemp(join(tmpdir(), 'murano-try-'))
  let sandbox: Sandbox | undefined
  let bot: BotProcess | undefined
  let person: Person | undefined
  try {
    say('Starting the sandbox and the bot...')
    sandbox = await startSandbox({ dialect: args.dialect, faults: args.faults, playground: false })
    bot = await startBotProcess({ sandbox: only(args.platform, sandbox.env), dataDir })
    person = await JOIN[args.platform](sandbox.url)
    await orDeath(bot, person.botOnline())
    readAloud(person, say)

    const startedAt = performance.now()
    const name = basename(args.clip)
    // Slack's form takes no larger file; the menu of a message takes any, and the factor is chosen on the card.
    const byMessage = args.platform === 'slack' && bytes.length > FORM_BYTES
    say(
      `@${person.name}: ${byMessage ? `posts ${name}, and picks "Upscale video" from its menu` : `/upscale, with ${name} and ${args.factor}x`}`,
    )
    const clip = { bytes, name }
    let card = await orDeath(
      bot,
      person
        .ask(byMessage ? { way: 'message', clip } : { way: 'command', clip, factor: args.factor })
        .catch(refusedByPlatform),
    )
    if (!buttonNamed(card, 'Confirm')) throw new Refused(card.text)
    if (!card.menu.some(o => o.chosen && o.value === String(args.factor))) {
      await person.choose(card, String(args.factor))
      const wanted = () => {
        const newest = person!.now(card)
        return newest.menu.some(o => o.chosen && o.value === String(args.factor)) && newest
      }
      card = await orDeath(bot, person.until('the other size', wanted))
    }
    const offer = readOffer(card)
    say(`@${person.name} presses [Confirm $${offer.quoteUsd.toFixed(2)}]`)
    await person.press(card, 'Confirm')

    const result = await orDeath(bot, closingOf(person, card, WAIT_MS))
    if (!resultUrl(result)) throw new Failed(result.text)
    await writeFile(args.out, await download(resultUrl(result)!))
    const elapsedMs = Math.round(performance.now() - startedAt)
    const produced = await readClipFacts(args.out)
    // The last edit of the progress message is rationed; it belongs to what people see.
    await orDeath(bot, untilDone(person, card))
    say(`\nWrote ${args.out}`)
    return {
      platform: args.platform,
      ...offer,
      source: pick(await readClipFacts(args.clip), [
        'width',
        'height',
        'fps',
        'durationS',
        'codec',
        'hasAudio',
      ]),
      result: { path: args.out, ...pick(produced, ['width', 'height', 'durationS', 'hasAudio']) },
      messages: person.messages().filter(m => m.fromBot).length,
      elapsedMs,
    }
  } finally {
    person?.close()
    await bot?.stop()
    await sandbox?.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** The bot joins the platform that was asked for, and no other. */
const only = (platform: Platform, env: SandboxEnv): Partial<SandboxEnv> =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => {
      const of = name.split('_')[0]!.toLowerCase()
      return of === platform || !(PLATFORMS as readonly string[]).includes(of)
    }),
  )

function refusedByPlatform(error: unknown): never {
  throw new Refused(error instanceof Error ? error.message : String(error))
}

const untilDone = (person: Person, card: Seen) =>
  person.until('the last progress', () => person.thread(card).some(m => /Done\./.test(m.text)), 60_000)

async function download(url: string): Promise<Uint8Array> {
  const response = await fetch(url)
  if (!response.ok) throw new Failed(`the result's address answered ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

/** The offer as the person reads it: prices from the size menu, the kind from its sentence. */
function readOffer(card: Seen) {
  const price = (text: string) => Number(/\$([\d,]+\.\d\d)/.exec(text)?.[1]?.replaceAll(',', ''))
  const quoteKind = /Exact prices/.test(card.text)
    ? 'exact'
    : /Quoted by/.test(card.text)
      ? 'quoted'
      : 'estimate'
  return {
    quoteUsd: price(buttonNamed(card, 'Confirm')!.label),
    quoteKind,
    factors: Object.fromEntries(card.menu.map(o => [o.value, price(o.label)])),
  }
}

/** Prints each message of the bot when it appears and whenever it changes. */
function readAloud(person: Person, say: (line: string) => void): void {
  const said = new Map<string, string>()
  person.onNews(news => {
    if ('line' in news) return say(`  (${news.line})`)
    const { key, text } = news.message
    if (said.get(key) === text) return
    say(`\nMurano${said.has(key) ? ' (edits)' : ''}:\n${text.replace(/^/gm, '  ')}`)
    said.set(key, text)
  })
}

/** A bot that ends while it is waited for says why. */
async function orDeath<T>(bot: BotProcess, work: Promise<T>): Promise<T> {
  const death = bot.exited.then(code => {
    throw new Failed(`the bot ended with code ${code}:\n${bot.output().slice(-20).join('\n')}`)
  })
  death.catch(() => {})
  work.catch(() => {})
  return Promise.race([work, death])
}

const pick = <K extends keyof ClipFacts>(facts: ClipFacts, names: K[]): Pick<ClipFacts, K> =>
  Object.fromEntries(names.map(name => [name, facts[name]])) as Pick<ClipFacts, K>

let json = process.argv.includes('--json')
const say = (line: string) => console.log(line)
try {
  const args = readArgs()
  json = args.json
  const outcome = await run(args, say)
  if (json) console.log(JSON.stringify(outcome))
  process.exit(0)
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  const misused =
    error instanceof Usage ||
    error instanceof UnknownFaultError ||
    /^ERR_PARSE_ARGS/.test((error as { code?: string }).code ?? '')
  console.error(
    misused
      ? `${message}\n\n${USAGE}`
      : error instanceof Refused
        ? `\nRefused: ${message}`
        : `\nFailed: ${message}`,
  )
  if (json && !misused)
    console.log(JSON.stringify({ [error instanceof Refused ? 'refused' : 'failed']: message }))
  process.exit(misused || error instanceof Refused ? 2 : 1)
}
