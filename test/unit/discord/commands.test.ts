import { ApplicationCommandUpdateRequestSchema } from 'discord-api-spec/zod'
import { describe, expect, it } from 'vitest'
import { COMMANDS, fingerprint } from '../../../adapters/discord/commands.ts'

/** What Discord answers for what we registered: ids added, defaults spelled out, keys in another order. */
const asDiscordAnswers = () =>
  COMMANDS.map(command => ({
    id: '1300000000000000001',
    application_id: '1300000000000000000',
    version: '1300000000000000002',
    default_member_permissions: null,
    dm_permission: false,
    nsfw: false,
    name_localizations: null,
    description_localizations: null,
    ...structuredClone(command),
    contexts: [...(command.contexts ?? [])].reverse(),
    options: command.options?.map(option => {
      const { required, ...rest } = structuredClone(option)
      return required ? { ...rest, required, name_localizations: null } : rest
    }),
  }))

describe('the commands', () => {
  it('are as Discord wants them', () => {
    for (const command of COMMANDS) {
      expect(ApplicationCommandUpdateRequestSchema.safeParse(command).error?.issues ?? []).toEqual([])
    }
  })

  it('are only for servers that added the bot itself', () => {
    for (const { contexts, integration_types } of COMMANDS) {
      expect({ contexts, integration_types }).toEqual({ contexts: [0], integration_types: [0] })
    }
  })

  it('are equal to what Discord makes of them', () => {
    expect(fingerprint(asDiscordAnswers())).toBe(fingerprint(COMMANDS))
  })

  it.each<[string, (commands: ReturnType<typeof asDiscordAnswers>) => unknown]>([
    ['another description', c => [{ ...c[0], description: 'x' }]],
    ['a missing option', c => [{ ...c[0], options: c[0]!.options!.slice(0, 1) }]],
    [
      'other choices',
      c => [{ ...c[0], options: [c[0]!.options![0], { ...c[0]!.options![1], choices: [] }] }],
    ],
    [
      'no limit to videos',
      c => [{ ...c[0], options: [{ ...c[0]!.options![0], file_types: [] }, c[0]!.options![1]] }],
    ],
    ['other contexts', c => [{ ...c[0], contexts: [0, 1] }]],
    ['one more command', c => [...c, { ...c[0], name: 'old' }]],
    ['none', () => []],
    ['something else altogether', () => ({ message: 'no' })],
  ])('differ from a list with %s', (_, change) => {
    expect(fingerprint(change(asDiscordAnswers()))).not.toBe(fingerprint(COMMANDS))
  })
})
