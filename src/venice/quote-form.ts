import type { Clock } from '../core/ports.ts'

/** Long enough to save requests, short enough that odd clips do not cost everybody the exact price. */
const ASK_AGAIN_MS = 60 * 60_000
/** Clips refused in a row, after which it is taken for the form that is refused. */
const REFUSALS = 3

/**
 * Whether this server knows a form of the question for a price: the guide's knows one, the OpenAPI document's another.
 * As long as that is not known, one request at a time finds it out, since a crowd's failed tries would come close to the
 * number at which the key is blocked.
 */
export function createQuoteForm(clock: Clock) {
  let known = false
  let refusals = 0
  let refusedAt: number | null = null
  let trial: Promise<unknown> | null = null
  // A time far ahead is that of a clock that has been put right since.
  const isRefused = () => refusedAt !== null && Math.abs(clock() - refusedAt) <= ASK_AGAIN_MS

  return {
    /**
     * What `work` found; null where the form is not used, as it is known not to be taken. It calls `taken` as soon as
     * it has an answer, so that the others need not wait for the rest.
     */
    async use<T>(
      work: (taken: () => void) => Promise<{ found: T | null; refused: 'the form' | 'this clip' | null }>,
    ): Promise<T | null> {
      for (let turn = 0; turn < REFUSALS && trial && !known && !isRefused(); turn++) await trial
      if (isRefused()) return null
      const ended = Promise.withResolvers<void>()
      if (!known) trial ??= ended.promise
      const isTrial = trial === ended.promise
      try {
        const { found, refused } = await work(() => {
          known = true
          refusals = 0
          refusedAt = null
          ended.resolve()
        })
        if (refused && (++refusals >= REFUSALS || refused === 'the form')) {
          known = false
          refusals = 0
          refusedAt = clock()
        }
        return found
      } finally {
        if (isTrial) trial = null
        ended.resolve()
      }
    },
  }
}

export type QuoteForm = ReturnType<typeof createQuoteForm>
