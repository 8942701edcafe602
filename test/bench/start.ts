/**
 * npm run bench:start
 * How long the real bot takes from the start of its process until it is online with its commands registered, with a
 * new data folder (cold) and with an existing one (warm), and how much memory it keeps when it is idle: as `npm start`
 * runs it, and the naive way, without --liftoff-only. All in the same run, by turns, on a sandbox in another process.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { forgetCommands, type SandboxProcess, startBot, startParts, startSandboxProcess } from './bot.ts'

const ROUNDS = 3
const OURS = ['--liftoff-only']
const NAIVE: string[] = []

const root = await mkdtemp(join(tmpdir(), 'murano-bench-'))
const sandbox = await startSandboxProcess()
try {
  await main(sandbox)
} finally {
  await sandbox.stop()
  await rm(root, { recursive: true, force: true })
}

async function main(sandbox: SandboxProcess): Promise<void> {
  const cold: number[] = []
  const warm: number[] = []
  const idle: number[] = []
  const naiveIdle: number[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    const dataDir = await mkdtemp(join(root, 'data-'))
    await forgetCommands(sandbox)
    const first = await startBot({ sandbox, dataDir, nodeArgs: OURS })
    await first.stop()
    const second = await startBot({ sandbox, dataDir, nodeArgs: OURS })
    const secondMb = await second.quietMb()
    await second.stop()
    const naive = await startBot({ sandbox, dataDir, nodeArgs: NAIVE })
    const naiveMb = await naive.quietMb()
    await naive.stop()
    cold.push(first.readyMs)
    warm.push(second.readyMs)
    idle.push(secondMb)
    naiveIdle.push(naiveMb)
    console.log(
      `round ${round}: cold ${ms(first.readyMs)}, warm ${ms(second.readyMs)}, idle ${mb(secondMb)}; ` +
        `without --liftoff-only: warm ${ms(naive.readyMs)}, idle ${mb(naiveMb)}`,
    )
  }
  const dataDir = await mkdtemp(join(root, 'data-'))
  await forgetCommands(sandbox)
  const coldParts = await startParts(sandbox, dataDir)
  const warmParts = await startParts(sandbox, dataDir)
  console.log(`where a cold start's time goes, ms: ${listed(coldParts)}`)
  console.log(`where a warm start's time goes, ms: ${listed(warmParts)}`)
  const idleMb = median(idle)
  const naiveIdleMb = median(naiveIdle)
  console.log(
    JSON.stringify({
      rounds: ROUNDS,
      coldMs: Math.round(median(cold)),
      warmMs: Math.round(median(warm)),
      idleMb: Math.round(idleMb),
      naiveIdleMb: Math.round(naiveIdleMb),
      ratio: Math.round((naiveIdleMb / idleMb) * 100) / 100,
      coldParts,
      warmParts,
    }),
  )
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function listed(parts: Record<string, number>): string {
  return Object.entries(parts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

function ms(value: number): string {
  return `${Math.round(value)} ms`
}

function mb(value: number): string {
  return `${Math.round(value)} MB`
}
