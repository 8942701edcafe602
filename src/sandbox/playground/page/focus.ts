export const menuButtonId = (messageId: string): string => `more-${messageId}`

/** The first element that `selector` finds, after the next drawing. */
export function focusSoon(selector: string): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => document.querySelector<HTMLElement>(selector)?.focus()),
  )
}
