import { type Agreed, type JobIn, maybeBefore, spentBefore } from '../job.ts'
import { formatUsd } from '../money.ts'
import type { Part, Text, View } from '../view.ts'
import { failureLine } from './failure.ts'
import { expectedText, type Names } from './words.ts'

const STAGES = ['Queued', 'Submitted', 'Upscaling', 'Saving', 'Done'] as const
type Stage = (typeof STAGES)[number]

/** The one message that is edited while a job runs. `now` in wall-clock ms. */
export function progressView(job: Agreed, names: Names, now: number): View {
  const { stage, line, bar, tone } = describe(job, names, now)
  const title = `${job.fileName} to ${job.offer.chosen}x`
  const parts: Part[] = [{ kind: 'title', text: [title] }]
  if (bar) parts.push(bar)
  parts.push({ kind: 'text', text: line })
  if (stage) parts.push({ kind: 'note', text: stagesLine(stage) })
  if (job.state === 'submitting' || job.state === 'processing')
    parts.push({ kind: 'note', text: [`${names.provider} can't stop a job once it has it.`] })
  return { tone, parts, controls: controlsOf(job), notifies: [], summary: `${title}: ${stage ?? job.state}` }
}

/** Until it is sent, it can be taken back. */
function controlsOf(job: Agreed): View['controls'] {
  if (job.state !== 'confirmed') return []
  const action = { name: 'cancel', jobId: job.id, version: job.version } as const
  return [[{ kind: 'button', label: 'Cancel', look: 'plain', action }]]
}

interface Description {
  /** Null: it has ended before the last stage. */
  stage: Stage | null
  line: Text
  bar?: Part
  tone: View['tone']
}

function describe(job: Agreed, names: Names, now: number): Description {
  switch (job.state) {
    case 'confirmed':
      return {
        stage: 'Queued',
        tone: 'working',
        line:
          job.notBefore <= job.stateAt
            ? ['Waiting for a place in line.']
            : [
                `${names.provider} did not take it yet; it is tried again at `,
                { time: job.notBefore, as: 'clock' },
                maybeBefore(job).length === 0 && spentBefore(job) === 0
                  ? '. Nothing was charged so far.'
                  : '.',
              ],
      }
    case 'submitting':
      return { stage: 'Submitted', tone: 'working', line: [`Handing it to ${names.provider}.`] }
    case 'processing':
      return { stage: 'Upscaling', tone: 'working', ...upscaling(job, names, now) }
    case 'saving':
      return {
        stage: 'Saving',
        tone: 'working',
        bar: { kind: 'bar', done: 1, label: ['100 %'] },
        line:
          job.attempts === 0
            ? ['Fetching the result and checking it.']
            : [
                'It is finished, but it could not be fetched whole yet; it is tried again at ',
                { time: job.notBefore, as: 'clock' },
                '.',
              ],
      }
    case 'delivering':
      return {
        stage: 'Saving',
        tone: 'working',
        bar: { kind: 'bar', done: 1, label: ['100 %'] },
        line:
          job.attempts === 0
            ? ['Posting it here.']
            : [
                'It is finished, but it could not be posted yet; it is tried again at ',
                { time: job.notBefore, as: 'clock' },
                '.',
              ],
      }
    case 'delivered':
      return { stage: 'Done', tone: 'good', line: ['Done. The result is in this thread.'] }
    case 'undelivered':
      return { stage: null, tone: 'bad', line: ['Finished, but it could not be posted.'] }
    case 'unconfirmed':
      return {
        stage: null,
        tone: 'bad',
        line: ['Stopped: it is not known whether it was accepted. See below.'],
      }
    case 'failed':
      return {
        stage: null,
        tone: 'bad',
        line: [failureLine(job, names)],
      }
  }
}

function upscaling(job: JobIn<'processing'>, names: Names, now: number): Pick<Description, 'line' | 'bar'> {
  const { submittedAt, expected } = job
  if (job.refused) {
    return {
      bar: { kind: 'bar', done: null, label: ['not known'] },
      line: [
        `${names.provider} refuses our key, so we can't see how it is doing. Whoever runs this bot has to put the key right; it is asked for again until then.`,
      ],
    }
  }
  if (job.late) {
    return {
      bar: { kind: 'bar', done: null, label: ['much later than usual'] },
      line: [
        `${names.provider} takes far longer than usual. We look every hour, and tell you here how it ends.`,
      ],
    }
  }
  if (!expected) {
    return {
      bar: { kind: 'bar', done: null, label: ['working'] },
      line: [`${names.provider} is upscaling it.`],
    }
  }
  // Said to the minute: where both are in the same one, the second says nothing.
  const latestAt = submittedAt + expected.atMostMs
  const apart = Math.floor(latestAt / 60_000) > Math.floor((submittedAt + expected.likelyMs) / 60_000)
  const latest: Text = apart ? [', hardly later than ', { time: latestAt, as: 'clock' }] : []
  const done = fraction(Math.max(0, now - submittedAt, job.elapsedMs ?? 0), expected.likelyMs)
  return {
    bar: { kind: 'bar', done, label: [`${Math.round(done * 100)} %`] },
    line: [
      `${names.provider} is upscaling it. It should be done around `,
      { time: submittedAt + expected.likelyMs, as: 'clock' },
      ...latest,
      ` (it takes ${expectedText(expected)}).`,
    ],
  }
}

/** Posted once, when it is much later than usual: a message of its own, because an edit notifies nobody. */
export function lateView(job: JobIn<'processing'>, names: Names): View {
  const text = `${names.provider} has had it since `
  return {
    tone: 'bad',
    parts: [
      {
        kind: 'text',
        text: [{ mention: job.requesterId }, ', ', { bold: job.fileName }, ' is much later than usual.'],
      },
      {
        kind: 'text',
        text: [
          text,
          { time: job.submittedAt, as: 'clock' },
          `. It is paid for (${formatUsd(job.agreedUsd)}), so we go on looking every hour, for a day, and it is not sent again. How it ends is said here; there is nothing to do.`,
        ],
      },
    ],
    controls: [],
    notifies: [job.requesterId],
    summary: `${job.fileName} is much later than usual. We go on looking.`,
  }
}

/** A bar that says 100 % while nothing is there yet would be a lie. */
const CAP = 0.95
/** In steps of 5 %: every step is an edit, and edits are rationed. */
const fraction = (elapsedMs: number, averageMs: number) =>
  Math.min(CAP, Math.floor((elapsedMs / averageMs) * 20) / 20)

function stagesLine(stage: Stage): Text {
  const at = STAGES.indexOf(stage)
  return STAGES.flatMap((name, i): Text => {
    const shown = i === at ? { bold: name } : i < at ? `${name}\u00a0✓` : name
    return i === 0 ? [shown] : [' › ', shown]
  })
}
