/** Focuses the first element that `selector` finds, after the next drawing. */
export const focusSoon = (selector: string): void => afterDrawing(selector, element => element.focus())

/** Scrolls it into sight, after the next drawing. */
export const showSoon = (selector: string): void =>
  afterDrawing(selector, element => element.scrollIntoView({ block: 'nearest' }))

function afterDrawing(selector: string, act: (element: HTMLElement) => void): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const element = document.querySelector<HTMLElement>(selector)
      if (element) act(element)
    }),
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
