/**
 * What a newcomer sees: `npm start` with no settings prints the playground's address, the page answers, the bot comes
 * online, and a SIGTERM to it ends all of it. Every wait has an end, and whatever is left over is killed.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const START_MS = 60_000
const STOP_MS = 60_000

const { DISCORD_TOKEN: _, DATA_DIR: __, ...env } = process.env
// A group of its own, to be able to look for leftovers.
const npm = spawn('npm', ['start'], {
  detached: true,
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...env, PORT: '0' },
})
const exited = new Promise(resolve => npm.once('exit', (code, signal) => resolve(signal ?? code)))
let printed = ''
npm.stdout.setEncoding('utf8').on('data', text => {
  printed += text
})

try {
  const startedAt = Date.now()
  const url = await until(
    'the playground’s address',
    START_MS,
    () => /playground: +(http:\S+)\s/.exec(printed)?.[1],
  )
  const readyMs = Date.now() - startedAt
  const page = await fetch(url, { signal: AbortSignal.timeout(20_000) })
  assert.equal(page.status, 200)
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
  assert.match(await page.text(), /<script/)
  await until('the bot to be online', START_MS, () => /Murano is online/.exec(printed)?.[0])
  const onlineMs = Date.now() - startedAt

  // What a supervisor does: it knows npm's process and no other.
  process.kill(npm.pid, 'SIGTERM')
  const code = await Promise.race([exited, sleep(STOP_MS, 'still running', { ref: false })])
  assert.equal(code, 0, `npm start ended with ${code}`)
  const left = await until('every process to end', 5_000, () => processes().length === 0 || undefined).catch(
    () => false,
  )
  assert.ok(left, `left running: ${processes().map(p => p.command.join(' '))}`)
  console.log(
    `${url} after ${readyMs} ms, HTTP 200; online after ${onlineMs} ms; stopped by SIGTERM, nothing left running`,
  )
} catch (error) {
  console.error(`npm start printed:\n${printed}`)
  throw error
} finally {
  try {
    process.kill(-npm.pid, 'SIGKILL')
  } catch {} // all gone, as it should be
}

async function until(what, ms, look) {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) {
    const seen = look()
    if (seen !== undefined) return seen
    assert.equal(
      npm.exitCode === null || what === 'every process to end',
      true,
      `npm start ended while waiting for ${what}`,
    )
  }
  throw new Error(`waited ${ms} ms for ${what}`)
}

/** The living processes of npm's group. */
function processes() {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        // After the name in parentheses: state, parent, group.
        const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        if (Number(group) !== npm.pid || state === 'Z') return []
        return [
          {
            pid: Number(name),
            command: readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').filter(Boolean),
          },
        ]
      } catch {
        return [] // ended meanwhile
      }
    })
}
