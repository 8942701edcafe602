import { type GatewayGuildCreateDispatchData, REST } from 'discord.js'
import { expect, it } from 'vitest'
import { createInstallations } from '../../../adapters/discord/installations.ts'
import { createTenants } from '../../../adapters/discord/tenants.ts'

const MIB = 1024 * 1024
const quiet = () => {}
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
/** Out of reach, so that whatever is asked shows as the smallest limit. */
const known = () =>
  createTenants({ rest: new REST({ api: 'http://127.0.0.1:9', retries: 0 }).setToken('x'), log })
const guild = (id: string, premium_tier?: number) =>
  ({ id, ...(premium_tier !== undefined && { premium_tier }) }) as GatewayGuildCreateDispatchData

it('knows the limit of a guild as the gateway last told it', async () => {
  const tenants = known()
  tenants.heard(guild('1', 2))
  tenants.heard(guild('2', 3))
  expect(await tenants.uploadLimit('1')).toBe(50 * MIB)
  tenants.heard(guild('1', 0))
  expect(await tenants.uploadLimit('1')).toBe(10 * MIB)
  expect(await tenants.uploadLimit('2')).toBe(100 * MIB)
})

it('keeps what it knows of a guild through an outage, and forgets it when the bot is removed', async () => {
  const tenants = known()
  const left: string[] = []
  const onLeft = async (id: string) => {
    left.push(id)
    return 'done' as const
  }
  const installations = createInstallations({ tenants, log, onLeft })
  tenants.heard(guild('1', 3))
  await installations.gone({ id: '1', unavailable: true }, false)
  tenants.heard({ ...guild('1'), unavailable: true })
  expect(await tenants.uploadLimit('1')).toBe(100 * MIB)
  expect(left).toEqual([])
  // Discord can't be asked whether the bot is back: nothing ends, and the next process is told again.
  expect(await installations.gone({ id: '1' }, true)).toBe('broke')
  expect(tenants.isIn('1')).toBe(true)
  await installations.gone({ id: '1' }, false)
  expect(await tenants.uploadLimit('1')).toBe(10 * MIB)
  expect(left).toEqual(['1'])
})
