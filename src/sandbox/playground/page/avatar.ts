import { html, type TemplateResult } from 'lit'
import type { SandboxUser } from '../../control.ts'

const cache = new Map<string, string>()

/** The stand-in picture of a user: their initial on their colour; the bot has the project's sign. */
export function avatarUrl(user: SandboxUser | undefined): string {
  if (user?.bot) return '/favicon.ico'
  const name = user?.global_name ?? user?.username ?? '?'
  const color = /^#[0-9a-f]{3,8}$/i.test(user?.color ?? '') ? user!.color : '#5865f2'
  const key = `${name[0]}${color}`
  const known = cache.get(key)
  if (known) return known
  const letter = (name[0] ?? '?').toUpperCase().replace(/[<>&"']/, '?')
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="${color}"/><text x="20" y="27" font-family="Helvetica,Arial,sans-serif" font-size="19" font-weight="600" fill="#fff" text-anchor="middle">${letter}</text></svg>`
  const url = `data:image/svg+xml,${encodeURIComponent(picture)}`
  cache.set(key, url)
  return url
}

export const avatar = (user: SandboxUser | undefined, size: number): TemplateResult =>
  html`<img class="avatar ${user?.bot ? 'bot' : ''}" src=${avatarUrl(user)} alt="" width=${size} height=${size} />`
