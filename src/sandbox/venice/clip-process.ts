/**
 * The process that touches media. Forked by clips.ts, does one task and ends. Not a thread: a native codec that
 * crashes on a hostile file takes only this process with it, what it prints goes to a pipe, and its priority can be
 * lowered so that the stand-ins beside it still answer in time.
 */
import os from 'node:os'
import { enlargeClip, type OutputCodec, readClip } from './clip.ts'

export type ClipTask =
  | { do: 'read'; file: string }
  | { do: 'enlarge'; file: string; out: string; width: number; height: number; codec: OutputCodec }

export type ClipAnswer = { ok: true; value: unknown } | { ok: false; error: string }

async function perform(task: ClipTask): Promise<unknown> {
  if (task.do === 'read') return readClip(task.file)
  os.setPriority(os.constants.priority.PRIORITY_LOW)
  const { registerMediabunnyServer } = await import('@mediabunny/server')
  // null: no search for graphics hardware, which prints warnings about CUDA, VAAPI and Vulkan where there is none.
  registerMediabunnyServer({ hardwareContext: null })
  return enlargeClip(task.file, task.out, task.width, task.height, task.codec)
}

function answer(message: ClipAnswer): void {
  process.send?.(message)
}

// The parent hangs up once it has the answer; were this side to exit first, the answer could be lost on its way.
process.once('disconnect', () => process.exit(0))
process.once('message', (task: ClipTask) => {
  perform(task).then(
    value => answer({ ok: true, value }),
    (error: unknown) => answer({ ok: false, error: error instanceof Error ? error.message : String(error) }),
  )
})
