import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import type { Caps } from '../../src/core/caps.ts'
import { NOON } from '../kit/jobs.ts'
import type { StorePlace } from '../kit/stores.ts'
import type { Outcome } from './store-spend.kit.ts'

/** A process that agrees to all of these jobs at once, when it is told to. */
export function startSpender({ databaseUrl }: StorePlace, ids: string[], caps: Partial<Caps>) {
  const script = fileURLToPath(new URL('./store-spend-child.ts', import.meta.url))
  const args = [script, databaseUrl!, String(NOON), JSON.stringify(caps), ids.join(',')]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
}

/** Has them all begin when all are ready; what came of each one's jobs, in the order of its ids. */
export async function allAtOnce(spenders: ReturnType<typeof startSpender>[]): Promise<Outcome[][]> {
  for (const { lines } of spenders) expect((await lines.next()).value).toBe('ready')
  for (const { child } of spenders) child.stdin.write('go\n')
  const said = await Promise.all(spenders.map(({ lines }) => lines.next()))
  await Promise.all(spenders.map(({ child }) => child.exitCode ?? once(child, 'exit')))
  return said.map(({ value }) => JSON.parse(value ?? '[]') as Outcome[])
}
