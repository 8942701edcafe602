/** The exact story of one clip, for when a number is not what it should be: what was written, sent, charged and seen. */
import type { VeniceBook } from '../../src/sandbox/control.ts'
import { openStore } from '../../src/store/index.ts'
import { type Board, STEM } from './board.ts'
import type { Move } from './bot.ts'
import type { Asked } from './crowd.ts'
import type { Place } from './place.ts'
import type { PaidCall } from './proxy.ts'

export async function tellStory(
  { stem, sizeBytes }: Asked,
  run: { place: Place; board: Board; book: VeniceBook; moves: readonly Move[]; paid: readonly PaidCall[] },
): Promise<string[]> {
  const own = run.moves.filter(move => STEM.exec(move.fileName)?.[0] === stem)
  const ids = [...new Set(own.map(move => move.jobId))]
  const lines = [`moves: ${own.map(m => `${m.event} ${m.when} in life ${m.life}`).join(', ')}`]
  for (const call of run.paid)
    if (call.jobId !== null && ids.includes(call.jobId)) lines.push(`paid call: ${JSON.stringify(call)}`)
  for (const job of run.book.jobs.filter(job => job.source.bytes === sizeBytes))
    lines.push(
      `Venice: ${job.queue_id} ${job.status} ${new Date(job.accepted_at).toISOString()} ${job.error ?? ''}`,
    )
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  await using store = await openStore({ ...run.place, log, clock: Date.now })
  for (const id of ids) {
    for (const { version, at, from, to, event } of await store.history(id))
      lines.push(
        `${id} v${version} ${new Date(at).toISOString()} ${from} -> ${to}: ${JSON.stringify(event).slice(0, 300)}`,
      )
    const job = await store.get(id)
    lines.push(`${id} now: ${job?.state}, posts ${JSON.stringify(job?.posts)}`)
  }
  for (const { key, text, buttons } of run.board.about(stem))
    lines.push(`message ${key}: ${text.replaceAll('\n', ' | ').slice(0, 700)} [${buttons.join('] [')}]`)
  return lines
}
