/**
 * The sandbox as a process of its own:
 *   node src/sandbox/main.ts [--port N] [--dialect guide|spec|observed] [--fault NAME]... [--premium-tier N]
 *                            [--processing-ms N] [--with-parent]
 * When it is ready it prints one line of JSON (ReadyLine) on stdout; everything else goes to stderr.
 */
import { parseArgs } from 'node:util'
import type { ReadyLine, VeniceDialect } from './control.ts'
import { startSandbox, UnknownFaultError } from './server.ts'

const DIALECTS: readonly VeniceDialect[] = ['guide', 'spec', 'observed']

/** Exit code for a command line that makes no sense, as shells use it. */
const BAD_USAGE = 2

function complain(message: string): never {
  process.stderr.write(`sandbox: ${message}\n`)
  process.exit(BAD_USAGE)
}

function readArgs() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '0' },
        dialect: { type: 'string', default: 'guide' },
        fault: { type: 'string', multiple: true, default: [] },
        'premium-tier': { type: 'string', default: '0' },
        'processing-ms': { type: 'string' },
        'with-parent': { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    return complain(error instanceof Error ? error.message : String(error))
  }
}

function numberOf(option: string, text: string, highest: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= highest) return value
  return complain(`--${option} takes a number from 0 to ${highest}, not "${text}".`)
}

const args = readArgs()
const dialect = DIALECTS.find(name => name === args.dialect)
if (!dialect) complain(`--dialect takes one of ${DIALECTS.join(', ')}, not "${args.dialect}".`)
const processing = args['processing-ms']
const log = (line: string) => void process.stderr.write(`${line}\n`)

const sandbox = await startSandbox({
  port: numberOf('port', args.port, 65_535),
  dialect,
  faults: args.fault,
  discord: { premiumTier: numberOf('premium-tier', args['premium-tier'], 3) as 0 | 1 | 2 | 3 },
  venice: processing === undefined ? {} : { processingMs: numberOf('processing-ms', processing, 3_600_000) },
  log,
}).catch((error: unknown) => {
  if (error instanceof UnknownFaultError) complain(error.message)
  throw error
})

const stop = async () => {
  await sandbox.close()
  process.exit(0)
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
// A parent that is killed takes its end of the pipe with it: nothing else would tell this process.
if (args['with-parent']) process.stdin.once('close', stop).resume()

const ready: ReadyLine = { ready: true, url: sandbox.url, env: sandbox.env }
process.stdout.write(`${JSON.stringify(ready)}\n`)
