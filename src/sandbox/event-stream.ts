/** Follows one of the sandbox's event streams, as far as the sandbox speaks them: one `data:` line each. */
export async function followEvents<T>(stream: Response, apply: (event: T) => void): Promise<void> {
  if (!stream.body) throw new Error('the sandbox sends no events')
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream.body) {
    rest += decoder.decode(chunk, { stream: true })
    const blocks = rest.split('\n\n')
    rest = blocks.pop()!
    for (const block of blocks) {
      const data = block
        .split('\n')
        .filter(line => line.startsWith('data:'))
        .map(line => line.slice(5))
        .join('\n')
      if (data.trim()) apply(JSON.parse(data) as T)
    }
  }
}

/** Waits for something to be so, looking again at every `changed`. */
export function untilSo<T>(
  what: string,
  look: () => T | undefined | null | false,
  timeoutMs: number,
  listeners: Set<() => void>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      listeners.delete(check)
      reject(new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`))
    }, timeoutMs)
    function check() {
      const found = look()
      if (!found) return
      clearTimeout(timer)
      listeners.delete(check)
      resolve(found)
    }
    listeners.add(check)
    check()
  })
}
