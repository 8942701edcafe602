import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { SandboxEnv } from './control.ts'

/** The real bot, started as its operator would: a process of its own that is given nothing but settings. */
export interface BotProcess {
  process: ChildProcess
  /** Where its result links lead. */
  publicUrl: string
  /** What it printed, newest last, cut to the last 200 lines. */
  output(): string[]
  /** Asks it to stop, as an operator would, and waits. */
  stop(): Promise<void>
  /** kill -9: nothing is told to it. */
  kill(): Promise<void>
  exited: Promise<number | null>
}

// --liftoff-only as in the start script: the database is WebAssembly, and optimising it costs 200 MB.
const ENTRY = fileURLToPath(new URL('../main.ts', import.meta.url))

export async function startBotProcess(options: {
  sandbox: Partial<SandboxEnv>
  dataDir: string
  /** More settings, e.g. DATABASE_URL. */
  env?: Record<string, string>
}): Promise<BotProcess> {
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = process.env
  const child = spawn(process.execPath, ['--liftoff-only', ENTRY], {
    // The surroundings' own settings must not leak in: the bot gets these and no others.
    env: {
      ...drop({ PATH, HOME, TMPDIR, NODE_COMPILE_CACHE }),
      ...options.sandbox,
      DATA_DIR: options.dataDir,
      PORT: String(port),
      PUBLIC_URL: publicUrl,
      ...options.env,
    },
    // A folder without a .env file.
    cwd: options.dataDir,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.split('\n').filter(Boolean))
      lines.splice(0, Math.max(0, lines.length - 200))
    })
  }
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await exited
  }
  return {
    process: child,
    publicUrl,
    output: () => lines,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    exited,
  }
}

const drop = (env: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
