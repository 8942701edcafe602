/** The bot's lives, one after the other: each a process of its own, ended by SIGKILL where and when the plan says. */
import { appendFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type BotProcess, startBotProcess } from '../../src/sandbox/bot-process.ts'
import type { Place } from './place.ts'

const IN_THE_BOT = fileURLToPath(new URL('in-the-bot.ts', import.meta.url))

/** What the bot wrote of a job, as its process went by: `begin` before the write, `end` after it. */
export interface Move {
  life: number
  when: 'begin' | 'end'
  /** The event's type. */
  event: string
  jobId: string
  fileName: string
}

export interface Step {
  /** "before venice pay", "after write job accepted". */
  name: string
  /** At which passing of this life, from 1. */
  nth: number
}

export interface Life {
  number: number
  /** It says that it is online. Never resolves where it dies before. */
  online: Promise<void>
  /** Resolves with the step at which it died, or null where it was ended otherwise. */
  died: Promise<string | null>
  /** SIGKILL now, wherever it is. */
  kill(): Promise<void>
  stop(): Promise<void>
  /** Its newest lines. */
  output(): string[]
}

export interface Lives {
  moves: readonly Move[]
  /** Writes without a name. */
  unnamed: ReadonlySet<string>
  start(step: Step | null): Promise<Life>
}

/** `logFile`: gets everything that every life printed. */
export function createLives(place: Place, logFile: string): Lives {
  const moves: Move[] = []
  const unnamed = new Set<string>()
  let count = 0

  /** One line of the bot's stderr that in-the-bot.ts wrote. Returns the step of a death. */
  function hear(life: number, line: string): string | null {
    const [, kind, rest = ''] = /^chaos (\w+)(?::)? (.*)$/.exec(line) ?? []
    if (kind === 'died') return rest
    if (kind === 'unnamed') unnamed.add(rest)
    const move = kind === 'move' ? /^(begin|end) (\w+) (\S+) (.*)$/.exec(rest) : null
    if (move) {
      const [, when, event, jobId, fileName] = move
      moves.push({
        life,
        when: when as Move['when'],
        event: event!,
        jobId: jobId!,
        fileName: fileName!,
      })
    }
    return null
  }

  return {
    moves,
    unnamed,
    async start(step) {
      const life = ++count
      const within = step && /\bwrite\b/.test(step.name) ? step : null
      const bot: BotProcess = await startBotProcess({
        sandbox: {},
        dataDir: place.dataDir,
        env: {
          ...place.env,
          NODE_OPTIONS: `--import=${IN_THE_BOT}`,
          CHAOS_CLOCK_MS: String(place.aheadMs()),
          CHAOS_DIE_AT: within?.name ?? '',
          CHAOS_DIE_NTH: String(within?.nth ?? 1),
        },
      })
      appendFileSync(logFile, `--- life ${life}, ${place.aheadMs()} ms ahead, ${step?.name ?? 'no step'}\n`)
      let diedAt: string | null = null
      const online = Promise.withResolvers<void>()
      for (const stream of [bot.process.stdout!, bot.process.stderr!]) {
        let rest = ''
        stream.on('data', (text: string) => {
          appendFileSync(logFile, text)
          const lines = (rest + text).split('\n')
          rest = lines.pop()!
          for (const line of lines) {
            if (line.startsWith('chaos ')) diedAt = hear(life, line) ?? diedAt
            else if (line.includes('"Murano is online"')) online.resolve()
          }
        })
      }
      // All that it said is read before its end counts.
      const closed = new Promise<void>(resolve => bot.process.once('close', () => resolve()))
      const kill = async () => {
        bot.process.kill('SIGKILL')
        await closed
      }
      place.proxy.arm(life, step && !within ? step : null, async name => {
        diedAt = name
        await kill()
      })
      return {
        number: life,
        online: online.promise,
        died: closed.then(() => diedAt),
        kill,
        async stop() {
          await bot.stop()
          await closed
        },
        output: bot.output,
      }
    },
  }
}
