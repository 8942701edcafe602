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

type Answered = ReturnType<typeof asDiscordAnswers>

/** The list with one of its commands changed. */
const changed = (commands: Answered, index: number, change: object) =>
  commands.with(index, { ...commands[index]!, ...change })
/** The same for an option of a command. */
const withOption = (commands: Answered, index: number, change: object, of = 0) =>
  changed(commands, of, {
    options: commands[of]!.options!.map((option, i) => (i === index ? { ...option, ...change } : option)),
  })

describe('the commands', () => {
  it('are as Discord wants them', () => {
    for (const command of COMMANDS) {
      // The published schema knows this bit set as a number only; the docs and discord.js write it as digits.
      const bits = command.default_member_permissions
      const body = bits ? { ...command, default_member_permissions: Number(bits) } : command
      expect(ApplicationCommandUpdateRequestSchema.safeParse(body).error?.issues ?? []).toEqual([])
    }
  })

  it('have for each word of those in charge its options, of the kind that Discord has for them', () => {
    const admin = COMMANDS.find(({ name }) => name === 'upscale-admin')!
    const [spend, , , approval] = ('options' in admin && admin.options) || []
    expect(spend).toMatchObject({
      type: 1,
      name: 'spend',
      options: [
        { type: 3, name: 'month', required: false },
        { type: 5, name: 'everywhere', required: false },
      ],
    })
    expect(approval).toMatchObject({
      options: [
        { type: 3, name: 'above' },
        { type: 8, name: 'group' },
        { type: 6, name: 'person' },
      ],
    })
  })

  it('describe everything in at most 100 letters', () => {
    interface Described {
      description?: string
      options?: Described[]
    }
    const all = (of: Described[]): Described[] => of.flatMap(one => [one, ...all(one.options ?? [])])
    for (const { description = '' } of all(COMMANDS as Described[]))
      expect(description.length, description).toBeLessThanOrEqual(100)
  })

  it('are only for servers that added the bot itself', () => {
    for (const { contexts, integration_types } of COMMANDS) {
      expect({ contexts, integration_types }).toEqual({ contexts: [0], integration_types: [0] })
    }
  })

  it('are equal to what Discord makes of them', () => {
    expect(fingerprint(asDiscordAnswers())).toBe(fingerprint(COMMANDS))
  })

  it('show the one for those in charge to nobody else, unless the server decides so', () => {
    const shownTo = Object.fromEntries(COMMANDS.map(c => [c.name, c.default_member_permissions ?? null]))
    expect(shownTo).toEqual({ upscale: null, 'Upscale video': null, 'upscale-admin': '32' })
  })

  it.each<[string, (commands: Answered) => unknown]>([
    ['another description', c => changed(c, 0, { description: 'x' })],
    ['a missing option', c => changed(c, 0, { options: c[0]!.options!.slice(0, 2) })],
    ['other choices', c => withOption(c, 2, { choices: [] })],
    ['no limit to videos', c => withOption(c, 0, { file_types: [] })],
    ['an option that must be given', c => withOption(c, 0, { required: true })],
    ['a subcommand that asks for more', c => withOption(c, 1, { options: [{ type: 3, name: 'x' }] }, 2)],
    ['other contexts', c => changed(c, 0, { contexts: [0, 1] })],
    ['one more command', c => [...c, { ...c[0], name: 'old' }]],
    ['no command in the menu of messages', c => c.toSpliced(1, 1)],
    ['no command for those in charge', c => c.slice(0, 2)],
    ['that command for everybody', c => changed(c, 2, { default_member_permissions: null })],
    ['the menu of people for that of messages', c => changed(c, 1, { type: 2 })],
    ['none', () => []],
    ['something else altogether', () => ({ message: 'no' })],
  ])('differ from a list with %s', (_, change) => {
    expect(fingerprint(change(asDiscordAnswers()))).not.toBe(fingerprint(COMMANDS))
  })
})
