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
  'Something went wrong on our side, and your request was not taken on. Nothing was charged. Please try again in a moment.',
)

/** It is not known here how far the press came, so this promises only what always holds. */
export const pressBroke = line(
  'Something went wrong on our side, so your press may not have counted. Look at the card again in a moment: if its buttons are still there, press once more. No press counts twice.',
)

export const unknownCommand = line(
  'This command or shortcut is from an older version of the bot. Nothing was charged. Reload Slack (Ctrl+R) and try again.',
)

/** `problem`: what could not be made out in the words behind a command, and what to type instead. */
export const notUnderstood = (problem: string): View => line(`${problem} Nothing was charged.`)
