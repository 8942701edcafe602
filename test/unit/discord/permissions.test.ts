import { ChannelType, PermissionFlagsBits as P } from 'discord.js'
import { expect, it } from 'vitest'
import { missingPermissions, staysHere } from '../../../adapters/discord/permissions.ts'

/** What the installation link asks for. */
const ALL = 309_237_763_072n
const without = (...bits: bigint[]) => bits.reduce((held, bit) => held & ~bit, ALL).toString()

it('misses nothing with what the installation link asks for, nor as an administrator', () => {
  for (const type of [0, 2, 5, 10, 11, 12, 13]) {
    expect(missingPermissions(ALL.toString(), type)).toEqual([])
    expect(missingPermissions(P.Administrator.toString(), type)).toEqual([])
  }
})

it('names everything in the words of the settings page', () => {
  expect(missingPermissions('0', ChannelType.GuildText)).toEqual([
    'View Channel',
    'Send Messages',
    'Send Messages in Threads',
    'Create Public Threads',
    'Embed Links',
    'Attach Files',
    'Read Message History',
  ])
})

it.each<[string, bigint, ChannelType, string[]]>([
  ['a thread', P.SendMessages, ChannelType.PublicThread, []],
  ['a thread', P.CreatePublicThreads, ChannelType.PrivateThread, []],
  ['a thread', P.SendMessagesInThreads, ChannelType.AnnouncementThread, ['Send Messages in Threads']],
  ['a text channel', P.SendMessagesInThreads, ChannelType.GuildText, ['Send Messages in Threads']],
  ['a text channel', P.CreatePublicThreads, ChannelType.GuildText, ['Create Public Threads']],
  ['a text channel', P.SendMessages, ChannelType.GuildText, ['Send Messages']],
  ["a voice channel's chat", P.CreatePublicThreads | P.SendMessagesInThreads, ChannelType.GuildVoice, []],
  ["a voice channel's chat", P.SendMessages, ChannelType.GuildVoice, ['Send Messages']],
])('asks in %s only for what is needed there', (_, bit, type, missing) => {
  expect(missingPermissions(without(bit), type)).toEqual(missing)
})

it('opens threads in text and announcement channels and stays where none can be opened', () => {
  const stays = [0, 2, 5, 10, 11, 12, 13, 15].filter(staysHere)
  expect(stays).toEqual([2, 10, 11, 12, 13, 15])
})
