/** How long frames last: how many there are of each duration, in ticks of the track's clock. */
export type Durations = Map<number, number>

/** So many kinds of duration are jitter of a free-running clock: then the picture's pace is anything but constant. */
const MOST_KINDS = 4096
/** Key of all durations that came after these. */
const OTHERS = -1

/** Counts `n` frames of this duration; beyond `MOST_KINDS` kinds, new ones fall together. */
export function addDuration(durations: Durations, ticks: number, n = 1): void {
  const key = durations.size < MOST_KINDS || durations.has(ticks) ? ticks : OTHERS
  durations.set(key, (durations.get(key) ?? 0) + n)
}

/**
 * Whether frames last differently long: more than one in twenty lasts a tenth more or less than the usual one. One tick
 * either way is rounding (WebM counts in whole ms), and single stretched frames are how encoders end a fragment.
 */
export function isVariable(durations: Durations): boolean {
  if (durations.has(OTHERS)) return true
  const total = [...durations.values()].reduce((a, b) => a + b, 0)
  let usual = 0
  let seen = 0
  for (const [ticks, n] of [...durations].sort((a, b) => a[0] - b[0])) {
    seen += n
    usual = ticks
    if (seen * 2 >= total) break
  }
  const slack = Math.max(1.01, usual * 0.1)
  let odd = 0
  for (const [ticks, n] of durations) if (Math.abs(ticks - usual) > slack) odd += n
  return odd > total * 0.05
}
