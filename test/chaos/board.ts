/** What everybody can see, sorted by clip: every clip of a run has a name of its own, which all its messages carry. */
import type { Shown } from './hands.ts'

export type Kind = 'card' | 'approval' | 'question' | 'failure' | 'result' | 'other'

/** By the sentences that people read. */
export function kindOf({ text }: Shown): Kind {
  if (/your video is ready/.test(text)) return 'result'
  if (/we don't know whether Venice accepted/.test(text)) return 'question'
  if (/was not upscaled\./.test(text)) return 'failure'
  if (/ asks for \dx of /.test(text)) return 'approval'
  if (/^Upscale /m.test(text) && /\bfps\b/.test(text)) return 'card'
  return 'other'
}

export interface Board {
  note(shown: Shown): void
  /** A message has buttons of this version of its job. */
  drawn(key: string, version: number): void
  /** The bot's messages about a clip, oldest first, each as it is now. */
  about(stem: string): Posted[]
  /** Resolves when `look` finds something; null after `timeoutMs`. Looked at whenever anything changes. */
  until<T>(look: () => T | null | undefined | false, timeoutMs: number): Promise<T | null>
  /** Something else has changed that somebody may wait for. */
  changed(): void
}

/** `version`: of its job, when it was posted with buttons; null: without any. */
export type Posted = Shown & { version: number | null }

export const STEM = /clip\d{4}/

export function createBoard(): Board {
  const byStem = new Map<string, Map<string, Shown>>()
  const versions = new Map<string, number>()
  const waiting = new Set<() => void>()
  const changed = () => {
    for (const look of [...waiting]) look()
  }
  return {
    changed,
    note(shown) {
      const stem = STEM.exec(shown.text)?.[0]
      if (!stem) return
      const messages = byStem.get(stem) ?? new Map<string, Shown>()
      byStem.set(stem, messages.set(shown.key, shown))
      changed()
    },
    drawn(key, version) {
      if (!versions.has(key)) versions.set(key, version)
    },
    about: stem =>
      [...(byStem.get(stem)?.values() ?? [])].map(shown => ({
        ...shown,
        version: versions.get(shown.key) ?? null,
      })),
    until: (look, timeoutMs) =>
      new Promise(resolve => {
        const end = (found: Parameters<typeof resolve>[0]) => {
          clearTimeout(timer)
          waiting.delete(check)
          resolve(found)
        }
        const timer = setTimeout(() => end(null), timeoutMs)
        const check = () => {
          const found = look()
          if (found) end(found)
        }
        waiting.add(check)
        check()
      }),
  }
}
