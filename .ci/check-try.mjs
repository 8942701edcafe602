/**
 * Stdin: what `npm run try -- CLIP --json` printed for the 320x180 clip with sound at 2x. Shows it, and exits
 * 1 where its last line says anything else.
 */
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { text } from 'node:stream/consumers'

const printed = await text(process.stdin)
process.stdout.write(printed)
const lines = printed.trim().split('\n')
const said = JSON.parse(lines.at(-1))
const { path, width, height, hasAudio, durationS } = said.result
assert.deepEqual({ width, height, hasAudio }, { width: 640, height: 360, hasAudio: true })
assert.ok(Math.abs(durationS - said.source.durationS) < 0.25, `${durationS} s long`)
assert.ok(statSync(path).size > 10_000, `${path} is hardly a video`)
assert.ok(said.quoteUsd > 0 && said.quoteUsd === said.factors[2])
console.log(`640x360 with sound, ${said.messages} messages, ${said.elapsedMs} ms`)
