/**
 * A Venice that takes every clip and forgets it, in a process of its own so that its memory is not counted with the
 * client's. Prints its port; ends with its parent.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const server = createServer(async (request, response) => {
  for await (const _ of request); // read and forgotten
  response.setHeader('content-type', 'application/json').end('{"model":"m","queue_id":"q-1"}')
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
