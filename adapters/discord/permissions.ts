import { ChannelType, PermissionFlagsBits, PermissionsBitField } from 'discord.js'

/** Threads and posts of a forum. */
const THREADS: readonly number[] = [
  ChannelType.AnnouncementThread,
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
]
/** Where a thread can be opened on a message (docs: resources/channel#start-thread-from-message, August 2026). */
const THREAD_PARENTS: readonly number[] = [ChannelType.GuildText, ChannelType.GuildAnnouncement]

/** No thread can be opened here: it is one, or it is a kind of channel without any, like a voice channel's chat. */
export const staysHere = (channelType: number): boolean => !THREAD_PARENTS.includes(channelType)

interface Need {
  bit: bigint
  /** As Discord's channel settings call it. */
  name: string
  where: 'everywhere' | 'outside threads' | 'in and for threads' | 'for threads'
}

const NEEDS: readonly Need[] = [
  { bit: PermissionFlagsBits.ViewChannel, name: 'View Channel', where: 'everywhere' },
  { bit: PermissionFlagsBits.SendMessages, name: 'Send Messages', where: 'outside threads' },
  {
    bit: PermissionFlagsBits.SendMessagesInThreads,
    name: 'Send Messages in Threads',
    where: 'in and for threads',
  },
  { bit: PermissionFlagsBits.CreatePublicThreads, name: 'Create Public Threads', where: 'for threads' },
  { bit: PermissionFlagsBits.EmbedLinks, name: 'Embed Links', where: 'everywhere' },
  { bit: PermissionFlagsBits.AttachFiles, name: 'Attach Files', where: 'everywhere' },
  { bit: PermissionFlagsBits.ReadMessageHistory, name: 'Read Message History', where: 'everywhere' },
]

/** Everything that the bot has to be allowed, as the sum of its bits. */
export const neededPermissions = (): bigint => NEEDS.reduce((sum, need) => sum | need.bit, 0n)

/** What the bot may not do there and has to. `appPermissions`: the bits that came with the interaction. */
export function missingPermissions(appPermissions: string, channelType: number): string[] {
  const held = new PermissionsBitField(BigInt(appPermissions))
  return NEEDS.filter(need => isNeeded(need, channelType) && !held.has(need.bit)).map(need => need.name)
}

/** Whoever may change the server; its owner and its administrators may everything. `permissions`: the member's bits, as the interaction has them. */
export const runsServer = (permissions: string): boolean =>
  new PermissionsBitField(BigInt(permissions)).has(PermissionFlagsBits.ManageGuild)

function isNeeded(need: Need, channelType: number): boolean {
  const inThread = THREADS.includes(channelType)
  const mayOpen = THREAD_PARENTS.includes(channelType)
  switch (need.where) {
    case 'everywhere':
      return true
    case 'outside threads':
      return !inThread // where this bit has no effect
    case 'in and for threads':
      return inThread || mayOpen
    case 'for threads':
      return mayOpen
  }
}
