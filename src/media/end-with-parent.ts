import { Worker } from 'node:worker_threads'

/**
 * Ends this process when its parent is gone, however busy it is: a file that keeps it in a loop must not keep it there
 * for ever after the bot was killed. A thread, because a loop lets no timer of its own thread run.
 */
export function endWithParent(): void {
  // From outside: asked for here, it might be the parent's heir already.
  const parent = Number(process.argv[2])
  const watch = `setInterval(() => process.ppid !== ${parent} && process.kill(process.pid, 'SIGKILL'), 500)`
  new Worker(watch, {
    eval: true,
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
  }).unref()
}
