/** Who runs the place says, in the chat, that somebody else has to agree to dear clips. */
import { MANAGER } from '../../src/sandbox/person.ts'
import { discordPerson } from '../../src/sandbox/person-discord.ts'
import { slackPerson } from '../../src/sandbox/person-slack.ts'
import type { Lives } from './bot.ts'
import type { Platform } from './place.ts'

/** Members of the group that is named. */
export const APPROVERS = ['Jonas', MANAGER]

/** Between what the crowd's two clips cost. */
const RULE = 'approval above 0.03 group @Approvers'

export interface Rules {
  /** Before anything else: a life that nothing ends. Resolves with what the bot answers. */
  set(lives: Lives): Promise<string>
  /** Says it once more, whether the bot hears it or not. */
  repeat(): void
  close(): void
}

export async function rulesOf(platform: Platform, url: string): Promise<Rules> {
  const manager = await (platform === 'discord' ? discordPerson : slackPerson)(url, MANAGER)
  return {
    async set(lives) {
      const life = await lives.start(null)
      await life.online
      const { text } = await manager.admin(RULE)
      await life.stop()
      return text
    },
    repeat() {
      manager.admin(RULE).catch(() => {})
    },
    close: manager.close,
  }
}
