/**
 * Where the time of a start goes: the parts of src/app.ts one after the other, each timed alone, in a new process.
 * Settings come from the environment, as for the bot. Prints one line of JSON: milliseconds by part, as they add up.
 */
import { randomBytes } from 'node:crypto'

const ms: Record<string, number> = { node: performance.now() }

async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now()
  const result = await work()
  ms[name] = performance.now() - began
  return result
}

// The largest first: what they share is counted with whom needs it first.
const { createDiscord } = await timed('importDiscord', () => import('../../adapters/discord/index.ts'))
const { openStore } = await timed('importStore', () => import('../../src/store/index.ts'))
const { openQueue } = await timed('importQueue', () => import('../../src/queue/index.ts'))
const { createMedia } = await timed('importMedia', () => import('../../src/media/index.ts'))
const { createDoor } = await timed('importSources', () => import('../../src/sources/index.ts'))
const { createVenice } = await timed('importVenice', () => import('../../src/venice/index.ts'))
const { startHttp } = await timed('importHttp', () => import('../../src/http/server.ts'))
const { readConfig } = await timed('importRest', async () => {
  await import('../../src/app.ts')
  return import('../../src/config.ts')
})

const config = readConfig(process.env)
const log = { debug() {}, info() {}, warn() {}, error() {} }
const clock = Date.now

const store = await timed('openStore', () =>
  openStore({ dataDir: config.dataDir, databaseUrl: config.databaseUrl, log, clock }),
)
await timed('firstQueries', () => store.setting('link_secret', () => randomBytes(32).toString('hex')))
const door = createDoor({ hosts: new Map(), trusted: [], log })
const { media, venice } = await timed('openMediaAndVenice', async () => ({
  media: createMedia({ door }),
  venice: createVenice({ baseUrl: config.venice.baseUrl, apiKey: config.venice.apiKey, log, clock }),
}))
const http = await timed('openHttp', () =>
  startHttp({
    port: config.port,
    openLink: () => ({ kind: 'unknown' }),
    health: async () => ({}),
    others: [],
    log,
  }),
)
const queue = await timed('openQueue', () =>
  openQueue({ redisUrl: config.redisUrl, database: store.database, log }),
)
const inbox = { request: async () => {}, press: async () => {}, admin: async () => {}, left: async () => {} }
const discord = createDiscord({ ...config.discord!, log, clock })
await timed('startDiscord', () => discord.start(inbox))

const rounded = Object.fromEntries(Object.entries(ms).map(([name, value]) => [name, Math.round(value)]))
console.log(JSON.stringify(rounded))

await discord.stop()
await queue.close()
await http.close()
await venice.close()
await media.close()
await door.close()
await store.close()
process.exit(0)
