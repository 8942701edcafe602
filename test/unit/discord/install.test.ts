import { expect, it } from 'vitest'
import { installAddress } from '../../../adapters/discord/install.ts'

it('leads to Discord, with the permissions that the bot needs by the table of the documentation, and no more', () => {
  const address = new URL(installAddress('123'))
  expect(address.origin + address.pathname).toBe('https://discord.com/oauth2/authorize')
  expect(address.searchParams.get('client_id')).toBe('123')
  expect(address.searchParams.get('scope')).toBe('bot applications.commands')
  // topics/permissions: view channel, send, embed links, attach, history, public threads, send in threads.
  const bits = [10n, 11n, 14n, 15n, 16n, 35n, 38n]
  expect(address.searchParams.get('permissions')).toBe(
    String(bits.reduce((sum, bit) => sum | (1n << bit), 0n)),
  )
})
