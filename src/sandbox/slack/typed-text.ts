/** Mentions and links that are written as Slack writes them already. */
const WRITTEN = /(<[@#!][^>]*>|<https?:[^>]*>)/
/** A link as Slack's client finds it: not with the full stop or bracket behind it. */
const LINK = /https?:\/\/[^\s<>]*[^\s<>.,;:!?)"']/g

/**
 * What a person typed, as apps get it: `&`, `<` and `>` are escaped, and links stand in angle brackets
 * (docs: messaging/formatting-message-text, November 2026). A slash command's text comes as it was typed instead.
 */
export function asAppsGetIt(typed: string): string {
  const parts = typed.split(WRITTEN)
  return parts.map((part, index) => (index % 2 === 1 ? part : escaped(part).replace(LINK, '<$&>'))).join('')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
