import { type ChildProcess, fork } from 'node:child_process'
import { constants, setPriority } from 'node:os'

/** Memory for what a file makes its reader build. A million samples take about 60 MB. */
const HEAP_MB = 256

/**
 * Starts one of our modules in a process of its own. Not in a thread: a thread that runs out of memory takes the whole
 * process with it (V8 aborts where one array outgrows the heap, whatever `resourceLimits` say; Node 24.21, Nov 2026).
 */
export function startChild(module: URL): ChildProcess {
  const child = fork(module, [String(process.pid)], {
    serialization: 'advanced',
    execArgv: [`--max-old-space-size=${HEAP_MB}`],
    // Nothing of our secrets or flags is of use to it.
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  try {
    // However it spins, the bot answers first. Not everywhere allowed, and not needed for anything else.
    if (child.pid) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {}
  return child
}

/** Whether the child keeps this process from ending. */
export function holdOpen(child: ChildProcess, hold: boolean): void {
  if (hold) {
    child.ref()
    child.channel?.ref()
  } else {
    child.unref()
    child.channel?.unref()
  }
}

/** Ends it at once; resolves when it is gone. */
export function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  holdOpen(child, true)
  return new Promise(resolve => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}
