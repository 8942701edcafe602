import { ADMIN_ACTS, type AdminRequest } from '../../src/core/chat.ts'
import { UPSCALE_ADMIN } from './commands.ts'
import { PLATFORM, writeHandle } from './handle.ts'
import type { SlashUse } from './requests.ts'

export const isAdmin = ({ command }: SlashUse): boolean => command === UPSCALE_ADMIN

/** /upscale-admin, which anybody can type: who manages has to be asked for. */
export function readAdmin(slash: SlashUse): Omit<AdminRequest, 'manages'> {
  const word = slash.text.trim().toLowerCase()
  return {
    platform: PLATFORM,
    eventId: slash.eventId,
    communityId: slash.place.communityId,
    personId: slash.requesterId,
    act: ADMIN_ACTS.find(act => act === word) ?? null,
    reply: writeHandle(slash.reply),
  }
}
