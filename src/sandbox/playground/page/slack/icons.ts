import { svg } from 'lit'
import { icon } from '../icons.ts'

export const LOCK = icon(
  svg`<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>`,
)
export const KEBAB = svg`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" fill="currentColor"><circle cx="12" cy="5" r="1.9"/><circle cx="12" cy="12" r="1.9"/><circle cx="12" cy="19" r="1.9"/></svg>`
export const REPLY = icon(
  svg`<path d="M20 11.5c0 4-3.6 7-8 7-1.2 0-2.4-.2-3.4-.6L4 19.5l1.3-3.7A6.4 6.4 0 0 1 4 11.5c0-4 3.6-7 8-7s8 3 8 7Z"/><path d="M8.5 10h7M8.5 13.5h4.5"/>`,
)
export const AT = icon(
  svg`<circle cx="12" cy="12" r="3.6"/><path d="M15.6 12v1.4a2.4 2.4 0 0 0 4.8 0V12a8.4 8.4 0 1 0-3.3 6.7"/>`,
)
export const SLASH = icon(svg`<rect x="4" y="4" width="16" height="16" rx="4"/><path d="m10 16 4-8"/>`)
export const SHARED = icon(
  svg`<path d="M12 4 4 12l4 4M12 20l8-8-4-4"/><path d="m9.5 12 2.5-2.5 2.5 2.5-2.5 2.5Z"/>`,
)
