/** Serves one file with ranges, as fast as it can or as slowly as it is told; tells its address to who started it. */
import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const [path = '', slowly = 'null'] = process.argv.slice(2)
const slow: { bytesPerS: number; delayMs: number } | null = JSON.parse(slowly)
const { size } = statSync(path)

/** Lets bytes through at a pace, counted from the first. */
function throttle(bytesPerS: number): Transform {
  const start = performance.now()
  let passed = 0
  return new Transform({
    async transform(piece: Buffer, _, done) {
      passed += piece.length
      const early = start + (passed / bytesPerS) * 1000 - performance.now()
      if (early > 1) await sleep(early)
      done(null, piece)
    },
  })
}

const server = createServer(async (req, res) => {
  if (slow) await sleep(slow.delayMs)
  const asked = /^bytes=(\d+)-(\d*)$/.exec(req.headers.range ?? '')
  const start = asked ? Number(asked[1]) : 0
  const end = asked?.[2] ? Math.min(Number(asked[2]), size - 1) : size - 1
  if (asked) res.setHeader('content-range', `bytes ${start}-${end}/${size}`)
  res.writeHead(asked ? 206 : 200, { 'content-length': end - start + 1, etag: '"clip"' })
  const file = createReadStream(path, { start, end, highWaterMark: 256 << 10 })
  const sent = slow ? pipeline(file, throttle(slow.bytesPerS), res) : pipeline(file, res)
  // Whoever has read enough hangs up.
  await sent.catch(() => {})
})
server.listen(0, '127.0.0.1', () =>
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
)
process.on('disconnect', () => process.exit())
