import type { View } from '../../src/core/view.ts'
import { EXAMPLE, UPSCALE } from './commands.ts'

const line = (words: string): View => ({
  tone: 'bad',
  parts: [{ kind: 'text', text: [words] }],
  controls: [],
  notifies: [],
  summary: words,
})

/**
 * Said when what should have answered broke before it could say anything itself. It is not known here how far the request
 * came, or whether another process has it, so this promises only what always holds.
 */
export const requestBroke = line(
  'Something went wrong on our side, so your request may not have been taken on. If no price appears here in a minute, please ask again; asking charges nothing.',
)

export const formBroke = line(
  `The form could not be opened this time. If you see none, please type ${UPSCALE} again; asking charges nothing.`,
)

/** It is not known here how far the press came, so this promises only what always holds. */
export const pressBroke = line(
  'Something went wrong on our side, so your press may not have counted. Look at the card again in a moment: if its buttons are still there, press once more. No press counts twice.',
)

/** As above. Money that was put into a pool already would be put in a second time. */
export const adminBroke = line(
  'Something went wrong on our side, so what you asked for may not have been done. No money was moved. Before you use the command again, look at how it stands: pool, caps, approval or spend with nothing behind it shows that and changes nothing.',
)

export const groupsBroke = line(
  'Slack did not tell which group is meant, so nothing was changed. Please use the command again in a minute. If it happens again, whoever runs this bot finds the reason in its log.',
)

export const unknownCommand = line(
  'This command or shortcut is from an older version of the bot. Nothing was charged. Reload Slack (Ctrl+R) and try again.',
)

/** `problem`: what could not be made out in the words behind a command. The example is code, to be copied as it is. */
export const notUnderstood = (problem: string): View => ({
  ...line(`${problem} Nothing was charged.`),
  parts: [{ kind: 'text', text: [`${problem} Nothing was charged. Try: `, { code: EXAMPLE }] }],
})
