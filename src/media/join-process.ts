/** A process that joins one picture and one sound: a long copy never holds up the bot. */
import { Logging, LogLevel } from 'mediabunny'
import { MuranoError } from '../core/errors.ts'
import { endWithParent } from './end-with-parent.ts'
import { join } from './join.ts'
import type { JoinResult, JoinTask } from './join-apart.ts'

endWithParent()
Logging.level = LogLevel.Silent
process.once('message', async (task: JoinTask) => {
  const result: JoinResult = await join(task.video, task.sound, task.out).then(
    () => ({ ok: true }) as const,
    error => ({
      ok: false,
      code: error instanceof MuranoError ? error.code : 'join_failed',
      message: String(error),
    }),
  )
  process.send?.(result, undefined, undefined, () => process.disconnect())
})
