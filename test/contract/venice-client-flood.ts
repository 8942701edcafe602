/**
 * A Venice with a result of as many bytes as the queue_id says, made on the fly, in a process of its own so that its
 * memory is not counted with the client's. Prints its port; ends with its parent.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

const chunk = Buffer.alloc(64 * 1024, 7)

const server = createServer(async (request, response) => {
  if (request.url?.endsWith('/queue')) {
    for await (const _ of request); // read and forgotten
    response.setHeader('content-type', 'application/json').end('{"model":"m","queue_id":"q-1"}')
    return
  }
  const bytes = Number(JSON.parse(await text(request)).queue_id)
  response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes })
  let left = bytes
  const more = () => {
    for (let room = true; room && left > 0; left -= chunk.length) {
      room = response.write(left >= chunk.length ? chunk : chunk.subarray(0, left))
    }
    if (left <= 0) response.end()
  }
  response.on('drain', more)
  more()
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
