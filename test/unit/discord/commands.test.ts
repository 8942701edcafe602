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
    description: 'description' in command ? command.description : '',
    ...('options' in command && {
      options: command.options?.map(option => {
        const { required, ...rest } = structuredClone(option)
        return required ? { ...rest, required, name_localizations: null } : rest
      }),
    }),
  }))

/** The options of the first command, one of them changed. */
const withOption = (commands: ReturnType<typeof asDiscordAnswers>, index: number, change: object) =>
  commands[0]!.options!.map((option, i) => (i === index ? { ...option, ...change } : option))

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
    ['another description', c => [{ ...c[0], description: 'x' }, c[1]]],
    ['a missing option', c => [{ ...c[0], options: c[0]!.options!.slice(0, 2) }, c[1]]],
    ['other choices', c => [{ ...c[0], options: withOption(c, 2, { choices: [] }) }, c[1]]],
    ['no limit to videos', c => [{ ...c[0], options: withOption(c, 0, { file_types: [] }) }, c[1]]],
    ['an option that must be given', c => [{ ...c[0], options: withOption(c, 0, { required: true }) }, c[1]]],
    ['other contexts', c => [{ ...c[0], contexts: [0, 1] }, c[1]]],
    ['one more command', c => [...c, { ...c[0], name: 'old' }]],
    ['no command in the menu of messages', c => c.slice(0, 1)],
    ['that command in the menu of people', c => [c[0], { ...c[1], type: 2 }]],
    ['none', () => []],
    ['something else altogether', () => ({ message: 'no' })],
  ])('differ from a list with %s', (_, change) => {
    expect(fingerprint(change(asDiscordAnswers()))).not.toBe(fingerprint(COMMANDS))
  })
})
