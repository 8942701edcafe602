/**
 * A process of its own that agrees to pay for many jobs at once, when it is told to. Says "ready", then what came of
 * each as one line of JSON. Usage: store-spend-child <database url> <at> <caps as JSON> <job ids, comma-separated>
 */
import { once } from 'node:events'
import { openStore } from '../../src/store/index.ts'
import { agree } from './store-spend.kit.ts'

const [databaseUrl = '', at = '', caps = '', ids = ''] = process.argv.slice(2)
const log = { debug() {}, info() {}, warn() {}, error() {} }

await using store = await openStore({ dataDir: '/nowhere', databaseUrl, log, clock: () => Number(at) })
const jobs = await Promise.all(ids.split(',').map(id => store.get(id)))
console.log('ready')
await once(process.stdin, 'data')
const outcomes = await Promise.all(
  jobs.map(job => (job?.state === 'quoted' ? agree(store, job, Number(at), JSON.parse(caps)) : 'no offer')),
)
console.log(JSON.stringify(outcomes))
process.stdin.destroy()
