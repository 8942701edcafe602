/** Rising ids as Slack writes them: a letter and ten letters or digits. The seed's own never collide: they begin with 0. */
export function createIds(): (prefix: string) => string {
  let last = 0
  return prefix => {
    last += 1
    // A step larger than 1, so that neighbours are told apart at a glance.
    return `${prefix}8${(last * 7919).toString(36).toUpperCase().padStart(9, '0')}`
  }
}

/** Message times: seconds and six digits, unique in this process and rising even where the clock stands or goes back. */
export function createTs(clock: () => number): () => string {
  let last = 0
  return () => {
    last = Math.max(last + 1, clock() * 1000)
    const seconds = Math.floor(last / 1_000_000)
    return `${seconds}.${String(last % 1_000_000).padStart(6, '0')}`
  }
}
