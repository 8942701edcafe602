/** A stand-in for the bot that is to be killed: probes the file that it is given, and tells the reader's process id. */
import { readFile } from 'node:fs/promises'
import { createMedia } from '../../src/media/index.ts'
import { openDoor } from './door.ts'

const path = process.argv[2]
if (!path) throw new Error('usage: probe-one.ts FILE')
void createMedia({ door: openDoor(), probeMs: 60_000 })
  .probeFile(path)
  .catch(() => {})

const children = `/proc/${process.pid}/task/${process.pid}/children`
const reader = Number((await readFile(children, 'utf8')).trim())
// Not before it has begun: it holds the file open then.
const { readdir, readlink } = await import('node:fs/promises')
for (;;) {
  const fds = await readdir(`/proc/${reader}/fd`)
  const open = await Promise.all(fds.map(fd => readlink(`/proc/${reader}/fd/${fd}`).catch(() => '')))
  if (open.includes(path)) break
  await new Promise(resolve => setImmediate(resolve))
}
process.send?.(reader)
