/**
 * The main job without a browser: `npm run try -- clip.mp4 --factor 2`. Starts the sandbox and the real bot, acts as a
 * member of the server, reads the bot's messages aloud, presses Confirm and writes the result file.
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
import type { SandboxMessage, VeniceDialect } from './control.ts'
import { joinAs, type Member } from './member.ts'
import { buttonNamed, linkOf, readable, selectsOf, videoOf } from './readable.ts'
import { type Sandbox, startSandbox, UnknownFaultError } from './server.ts'

const USAGE = `Usage: npm run try -- CLIP [--factor 1|2|4] [--out FILE] [--json]
                      [--dialect guide|spec|observed] [--fault NAME]...

  CLIP       a video file: MP4, MOV or WebM
  --factor   how many times as wide and high (default 2)
  --out      where the result goes (default: the folder you are in, CLIP-2x.mp4)
  --json     one line of JSON at the end
  --dialect  how the sandbox's Venice speaks (default guide)
  --fault    turns on a fault switch; a wrong name prints them all`

class Usage extends Error {}
class Refused extends Error {}
class Failed extends Error {}

const DIALECTS: readonly VeniceDialect[] = ['guide', 'spec', 'observed']
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
  if (values.platform !== 'discord') throw new Usage(`--platform takes discord, not "${values.platform}".`)
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
    platform: values.platform,
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
  let member: Member | undefined
  try {
    say('Starting the sandbox and the bot...')
    sandbox = await startSandbox({ dialect: args.dialect, faults: args.faults, playground: false })
    bot = await startBotProcess({ sandbox: sandbox.env, dataDir })
    member = await joinAs(sandbox.url)
    await orDeath(bot, untilOnline(member))
    readAloud(member, say)

    const startedAt = performance.now()
    const attachment = await member.upload(bytes, basename(args.clip)).catch(refusedByPlatform)
    say(`@${member.user.username}: /upscale video:${basename(args.clip)} factor:${args.factor}x`)
    await member.slash('upscale', { video: attachment.id, factor: args.factor }).catch(refusedByPlatform)
    const card = await orDeath(bot, untilAnswered(member))
    const offer = readOffer(card)
    say(`@${member.user.username} presses [Confirm $${offer.quoteUsd.toFixed(2)}]`)
    await member.press(card, buttonNamed(card, 'Confirm')!.custom_id!)

    const result = await orDeath(bot, untilClosed(member, card))
    const file = await download(result)
    await writeFile(args.out, file)
    const elapsedMs = Math.round(performance.now() - startedAt)
    const produced = await readClipFacts(args.out)
    // The last edit of the progress message is rationed; it belongs to what people see.
    await orDeath(bot, untilDone(member, card))
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
      messages: fromBot(member).length,
      elapsedMs,
    }
  } finally {
    member?.close()
    await bot?.stop()
    await sandbox?.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

const fromBot = (member: Member) => member.messages().filter(m => m.author.bot)

const untilOnline = (member: Member) =>
  member.until(
    'the bot to come online',
    () => member.state().bot_online && member.state().commands.length > 0,
    60_000,
  )

function refusedByPlatform(error: unknown): never {
  throw new Refused(error instanceof Error ? error.message : String(error))
}

/** The card; a first answer without buttons is a refusal. */
async function untilAnswered(member: Member): Promise<SandboxMessage> {
  const answer = await member.until(
    'an answer',
    () => fromBot(member).find(m => m.interaction && !m.loading),
    WAIT_MS,
  )
  if (!buttonNamed(answer, 'Confirm')) throw new Refused(aloud(member, answer))
  return answer
}

/** The message in the card's thread that mentions the member: with a video or a link it is the result. */
async function untilClosed(member: Member, card: SandboxMessage): Promise<SandboxMessage> {
  const closing = await member.until(
    'the result',
    () => fromBot(member).find(m => m.id !== card.id && m.mentions.some(u => u.id === member.user.id)),
    WAIT_MS,
  )
  if (!videoOf(closing) && !linkOf(closing)) throw new Failed(aloud(member, closing))
  return closing
}

const untilDone = (member: Member, card: SandboxMessage) =>
  member.until(
    'the last progress',
    () => fromBot(member).some(m => m.id !== card.id && /Done\./.test(aloud(member, m))),
    60_000,
  )

async function download(result: SandboxMessage): Promise<Uint8Array> {
  const url = videoOf(result) ?? linkOf(result)!
  const response = await fetch(url)
  if (!response.ok) throw new Failed(`the result's address answered ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

/** The offer as the member reads it: prices from the size menu, the kind from its sentence. */
function readOffer(card: SandboxMessage) {
  const options = selectsOf(card)[0]?.options ?? []
  const price = (text: string) => Number(/\$([\d,]+\.\d\d)/.exec(text)?.[1]?.replaceAll(',', ''))
  const text = readable(card, () => '', 0)
  const quoteKind = /Exact prices/.test(text) ? 'exact' : /Quoted by/.test(text) ? 'quoted' : 'estimate'
  return {
    quoteUsd: price(buttonNamed(card, 'Confirm')!.label!),
    quoteKind,
    factors: Object.fromEntries(options.map(o => [o.value, price(o.label)])),
  }
}

function aloud(member: Member, message: SandboxMessage): string {
  const names = new Map(member.state().users.map(u => [u.id, u.global_name ?? u.username]))
  return readable(message, id => names.get(id) ?? 'somebody', Date.now())
}

/** Prints each message of the bot when it appears and whenever it changes. */
function readAloud(member: Member, say: (line: string) => void): void {
  const said = new Map<string, string>()
  member.on(event => {
    if (event.type === 'refused')
      say(`  (the platform refused ${event.method} ${event.path}: ${event.code} ${event.message})`)
    if (event.type === 'interaction' && event.status === 'failed') say('  The application did not respond.')
    if (event.type !== 'message' || !event.message.author.bot || event.message.loading) return
    const text = aloud(member, event.message)
    if (said.get(event.message.id) === text) return
    say(`\nMurano${said.has(event.message.id) ? ' (edits)' : ''}:\n${text.replace(/^/gm, '  ')}`)
    said.set(event.message.id, text)
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
