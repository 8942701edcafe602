import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { MuranoError } from './core/errors.ts'

export interface LocalSandbox {
  /** Address of the playground. */
  url: string
  /** The settings of a bot that lives in this sandbox. */
  env: Record<string, string | undefined>
  close(): Promise<void>
}

const readyLine = z.object({ ready: z.literal(true), url: z.string(), env: z.record(z.string(), z.string()) })

/**
 * The sandbox in a process of its own: the bot meets it over HTTP and WebSocket only, and its video encoding can't
 * slow the bot down. Its world is made anew at every start, so the bot's data lives in a temporary folder with it.
 */
export async function startLocalSandbox(options: {
  env: Readonly<Record<string, string | undefined>>
  args: string[]
  /** It ended by itself. */
  onExit: () => void
}): Promise<LocalSandbox> {
  const entry = fileURLToPath(new URL('./sandbox/main.ts', import.meta.url))
  if (!existsSync(entry)) throw new MuranoError('no_sandbox', NOT_INSTALLED)
  const child = spawn(process.execPath, [entry, '--with-parent', ...options.args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const ready = await Promise.race([
    (async () => {
      for await (const line of createInterface({ input: child.stdout }))
        return readyLine.parse(JSON.parse(line))
      return null
    })(),
    exited.then(() => null),
  ])
  if (!ready) throw new MuranoError('no_sandbox', whyNot(await exited))
  let closing = false
  void exited.then(() => closing || options.onExit())

  const dataDir = await mkdtemp(join(tmpdir(), 'murano-sandbox-'))
  const port = await freePort(Number(options.env.PORT?.trim() || 3000))
  return {
    url: ready.url,
    // Nothing of a live bot's is handed on: its jobs would be looked for in a world that does not know them.
    env: {
      ...ready.env,
      DATA_DIR: dataDir,
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
    },
    async close() {
      closing = true
      child.stdin.end()
      await exited
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const NOT_INSTALLED =
  'The sandbox is not installed here. Set VENICE_API_KEY and the tokens of Discord or Slack to run live; for the sandbox, use the whole project after `npm ci`.'

/** Two is how it ends on a command line that makes no sense, and then it has said so itself. */
const whyNot = (exitCode: number | null): string =>
  exitCode === 2
    ? 'Nothing was started.'
    : `The sandbox did not start; what it printed is above. ${NOT_INSTALLED}`

/** The wanted port, or, where it is taken, any free one. */
async function freePort(wanted: number): Promise<number> {
  for (const port of [wanted, 0]) {
    const server = createServer()
    const listening = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false)).listen(port, () => resolve(true))
    })
    if (!listening) continue
    const free = (server.address() as AddressInfo).port
    server.close()
    await once(server, 'close')
    return free
  }
  throw new MuranoError('no_port', 'No free port was found on this machine.')
}
