import {
  type APIChatInputApplicationCommandInteraction,
  type APIMessageApplicationCommandInteraction,
  type APIMessageComponentInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import { describe, expect, it } from 'vitest'
import { readPress } from '../../../adapters/discord/presses.ts'
import { readMenu, readSlash } from '../../../adapters/discord/requests.ts'
import type { Found, UpscaleRequest } from '../../../src/core/chat.ts'

const ALL = String((1n << 53n) - 1n)
const interaction = (data: object, more: object = {}) => ({
  id: '1300000000000000001',
  application_id: '1300000000000000000',
  type: 2,
  token: 'token',
  guild_id: '1300000000000000009',
  channel: { id: '1300000000000000008', type: 0 },
  member: { user: { id: '1300000000000000007' } },
  app_permissions: ALL,
  data,
  ...more,
})
const file = { id: '5', filename: 'a.mp4', size: 1, url: 'https://cdn.discordapp.com/a.mp4', proxy_url: '' }
const given = { type: 11, name: 'video', value: '5' }
const slash = (options: object[], more: object = {}) =>
  readSlash(
    interaction(
      { type: 1, name: 'upscale', options, resolved: { attachments: { 5: file } } },
      more,
    ) as unknown as APIChatInputApplicationCommandInteraction,
    7,
  )
const menu = (message: object | null, more: object = {}) =>
  readMenu(
    interaction(
      {
        type: 3,
        name: 'Upscale video',
        target_id: '6',
        resolved: { messages: message ? { 6: message } : {} },
      },
      more,
    ) as unknown as APIMessageApplicationCommandInteraction,
    7,
  )
const link = (value: string) => ({ type: 3, name: 'url', value })

const foundBy = ({ found }: UpscaleRequest) => found as Found

describe('/upscale', () => {
  it.each<[string, object[], string | null, string | null]>([
    ['a file', [given], 'discord', null],
    ['a link', [link(' https://a.example/a.mp4 ')], 'link', null],
    ['both', [given, link('https://a.example/a.mp4')], null, 'two_clips'],
    ['a file, and something for a link that is none', [given, link('x')], null, 'two_clips'],
    ['neither', [], null, 'no_clip'],
    ['a file that is not told of', [{ ...given, value: '4' }], null, 'no_clip'],
    ['something else for a link', [link('fox.mp4')], null, 'link_invalid'],
  ])('with %s', (_, options, origin, problem) => {
    const request = slash(options)
    expect(foundBy(request).clip?.origin ?? null).toBe(origin)
    expect(foundBy(request).problem?.code ?? null).toBe(problem)
    expect(request).toMatchObject({ replySeenBy: 'everybody', reply: { of: 'command', at: 7 } })
  })

  it('says first what the requester can put right, and else what the server has to', () => {
    expect(foundBy(slash([], { app_permissions: '0' })).problem?.code).toBe('no_clip')
    expect(slash([given], { app_permissions: '0' })).toMatchObject({
      fileName: 'a.mp4',
      found: {
        problem: {
          code: 'missing_permission',
          facts: { permissions: expect.stringMatching(/^View Channel, /) },
        },
      },
    })
  })

  it('is an error outside a server, where it is not registered', () => {
    expect(() => slash([given], { guild_id: undefined })).toThrow(/outside a server/)
  })
})

describe('"Upscale video"', () => {
  const message = { attachments: [file] }

  it.each<[string, number, object]>([
    [
      'in a text channel: the thread of its message is the place',
      0,
      { isThread: false, anchor: { messageId: '6' } },
    ],
    ['in an announcement channel: the same', 5, { isThread: false, anchor: { messageId: '6' } }],
    ['in a thread: everything stays there', 11, { isThread: true }],
    ['in the chat of a voice channel, which has no threads: the same', 2, { isThread: true }],
  ])('%s', (_, type, place) => {
    const request = menu(message, { channel: { id: '1300000000000000008', type } })
    expect(request.place).toMatchObject({ channelId: '1300000000000000008', ...place })
    expect('anchor' in request.place).toBe('anchor' in place)
    expect(request).toMatchObject({
      factor: 2,
      replySeenBy: 'requester',
      reply: { of: 'menu' },
      found: { problem: null },
    })
  })

  it('on a message without a video has none, and says so before any permission', () => {
    for (const empty of [{ attachments: [] }, null]) {
      expect(menu(empty, { app_permissions: '0' })).toMatchObject({
        found: { clip: null, problem: { code: 'no_clip' } },
      })
    }
  })

  it('names the permissions that are missing', () => {
    expect(foundBy(menu(message, { app_permissions: '0' })).problem?.code).toBe('missing_permission')
  })
})

describe('a press', () => {
  const press = (more: object) =>
    readPress(
      interaction(
        { component_type: 2, custom_id: 'u1:cancel:j1:1' },
        { type: 3, message: { id: '6', channel_id: '8' }, ...more },
      ) as unknown as APIMessageComponentInteraction,
      { at: 7, redelivered: false },
    )
  const by = (permissions: bigint) =>
    press({ member: { user: { id: '5' }, permissions: String(permissions), roles: [] } })
  const { Administrator, ManageGuild, ManageChannels, ManageMessages, SendMessages } = PermissionFlagsBits

  it('is of somebody who runs the server where they may change it, and only then', () => {
    expect(by(SendMessages | ManageGuild).manages).toBe(true)
    expect(by(Administrator).manages).toBe(true)
    expect(by((1n << 62n) | ManageGuild).manages).toBe(true)
    expect(by(SendMessages | ManageChannels | ManageMessages).manages).toBe(false)
    expect(by(0n).manages).toBe(false)
  })

  it.each<[string, string[], boolean]>([
    ['one of their roles', ['1', '9'], true],
    ['none of their roles', ['1'], false],
    ['no role at all', [], false],
    ['everybody', ['everyone'], true],
  ])('is by somebody in groups that are %s', async (_, groups, isIn) => {
    const member = { user: { id: '5' }, permissions: '0', roles: ['8', '9'] }
    expect(await press({ member }).presserIsIn(groups)).toBe(isIn)
  })

  it('outside a server is of nobody who runs one or is in a group', async () => {
    const outside = press({ member: undefined, user: { id: '5' } })
    expect(outside).toMatchObject({ presserId: '5', manages: false })
    expect(await outside.presserIsIn(['everyone'])).toBe(false)
  })
})
