/** Lists stay at their newest message, unless somebody scrolled up to read. */
export function keepAtEnd(root: HTMLElement): { after(): void } {
  const loose = new WeakSet<HTMLElement>()
  const seen = new WeakMap<HTMLElement, string>()
  const toEnd = (list: HTMLElement) => {
    if (!loose.has(list)) list.scrollTop = list.scrollHeight
  }
  // A clip that learns its size makes the list longer after it was drawn.
  const sizes = new ResizeObserver(entries => {
    for (const { target } of entries) {
      const list = target.closest<HTMLElement>('[data-scroll]')
      if (list) toEnd(list)
    }
  })
  root.addEventListener(
    'scroll',
    ({ target }) => {
      if (!(target instanceof HTMLElement) || !target.matches('[data-scroll]')) return
      if (target.scrollHeight - target.scrollTop - target.clientHeight < 60) loose.delete(target)
      else loose.add(target)
    },
    true,
  )
  return {
    after() {
      for (const list of root.querySelectorAll<HTMLElement>('[data-scroll]')) {
        const place = list.dataset.scroll ?? ''
        if (seen.get(list) !== place) {
          seen.set(list, place)
          loose.delete(list)
          sizes.observe(list)
          for (const child of list.children) sizes.observe(child)
        }
        toEnd(list)
      }
    },
  }
}
