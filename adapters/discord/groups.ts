/**
 * Groups are roles, by their ids. The role of everybody (@everyone) has the id of its server; it is kept under a name of
 * its own, so that no message can mention it as a role, and with that everybody.
 */
export const EVERYBODY = 'everyone'

export const groupOf = (roleId: string, guildId: string): string => (roleId === guildId ? EVERYBODY : roleId)

/** `roles`: those that the member was given; what everybody has is not among them (docs: resources/guild#guild-member-object). */
export const isIn = (roles: readonly string[], groups: readonly string[]): boolean =>
  groups.some(group => group === EVERYBODY || roles.includes(group))

export const isRole = (group: string): boolean => /^\d{1,20}$/.test(group)
