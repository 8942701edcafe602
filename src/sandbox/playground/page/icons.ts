import { svg, type TemplateResult } from 'lit'

/** Drawn in strokes of the colour of the text around it, on a square of `view`. */
export const icon = (path: TemplateResult, view = 24) =>
  svg`<svg class="icon" viewBox="0 0 ${view} ${view}" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${path}</svg>`

export const HASH = icon(svg`<path d="M5 9h15M4 15h15M10 4 8 20M16 4l-2 16"/>`)
export const THREAD = icon(
  svg`<path d="M4 8h9M4 13h6M8 3 7 13M13 3l-.5 6"/><rect x="12" y="12" width="9" height="8" rx="2.5"/>`,
)
export const SPINE = svg`<svg class="spine" viewBox="0 0 12 11" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2"><path d="M11 10H6a5 5 0 0 1-5-5V0"/></svg>`
export const PLUS = icon(svg`<path d="M12 5v14M5 12h14"/>`)
export const CLOSE = icon(svg`<path d="M6 6l12 12M18 6 6 18"/>`)
export const CHEVRON = icon(svg`<path d="m6 9 6 6 6-6"/>`)
export const SEND = svg`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" fill="currentColor"><path d="M3.2 3.4 21.6 12 3.2 20.6 6 13.2l8-1.2-8-1.2Z"/></svg>`
export const EYE = icon(
  svg`<path d="M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12Z"/><circle cx="12" cy="12" r="2.6"/>`,
)
export const LAUNCH = icon(
  svg`<path d="M14 4h6v6M20 4l-9 9M18 14v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h5"/>`,
)
export const FILM = icon(
  svg`<rect x="3" y="5" width="18" height="14" rx="2.5"/><path d="M7.5 5v14M16.5 5v14M3 9.7h4.5M3 14.3h4.5M16.5 9.7H21M16.5 14.3H21"/>`,
)
export const FILE = icon(svg`<path d="M13 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V9ZM13 3v6h6"/>`)
export const WARNING = icon(svg`<circle cx="12" cy="12" r="9"/><path d="M12 7.5v5.5M12 16.4v.1"/>`)
export const CHECK = icon(svg`<path d="m5 12.5 4.5 4.5L19 7.5"/>`)
export const PULSE = icon(svg`<path d="M3 12h4l3-8 4 16 3-8h4"/>`)
export const COMPASS = icon(svg`<circle cx="12" cy="12" r="9"/><path d="m15.5 8.5-2 5-5 2 2-5Z"/>`)
export const TRASH = icon(svg`<path d="M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5M14 11v5"/>`)
export const MORE = svg`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" fill="currentColor"><circle cx="5" cy="12" r="2"/><circle cx="12" cy="12" r="2"/><circle cx="19" cy="12" r="2"/></svg>`
/** An arrow that bends to the right. */
export const FORWARD = icon(svg`<path d="m14 6 6 5.5-6 5.5M20 11.5h-9a7 7 0 0 0-7 7"/>`)
