import { html, type TemplateResult } from 'lit'
import type { SandboxUser } from '../../control.ts'
import { displayName } from './selectors.ts'

/** The bot's picture on every platform. */
export const BOT_PICTURE = '/favicon.ico'

const cache = new Map<string, string>()

/** The stand-in picture of a person: their initial on their colour, as a data URL. */
export function initialPicture(name: string, wanted: string): string {
  const color = /^#[0-9a-f]{3,8}$/i.test(wanted) ? wanted : '#5865f2'
  const letter = (name[0] ?? '?').toUpperCase().replace(/[<>&"']/, '?')
  const key = `${letter}${color}`
  const known = cache.get(key)
  if (known) return known
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="${color}"/><text x="20" y="27" font-family="Helvetica,Arial,sans-serif" font-size="19" font-weight="600" fill="#fff" text-anchor="middle">${letter}</text></svg>`
  const url = `data:image/svg+xml,${encodeURIComponent(picture)}`
  cache.set(key, url)
  return url
}

export const avatarUrl = (user: SandboxUser | undefined): string =>
  user?.bot ? BOT_PICTURE : initialPicture(displayName(user), user?.color ?? '')

export const avatar = (user: SandboxUser | undefined, size: number): TemplateResult =>
  html`<img class="avatar ${user?.bot ? 'bot' : ''}" src=${avatarUrl(user)} alt="" width=${size} height=${size} />`
