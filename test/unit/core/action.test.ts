import { describe, expect, it } from 'vitest'
import { ACTIONS, decodeAction, encodeAction } from '../../../src/core/action.ts'

describe('a button id', () => {
  it.each(ACTIONS)('carries "%s" with job and version, there and back, within 100 characters', name => {
    const action = { name, jobId: 'k3j9x2m4q8k3j9x2', version: 999_999 }
    expect(encodeAction(action).length).toBeLessThanOrEqual(100)
    expect(decodeAction(encodeAction(action))).toEqual(action)
  })

  it.each([
    '',
    'u1:confirm:abc',
    'u0:confirm:abc:1',
    'u1:pay:abc:1',
    'u1:confirm:../x:1',
    'u1:confirm:abc:1:2',
    'u1:confirm:abc:-1',
    'u1:confirm:ABC:1',
    'u1:confirm:abc:1\n',
  ])('that is not whole and ours is not believed: %j', id => expect(decodeAction(id)).toBeNull())
})
