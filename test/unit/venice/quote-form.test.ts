import { expect, it } from 'vitest'
import { createQuoteForm } from '../../../src/venice/quote-form.ts'

it('a form that was refused is tried again after an hour, and where the clock was ahead when it was refused', async () => {
  const HOUR_MS = 60 * 60_000
  let now = 1e12
  const form = createQuoteForm(() => now)
  const refused = () => form.use(async () => ({ found: null, refused: 'the form' }))
  const asked = () => form.use(async () => ({ found: 'a price', refused: null }))
  await refused()
  now += HOUR_MS
  expect(await asked()).toBeNull()
  now += 1
  expect(await asked()).toBe('a price')
  await refused()
  now -= HOUR_MS + 1
  expect(await asked()).toBe('a price')
})
