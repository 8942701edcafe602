import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { freePort } from '../../src/sandbox/bot-process.ts'
import type { DiscordState, ReadyLine, SandboxEnv } from '../../src/sandbox/control.ts'
import { call } from '../../src/sandbox/member.ts'

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

export interface SandboxProcess {
  url: string
  env: SandboxEnv
  stop(): Promise<void>
}

/** The sandbox apart from everything that is measured. */
export async function startSandboxProcess(): Promise<SandboxProcess> {
  const child = spawn(process.execPath, [file('src/sandbox/main.ts'), '--with-parent'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { url, env } = JSON.parse(line) as ReadyLine
  return {
    url,
    env,
    async stop() {
      child.stdin.end()
      await exited
    },
  }
}

/** Takes the bot's commands away with its own token, so that the next start has to register them again. */
export async function forgetCommands({ url, env }: SandboxProcess): Promise<void> {
  const { application_id } = await call<DiscordState>(url, 'GET', '/sandbox/discord/state')
  const response = await fetch(`${env.DISCORD_API_URL}/v10/applications/${application_id}/commands`, {
    method: 'PUT',
    headers: { authorization: `Bot ${env.DISCORD_TOKEN}`, 'content-type': 'application/json' },
    body: '[]',
  })
  if (!response.ok) throw new Error(`the commands stay: ${response.status} ${await response.text()}`)
}

export interface Bot {
  /** From the start of the process until it was online and its commands were registered. */
  readyMs: number
  /** Resident memory in MB (10^6 bytes), once it no longer moves. */
  quietMb(): Promise<number>
  stop(): Promise<void>
}

/** The parts of one start in ms, one after the other, in a process of its own; see start-phases.ts. */
export async function startParts(sandbox: SandboxProcess, dataDir: string): Promise<Record<string, number>> {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, ['--liftoff-only', file('test/bench/start-phases.ts')], {
    env: { PATH, HOME, ...sandbox.env, DATA_DIR: dataDir, PORT: String(await freePort()) },
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  let parts: Record<string, number> | null = null
  for await (const line of createInterface({ input: child.stdout })) {
    parts ??= z.record(z.string(), z.number()).parse(JSON.parse(line))
  }
  await exited
  if (!parts) throw new Error('the parts of a start could not be measured')
  return parts
}

const onlineLine = z.object({ msg: z.literal('Murano is online') })

/** The real bot as an operator starts it, in a process of its own. @throws when it is not online after 30 s */
export async function startBot(options: {
  sandbox: SandboxProcess
  dataDir: string
  /** Arguments for node itself. */
  nodeArgs: string[]
}): Promise<Bot> {
  const { url, env } = options.sandbox
  const port = await freePort()
  const { PATH = '', HOME = '' } = process.env
  const began = performance.now()
  const child = spawn(process.execPath, [...options.nodeArgs, file('src/run.mjs'), file('src/main.ts')], {
    env: { PATH, HOME, ...env, DATA_DIR: options.dataDir, PORT: String(port) },
    cwd: options.dataDir,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
  }
  let readyMs = 0
  const lines = createInterface({ input: child.stdout })
  const late = setTimeout(() => child.kill('SIGKILL'), 30_000)
  for await (const line of lines) {
    if (!isOnline(line)) continue
    readyMs = performance.now() - began
    break
  }
  clearTimeout(late)
  child.stdout.resume()
  if (readyMs === 0) throw new Error('the bot did not come online')
  // Its own word is not enough: the far side must see it too.
  const state = await call<DiscordState>(url, 'GET', '/sandbox/discord/state')
  if (!state.bot_online || state.commands.length === 0) {
    await stop()
    throw new Error('the bot says that it is online, and the stand-in for Discord says that it is not')
  }
  return { readyMs, quietMb: () => quietMb(child.pid!), stop }
}

function isOnline(line: string): boolean {
  try {
    return onlineLine.safeParse(JSON.parse(line)).success
  } catch {
    return false
  }
}

const READ_EVERY_MS = 500
/** Two readings this near each other are equal: the kernel counts per thread and adds up late. */
const SAME_MB = 0.3
const PATIENCE_READS = 20

async function quietMb(pid: number): Promise<number> {
  let before = Number.NaN
  for (let reads = 0; reads < PATIENCE_READS; reads++) {
    const now = await residentMb(pid)
    if (Math.abs(now - before) < SAME_MB) return now
    before = now
    await delay(READ_EVERY_MS)
  }
  return before
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  if (!kib) throw new Error('this system does not tell the memory of a process in /proc')
  return (Number(kib) * 1024) / 1e6
}
