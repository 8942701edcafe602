import { existsSync } from 'node:fs'
import { readDatabasePlace } from './config.ts'
import { MuranoError } from './core/errors.ts'
import { createLog } from './log.ts'
import { openStore, placeOf, type Store, StoreLocked } from './store/index.ts'

/**
 * `npm run ledger:check`: whether every cent that was agreed to is where the ledger says, and nothing is anywhere else.
 * It makes and changes nothing, and of the settings it needs only DATA_DIR or DATABASE_URL. On a Postgres server the bot
 * may run meanwhile.
 *
 * Exits with 0 when all is in order, else with 1 and a line for each thing that is not; with 1 too where there is nothing
 * that it could look at. Its last line says what it has looked at.
 */
if (existsSync('.env')) process.loadEnvFile('.env')

/** Whether all is in order. */
async function checkLedger(): Promise<boolean> {
  const place = readDatabasePlace(process.env)
  const { dataDir, databaseUrl, secrets } = place
  const log = createLog({
    level: 'warn',
    secrets,
    write: line => process.stderr.write(line),
  })
  await using store = await openStore({ dataDir, databaseUrl, log, clock: Date.now, asItIs: true }).catch(
    error => {
      throw error instanceof StoreLocked ? stopFirst(error) : error
    },
  )
  const wrong = await store.books.check()
  const size = await store.books.size()
  for (const sentence of wrong) console.log(sentence)
  console.log(`Looked at ${sizeText(size)} in ${placeOf(place)}: ${verdictText(size, wrong.length)}`)
  return wrong.length === 0
}

type Size = Awaited<ReturnType<Store['books']['size']>>

const sizeText = ({ jobs, known, lines }: Size) =>
  `${jobs} ${jobs === 1 ? 'job' : 'jobs'}, ${known} of them in the ledger, and its ${lines} lines`

const verdictText = ({ lines }: Size, wrong: number) =>
  wrong > 0
    ? `${wrong} not in order.`
    : lines > 0
      ? 'all in order.'
      : 'nobody has agreed to pay for anything yet, so there is nothing to check.'

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
