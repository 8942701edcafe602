/** A process that reads files: a hostile one may take all the time and memory there is, and then this is killed. */
import { Logging, LogLevel } from 'mediabunny'
import { Refusal } from '../core/errors.ts'
import { type Bytes, fileBytes } from './bytes.ts'
import { endWithParent } from './end-with-parent.ts'
import { probe } from './probe.ts'
import type { FromReader, ToReader } from './probe-messages.ts'

endWithParent()
Logging.level = LogLevel.Silent

const say = (message: FromReader) => process.send?.(message)
const waiting = new Map<number, { resolve(b: Uint8Array<ArrayBuffer>): void; reject(e: unknown): void }>()
let seq = 0

/** A file far away, read by the process that started this one. */
const distant = (size: number): Bytes => ({
  size,
  read: (start, end) =>
    new Promise((resolve, reject) => {
      waiting.set(++seq, { resolve, reject })
      say({ kind: 'read', seq, start, end })
    }),
  close: async () => {},
})

process.on('message', (message: ToReader) => {
  if (message.kind === 'probe') return void run(message)
  const read = waiting.get(message.seq)
  waiting.delete(message.seq)
  if (message.bytes) read?.resolve(message.bytes)
  // Why, is known outside.
  else read?.reject(new Refusal('source_gone'))
})

async function run({ source, exactBytes }: ToReader & { kind: 'probe' }): Promise<void> {
  let bytes: Bytes | null = null
  try {
    bytes = 'path' in source ? await fileBytes(source.path) : distant(source.size)
    say({ kind: 'clip', clip: await probe(bytes, { exactBytes }) })
  } catch (error) {
    const refusal = refusalOf(error)
    say({ kind: 'refused', code: refusal.code, facts: { ...refusal.facts }, cause: String(error) })
  } finally {
    await bytes?.close()
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  // Our own copy of the file, so its absence is our own fault.
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EMFILE' || code === 'EIO')
    return new Refusal('internal')
  if (error instanceof RangeError && /call stack/i.test(error.message)) return new Refusal('too_complex')
  // What no check has a name for: the reader stumbled over the bytes.
  return new Refusal('broken_file', { why: 'unreadable' })
}
