import { describe, expect, it } from 'vitest'
import {
  isMessage,
  readAddress,
  readHandle,
  readTenant,
  threadOn,
  writeAddress,
  writeHandle,
  writeTenant,
} from '../../../adapters/slack/handle.ts'

describe('addresses', () => {
  it.each([
    ['T012AB3CD/C012AB3CD', { tenantId: 'T012AB3CD', channel: 'C012AB3CD', threadTs: null }],
    ['T012AB3CD/D012AB3CD', { tenantId: 'T012AB3CD', channel: 'D012AB3CD', threadTs: null }],
    [
      'E09.T012AB3CD/C012AB3CD/1732300000.000100',
      { tenantId: 'E09.T012AB3CD', channel: 'C012AB3CD', threadTs: '1732300000.000100' },
    ],
  ])('%s is read as it is written', (text, address) => {
    expect(readAddress(text)).toEqual(address)
    expect(writeAddress(address)).toBe(text)
  })

  it.each([
    '',
    'C012AB3CD',
    'T012AB3CD/',
    'T012AB3CD/U012AB3CD',
    't012ab3cd/C012AB3CD',
    'E09/C012AB3CD',
    'E09.E10.T01/C012AB3CD',
    'T012AB3CD/C012AB3CD/',
    'T012AB3CD/C012AB3CD/1732300000',
    'T012AB3CD/C012AB3CD/1732300000.000100/x',
    'T012AB3CD/C012AB3CD/1732300000.000100\n',
    'T012AB3CD/C012AB3CD?x=1',
    '1300000000000000001',
  ])('"%s" is none', text => {
    expect(() => readAddress(text)).toThrow(TypeError)
  })

  it('of workspaces name the organisation where the app is installed for all of it', () => {
    for (const tenant of [
      { enterpriseId: null, teamId: 'T01A' },
      { enterpriseId: 'E09', teamId: 'T012' },
    ]) {
      expect(readTenant(writeTenant(tenant))).toEqual(tenant)
    }
    expect(() => readTenant('E09')).toThrow(TypeError)
  })

  it('of a thread are the message, except in a thread, which has no threads', () => {
    const ref = { channelId: 'T012/C012', messageId: '1732300000.000100' }
    expect(threadOn(ref)).toBe('T012/C012/1732300000.000100')
    expect(threadOn({ channelId: threadOn(ref), messageId: '1732300001.000100' })).toBe(threadOn(ref))
    expect(() => threadOn({ ...ref, messageId: 'F0123' })).toThrow(TypeError)
    expect([isMessage(ref.messageId), isMessage('F0123')]).toEqual([true, false])
  })
})

describe('handles', () => {
  const handle = {
    kind: 'slack' as const,
    channelId: 'T012/C012',
    userId: 'U012',
    responseUrl: 'https://hooks.slack.com/x',
    at: 1,
  }
  it('survive being kept as JSON', () => {
    expect(readHandle(JSON.parse(JSON.stringify(writeHandle(handle))))).toEqual(handle)
  })

  it('of others, or with something missing, are refused', () => {
    expect(() => readHandle({ ...handle, kind: 'discord' })).toThrow(TypeError)
    for (const key of ['channelId', 'userId', 'responseUrl', 'at']) {
      const { [key as 'at']: _, ...rest } = handle
      expect(() => readHandle(rest), key).toThrow(TypeError)
    }
  })
})
