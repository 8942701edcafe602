/** The first element that `selector` finds, after the next drawing. */
export function focusSoon(selector: string): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => document.querySelector<HTMLElement>(selector)?.focus()),
  )
}

/**
 * Up and down go through the messages of a list, of which the newest alone is reached by Tab: what can be done with a
 * message is shown, and reached by Tab, while it has the focus.
 */
export function moveInList(event: KeyboardEvent): void {
  const at = event.target as HTMLElement
  if (!at.matches('.messages > .message')) return
  const messages = [
    ...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(':scope > .message'),
  ]
  const moves: Record<string, number> = {
    ArrowDown: messages.indexOf(at) + 1,
    ArrowUp: Math.max(0, messages.indexOf(at) - 1),
    Home: 0,
    End: messages.length - 1,
  }
  const target = moves[event.key]
  if (target === undefined) return
  messages[target]?.focus()
  event.preventDefault()
}
