import { existsSync } from 'node:fs'
import { readConfig, secretsOf } from './config.ts'
import { MuranoError } from './core/errors.ts'
import { createLog } from './log.ts'
import { openStore, StoreLocked } from './store/index.ts'

/**
 * `npm run ledger:check`: whether every cent that was agreed to is where the ledger says, and nothing is anywhere else.
 * It changes nothing, but for bringing the tables of an older version up to date. On a Postgres server the bot may run
 * meanwhile.
 *
 * Exits with 0 when all is in order, else with 1 and a line for each thing that is not.
 */
if (existsSync('.env')) process.loadEnvFile('.env')

/** Whether all is in order. */
async function checkLedger(): Promise<boolean> {
  const config = readConfig(process.env)
  const { dataDir, databaseUrl } = config
  if (!databaseUrl && !existsSync(dataDir)) {
    throw new MuranoError(
      'no_database',
      `${dataDir} does not exist. Start this where the bot starts, or set DATA_DIR.`,
    )
  }
  const log = createLog({
    level: 'warn',
    secrets: secretsOf(config),
    write: line => process.stderr.write(line),
  })
  await using store = await openStore({ dataDir, databaseUrl, log, clock: Date.now }).catch(error => {
    throw error instanceof StoreLocked ? stopFirst(error) : error
  })
  const wrong = await store.books.check()
  const { jobs, lines } = await store.books.size()
  for (const sentence of wrong) console.log(sentence)
  const about = `${jobs} jobs, ${lines} lines`
  console.log(wrong.length === 0 ? `${about}, all in order` : `${about}, ${wrong.length} not in order`)
  return wrong.length === 0
}

const stopFirst = (locked: StoreLocked) =>
  new MuranoError(
    'store_locked',
    `Nothing was checked: Murano is running${locked.owner ? ` (process ${locked.owner.pid} on ${locked.owner.host})` : ''}, ` +
      'and the embedded database can only be open once. Stop it, run this again, then start it.',
    { cause: locked },
  )

process.exitCode = await checkLedger().then(
  fine => (fine ? 0 : 1),
  error => {
    console.error(error instanceof MuranoError ? error.message : error)
    return 1
  },
)
