import { existsSync } from 'node:fs'
import { readConfig, secretsOf } from './config.ts'
import { MuranoError } from './core/errors.ts'
import { createLog } from './log.ts'
import { openStore, StoreLocked } from './store/index.ts'
import { createVault } from './vault/index.ts'

/**
 * `npm run reencrypt`: seals everything anew that is not under ENCRYPTION_KEY, so that ENCRYPTION_KEYS_OLD can be
 * emptied. Stopped half-way it has done its half; it can be run again at any time. On a Postgres server the bot may run
 * meanwhile.
 *
 * Exits with 0 when everything is under the current key, else with 1.
 */
if (existsSync('.env')) process.loadEnvFile('.env')

/** Whether everything is under the current key now. */
async function reencrypt(): Promise<boolean> {
  const config = readConfig(process.env)
  const { vault: keys, dataDir, databaseUrl } = config
  if (!keys) {
    throw new MuranoError('no_key', 'ENCRYPTION_KEY is not set, so there is nothing to encrypt with.')
  }
  const where = databaseUrl ? 'the database of DATABASE_URL' : dataDir
  if (!databaseUrl && !existsSync(dataDir)) {
    throw new MuranoError(
      'no_database',
      `${where} does not exist. Start this where the bot starts, or set DATA_DIR.`,
    )
  }
  const log = createLog({
    level: 'warn',
    secrets: secretsOf(config),
    write: line => process.stderr.write(line),
  })
  const vault = createVault(keys)
  await using store = await openStore({ dataDir, databaseUrl, log, clock: Date.now }).catch(error => {
    throw error instanceof StoreLocked ? stopFirst(error) : error
  })
  const { values, resealed, unreadable } = await store.installations(vault).reseal()
  for (const error of unreadable) console.error(error.message)
  if (unreadable.length > 0) {
    console.log(
      `${resealed} of ${values} values re-encrypted; ${unreadable.length} could not be read and stay as they are. Keep the old keys.`,
    )
  } else if (values === 0) console.log(`There are no encrypted values in ${where}.`)
  else console.log(`${resealed} of ${values} values re-encrypted; old keys can be removed now.`)
  return unreadable.length === 0
}

const stopFirst = (locked: StoreLocked) =>
  new MuranoError(
    'store_locked',
    `Nothing was re-encrypted: Murano is running${locked.owner ? ` (process ${locked.owner.pid} on ${locked.owner.host})` : ''}, ` +
      'and the embedded database can only be open once. Stop it, run this again, then start it.',
    { cause: locked },
  )

process.exitCode = await reencrypt().then(
  done => (done ? 0 : 1),
  error => {
    console.error(error instanceof MuranoError ? error.message : error)
    return 1
  },
)
