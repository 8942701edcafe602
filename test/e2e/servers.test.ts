import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BotProcess, startBotProcess } from '../../src/sandbox/bot-process.ts'
import { joinAs, type Member } from '../../src/sandbox/member.ts'
import { videoOf } from '../../src/sandbox/readable.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { hasBinary, type Server, startPostgres, startRedis } from '../kit/backends.ts'
import { ask, pressNamed, threadOf } from '../kit/stage.ts'

describe.skipIf(!hasBinary('postgres') || !hasBinary('redis-server'))(
  'on a Postgres server and Redis',
  () => {
    let postgres: Server
    let redis: Server
    let sandbox: Sandbox
    let dataDir: string
    let bot: BotProcess
    let mira: Member

    const start = async () => {
      bot = await startBotProcess({
        sandbox: sandbox.env,
        dataDir,
        env: { DATABASE_URL: postgres.url, REDIS_URL: redis.url },
      })
      await mira.until('the bot', () => mira.state().bot_online && mira.state().commands.length > 0)
    }
    beforeAll(async () => {
      ;[postgres, redis] = await Promise.all([startPostgres(), startRedis()])
      sandbox = await startSandbox({ playground: false, venice: { processingMs: 4_000 } })
      dataDir = await mkdtemp(join(tmpdir(), 'murano-servers-'))
      mira = await joinAs(sandbox.url)
      await start()
    })
    afterAll(async () => {
      mira.close()
      await bot.kill()
      await sandbox.close()
      await Promise.all([postgres.stop(), redis.stop()])
      await rm(dataDir, { recursive: true, force: true })
    })

    it('the same bot does the same, also when it and Redis are killed meanwhile', async () => {
      const card = await ask(mira, { path: clipPath(clips.mp4Sound), name: 'clip.mp4' })
      await pressNamed(mira, card, 'Confirm')
      await mira.until('the job to run', () =>
        threadOf(mira, card).some(m => JSON.stringify(m).includes('Submitted\u00a0✓')),
      )
      await bot.kill()
      await redis.kill()
      await redis.restart()
      await mira.until('the bot to be gone', () => !mira.state().bot_online)
      await start()
      await mira.until('the result', () => threadOf(mira, card).find(m => videoOf(m)), 90_000)
      expect((await mira.book()).queue_requests.length).toBe(1)
    })
  },
)
