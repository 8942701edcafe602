import { existsSync } from 'node:fs'
import { type App, startApp } from './app.ts'
import { isLive, readConfig, secretsOf } from './config.ts'
import { MuranoError } from './core/errors.ts'
import { type LocalSandbox, startLocalSandbox } from './local-sandbox.ts'
import { createLog } from './log.ts'

/** Process entry: settings, start, signals, exit code. Without a token for any chat it starts the sandbox beside it. */
if (existsSync('.env')) process.loadEnvFile('.env')

let sandbox: LocalSandbox | null = null
let app: App | null = null
let stopping = false
/** Longer than work is given to come to a safe point, shorter than an operator's patience. */
const STOP_MS = 40_000

async function start(): Promise<void> {
  if (!isLive(process.env)) {
    console.log(
      'No token for Discord or Slack is set: this is the sandbox, where nothing is real and nothing costs anything.',
    )
    sandbox = await startLocalSandbox({
      env: process.env,
      args: process.argv.slice(2),
      onExit: () => void stop(1),
    })
    console.log(`\n  The playground: ${sandbox.url}\n\nThe bot joins it in a few seconds...`)
  }
  const config = readConfig(sandbox?.env ?? process.env)
  const log = createLog({
    level: sandbox ? 'warn' : 'info',
    secrets: secretsOf(config),
  })
  if (!config.reachable) {
    log.warn(
      {},
      'PUBLIC_URL is not set: results too large for the chat can only be linked to this machine itself, and clips over 45 MB are refused',
    )
  }
  app = await startApp(config, {
    log,
    onFatal: error => {
      console.error(error.message)
      void stop(1)
    },
  })
  if (sandbox) console.log('Murano is online. Press Ctrl+C to stop.')
  else log.info({ port: app.port, publicUrl: config.publicUrl }, 'Murano is online')
}

const started = start().then(
  () => true,
  error => {
    // Errors of our own are written for the person at the terminal; others need their stack.
    console.error(error instanceof MuranoError ? error.message : error)
    return false
  },
)

/** What is half open when a signal comes is opened whole first, so that it can be closed in order. */
async function stop(code: number): Promise<never> {
  if (stopping) process.exit(code)
  stopping = true
  // What hangs now is taken up after the next start: the rows know.
  setTimeout(() => process.exit(code), STOP_MS).unref()
  await started
  await app?.close()
  await sandbox?.close()
  process.exit(code)
}

process.on('SIGINT', () => void stop(0))
process.on('SIGTERM', () => void stop(0))
if (!(await started)) await stop(1)
