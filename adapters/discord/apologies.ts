import type { View } from '../../src/core/view.ts'

const line = (words: string): View => ({
  tone: 'bad',
  parts: [{ kind: 'text', text: [words] }],
  controls: [],
  notifies: [],
  summary: words,
})

/** Said when what should have answered broke before it could say anything itself. */
export const requestBroke = line(
  'Something went wrong on our side, so your request may not have been taken on. If no price appears here in a minute, please ask again; asking charges nothing.',
)

/** It is not known here how far the press came, so this promises only what always holds. */
export const pressBroke = line(
  'Something went wrong on our side, so your press may not have counted. Look at the card again in a moment: if its buttons are still there, press once more. No press counts twice.',
)

/** As above. Money that was put into a pool already would be put in a second time. */
export const adminBroke = line(
  'Something went wrong on our side, so what you asked for may not have been done. No money was moved. Before you use the command again, look at how it stands: pool, caps, approval or spend with nothing behind it shows that and changes nothing.',
)

export const unknownCommand = line(
  'This command is from an older version of the bot. Reload Discord (Ctrl+R) and try again.',
)
