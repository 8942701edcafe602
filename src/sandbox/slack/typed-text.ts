import type { World } from './world.ts'

/** Mentions and links that are written as Slack writes them already. */
const WRITTEN = /(<[@#!][^>]*>|<https?:[^>]*>)/
/** A link as Slack's client finds it: not with the full stop or bracket behind it. */
const LINK = /https?:\/\/[^\s<>]*[^\s<>.,;:!?)"']/g

/**
 * What a person typed, as apps get it: `&`, `<` and `>` are escaped, and links stand in angle brackets
 * (docs: messaging/formatting-message-text, November 2026). A slash command's text comes as it was typed instead, where it
 * does not ask for more.
 */
export function asAppsGetIt(typed: string): string {
  const parts = typed.split(WRITTEN)
  return parts.map((part, index) => (index % 2 === 1 ? part : escaped(part).replace(LINK, '<$&>'))).join('')
}

/** `@ada`, not `mail@ada`. */
const NAME = /(?<![\w@<])@([\p{L}\p{N}._-]*[\p{L}\p{N}])/gu

/**
 * What a person typed behind a command that has `should_escape`: people and user groups of their workspace as
 * `<@U012AB3CD|ada>` and `<!subteam^S012AB3CD|@approvers>`, the rest as in a message; names of nobody stay as they are
 * (docs: interactivity/implementing-slash-commands, November 2026).
 */
export function asCommandsGetIt(world: World, teamId: string, typed: string): string {
  const people = [...world.users.values()].filter(user => user.team_id === teamId)
  const groups = [...world.user_groups.values()].filter(group => group.team_id === teamId && !group.disabled)
  const named = typed.replace(NAME, (typedName, word: string) => {
    const isIt = (name: string) => name.toLowerCase() === word.toLowerCase()
    const person = people.find(({ name, real_name }) => isIt(name) || isIt(real_name))
    if (person) return `<@${person.id}|${person.name}>`
    const group = groups.find(({ handle }) => isIt(handle))
    return group ? `<!subteam^${group.id}|@${group.handle}>` : typedName
  })
  return asAppsGetIt(named)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
