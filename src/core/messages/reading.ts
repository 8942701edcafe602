import type { JobIn } from '../job.ts'
import type { View } from '../view.ts'

/** Stands where the card will be, while the clip is read and priced. */
export function readingView(job: JobIn<'quoting'>): View {
  const line = `Reading ${job.fileName}…`
  return {
    tone: 'working',
    parts: [
      { kind: 'title', text: [line] },
      { kind: 'note', text: ['The price comes here in a moment. Nothing is charged before you confirm it.'] },
    ],
    controls: [],
    notifies: [],
    summary: line,
  }
}

/** Tells the requester where the card is, if it is not where they asked. */
export function seeThread(): View {
  const line = 'I am reading that clip. What it would cost comes in the thread of its message.'
  return {
    tone: 'quiet',
    parts: [{ kind: 'text', text: [line] }],
    controls: [],
    notifies: [],
    summary: line,
  }
}
