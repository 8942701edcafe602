/**
 * A process that works alone on an installation and never ends, to be killed.
 * Usage: installations-child <database url> <key> <platform> <tenant id> <lease ms>
 */
import { openStore } from '../../src/store/index.ts'
import { createVault } from '../../src/vault/index.ts'

const [databaseUrl = '', current = '', platform = '', tenantId = '', leaseMs = ''] = process.argv.slice(2)
const log = { debug() {}, info() {}, warn() {}, error() {} }
const store = await openStore({ dataDir: '/nowhere', databaseUrl, log, clock: Date.now })
const installations = store.installations(createVault({ current, old: [] }), { leaseMs: Number(leaseMs) })
await installations.alone(platform, tenantId, async () => {
  process.stdout.write('alone\n')
  await new Promise(() => {})
})
