/**
 * Dialect x route x fault: what the client makes of every answer that the sandbox's Venice can give, over real sockets.
 * A cell says what the caller is told (`ofSubmit`, `ofPoll` and `ofCall` put it in words); for the paid route also how many requests were
 * seen and accepted; for every cell what the account has paid.
 */
import { readFile, stat } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Final, Unavailable } from '../../src/core/errors.ts'
import type { Failure, ProviderRef } from '../../src/core/job.ts'
import { failureView } from '../../src/core/messages/failure.ts'
import { unconfirmedView } from '../../src/core/messages/unconfirmed.ts'
import type { PollOutcome, SubmitOutcome } from '../../src/core/ports.ts'
import { TOPAZ_VIDEO_UPSCALE } from '../../src/core/pricing.ts'
import { advance } from '../../src/core/transitions.ts'
import type { VeniceDialect } from '../../src/sandbox/control.ts'
import { FAULTS, type Fault } from '../../src/sandbox/venice/faults.ts'
import type { Timeouts } from '../../src/venice/index.ts'
import { NOON, sampleJob } from '../kit/jobs.ts'
import { type Client, clip, DIALECTS, type Meeting, madeJob, meet } from './venice-matrix.kit.ts'

const ROUTES = ['queue', 'retrieve', 'complete', 'quote', 'balance', 'usage', 'file'] as const
type Route = (typeof ROUTES)[number]

/** What left the account for this clip, and whether it came back. */
type Account = 'nothing' | 'the price' | 'the price, given back'
interface Cell {
  says: string
  account: Account
  /** Paid requests that were seen, and how many of them were accepted. */
  paid: [seen: number, accepted: number]
}
type Told = string | Cell
type ByDialect = Record<VeniceDialect, Told>
type Row = Partial<Record<Route, Told | ByDialect>>

const PRICE_USD = 0.013

// ------------------------------------------------------------------------------------------------------- the table

/** How many forms of the paid request are tried until the dialect's own is found, by a client that knows nothing yet. */
const FORMS: Record<VeniceDialect, number> = { guide: 1, spec: 3, observed: 2 }
const taken = (says: string): ByDialect => {
  const cell = (seen: number): Cell => ({ says, account: 'the price', paid: [seen, 1] })
  return { guide: cell(FORMS.guide), spec: cell(FORMS.spec), observed: cell(FORMS.observed) }
}
const lost = (says: string, account: Account): Cell => ({ says, account, paid: [0, 0] })
const refused = (code: string, charged = 'no') => `rejected ${code}, charged ${charged}`
const byDialect = (guide: Told, spec: Told, observed: Told): ByDialect => ({ guide, spec, observed })

const DOWN = 'not now: provider_unreachable'
/** A failure of the server itself, which says nothing about what was asked. */
const broken = {
  queue: 'unknown',
  retrieve: 'not now',
  complete: DOWN,
  quote: DOWN,
  balance: DOWN,
  usage: DOWN,
} satisfies Row
/** A refusal of the key. A paid job outlives it: keys are put right. */
const keyless = (code: string) =>
  ({
    queue: refused(code),
    retrieve: 'not now',
    complete: DOWN,
    quote: 'estimate',
    balance: `refused ${code}`,
    usage: 'not said',
  }) satisfies Row

/** Each fault by its name; '' is a Venice that works. */
const TABLE: Readonly<Record<string, Row>> = {
  '': {
    queue: taken('accepted'),
    retrieve: byDialect('finished, told where', 'finished', 'finished'),
    complete: 'done',
    quote: byDialect('quoted', 'exact', 'exact'),
    balance: 'ok',
    usage: '1 line',
    file: 'whole',
  },
  slow: { retrieve: 'processing' },
  stuck: { retrieve: 'processing' },
  429: { queue: 'not accepted, limited, again in 5 s', retrieve: 'not now, limited, again in 5 s' },
  'quote-429': { quote: 'estimate' },
  500: broken,
  502: broken,
  503: broken,
  504: broken,
  'queue-500': { queue: 'unknown' },
  'retrieve-500': { retrieve: 'not now' },
  'complete-down': { complete: DOWN },
  'quote-down': { quote: DOWN },
  'lost-answer': { queue: taken('unknown') },
  'held-answer': { queue: taken('unknown') },
  'accepted-500': { queue: taken('unknown') },
  'no-credit': { queue: refused('balance_empty'), balance: 'empty' },
  'cannot-consume': { queue: refused('balance_empty'), balance: 'empty' },
  'spend-limit': { queue: refused('spend_limit') },
  'diem-limit': { queue: refused('spend_limit') },
  // Whoever has no key may pay by wallet; ours has one, so it was not known.
  'payment-required': { queue: refused('key_refused') },
  'auth-required': keyless('key_refused'),
  'bad-key': keyless('key_refused'),
  'inactive-key': keyless('key_refused'),
  forbidden: keyless('access_denied'),
  'pro-only': { queue: refused('access_denied') },
  region: { queue: refused('access_denied'), retrieve: 'not now', complete: DOWN, quote: 'estimate' },
  'usage-forbidden': { usage: 'not said' },
  gone: { retrieve: 'failed provider_lost_it, charged unknown' },
  'needs-consent': { queue: refused('needs_consent') },
  'bad-video': { queue: refused('provider_rejected') },
  // By link first, then inside the request.
  'too-large': { queue: { says: refused('source_refused'), account: 'nothing', paid: [2, 0] } },
  'wrong-type': {
    queue: refused('type_refused'),
    retrieve: 'not now',
    complete: 'never: discard_refused',
    quote: 'estimate',
  },
  'too-long': { queue: refused('length_refused', 'refunded') },
  'too-short': { queue: refused('length_refused') },
  'content-policy': { queue: refused('content_refused', 'refunded') },
  'provider-policy': {
    retrieve: lost('failed content_refused, charged refunded', 'the price, given back'),
    complete: lost('never: discard_refused', 'the price, given back'),
  },
  'no-refund': {
    retrieve: lost('failed content_refused, charged yes', 'the price'),
    complete: lost('never: discard_refused', 'the price'),
  },
  'failed-job': {
    retrieve: lost('failed provider_failed, charged refunded', 'the price, given back'),
    complete: lost(DOWN, 'the price, given back'),
  },
  overloaded: { queue: 'not accepted, limited, again in 5 s', retrieve: 'not now, limited, again in 5 s' },
  down: broken,
  silent: broken,
  endless: broken,
  garbage: { ...broken, complete: 'done', quote: 'estimate', balance: 'not said', usage: 'not said' },
  'web-page': {
    ...broken,
    complete: 'done',
    quote: 'estimate',
    balance: 'not said',
    usage: 'not said',
    file: DOWN,
  },
  'video-answer': { queue: 'unknown', quote: 'estimate' },
  'no-url': { retrieve: 'finished', file: 'whole' },
  'inline-result': { retrieve: byDialect('finished, told where', 'finished', 'finished'), file: 'whole' },
  'tiny-file': { file: 'not now: result_not_video' },
  'cut-download': { file: 'whole' },
  'stalled-download': { file: 'whole' },
  'cut-anywhere': { file: 'not now: result_cut' },
  'link-used-up': {
    file: byDialect('not now: result_unavailable', 'never: result_gone', 'whole'),
  },
}

/** Routes on which a fault changes something, as the stand-in itself states it. */
function touched({ on, also = [] }: Fault): Route[] {
  const all = on === 'api' ? ROUTES.filter(route => route !== 'file') : on
  return ROUTES.filter(route => all.includes(route) || also.includes(route))
}

const cells = Object.entries(TABLE).flatMap(([fault, row]) =>
  Object.entries(row).map(([route, told]) => ({ fault, route: route as Route, told })),
)
const keyOf = ({ fault, route }: { fault: string; route: string }) => `${fault || 'no fault'} on ${route}`

it('has a cell for every fault on every route that it touches, and for every route without a fault', () => {
  const wanted = FAULTS.flatMap((fault: Fault) =>
    touched(fault).map(route => keyOf({ fault: fault.name, route })),
  )
  const plain = ROUTES.map(route => keyOf({ fault: '', route }))
  expect(cells.map(keyOf).toSorted()).toEqual([...wanted, ...plain].toSorted())
  for (const { told, ...cell } of cells) {
    const said = typeof told === 'string' || 'says' in told ? DIALECTS : Object.keys(told)
    expect([keyOf(cell), [...said].toSorted()]).toEqual([keyOf(cell), [...DIALECTS].toSorted()])
  }
})

// ------------------------------------------------------------------------------------------------ what a cell shows

const wait = (ms: number | null) => (ms === null ? '' : `, again in ${ms / 1000} s`)
const failed = ({ code, charged }: Failure) => `${code}, charged ${charged}`

function ofSubmit(outcome: SubmitOutcome): string {
  switch (outcome.kind) {
    case 'rejected':
      return `rejected ${failed(outcome.failure)}`
    case 'not_accepted':
      return `not accepted${outcome.limited ? ', limited' : ''}${wait(outcome.retryAfterMs)}`
    default:
      return outcome.kind
  }
}

function ofPoll(outcome: PollOutcome): string {
  switch (outcome.kind) {
    case 'failed':
      return `failed ${failed(outcome.failure)}`
    case 'unavailable':
      return `not now${outcome.limited ? ', limited' : ''}${wait(outcome.retryAfterMs)}`
    case 'finished':
      return `finished${outcome.url === null ? '' : ', told where'}`
    case 'processing':
      return outcome.kind
  }
}

/** For what answers or throws. */
async function ofCall<T>(call: Promise<T>, describe: (answer: T) => string): Promise<string> {
  try {
    return describe(await call)
  } catch (error) {
    if (error instanceof Unavailable) return `not now: ${error.code}${wait(error.retryAfterMs)}`
    if (error instanceof Final) return `never: ${error.code}`
    throw error
  }
}

// ----------------------------------------------------------------------------------------------------- the meeting

/** Faults that have to be on when the clip is queued. */
const FROM_THE_START = new Set(['slow', 'provider-policy', 'no-refund', 'failed-job', 'inline-result'])
const PATIENCE: Readonly<Record<string, Partial<Timeouts>>> = {
  silent: { submitIdleMs: 200, submitTotalMs: 400, answerMs: 200, quoteMs: 200 },
  endless: { submitIdleMs: 200, submitTotalMs: 400, answerMs: 200, quoteMs: 200 },
  // Long enough for the stand-in to read the clip, which is what makes it accept it.
  'held-answer': { submitIdleMs: 1_500, submitTotalMs: 3_000 },
  'stalled-download': { downloadIdleMs: 200 },
}
const RESULT = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 251))

function sums({ standIn }: Meeting) {
  const { jobs, queue_requests } = standIn.book()
  const sum = (of: 'charged_usd' | 'refunded_usd') => jobs.reduce((total, job) => total + job[of], 0)
  return {
    charged: sum('charged_usd'),
    refunded: sum('refunded_usd'),
    seen: queue_requests.length,
    accepted: queue_requests.filter(request => request.queue_id !== null).length,
  }
}
type Sums = ReturnType<typeof sums>

const times = (usd: number) => Math.round(usd / PRICE_USD)
const accountOf = (charged: number, refunded: number): Account =>
  charged === 0 ? 'nothing' : refunded === 0 ? 'the price' : 'the price, given back'

async function asked(
  met: Meeting,
  venice: Client,
  route: Route,
  provider: ProviderRef | null,
): Promise<{ said: string; failure: Failure | null; unknown: string | null }> {
  const told = (said: string) => ({ said, failure: null, unknown: null })
  const job = provider ?? { model: TOPAZ_VIDEO_UPSCALE.id, queueId: 'none' }
  switch (route) {
    case 'queue': {
      const outcome = await venice.submit(clip, { model: TOPAZ_VIDEO_UPSCALE, factor: 2 }, met.link)
      const failure = outcome.kind === 'rejected' ? outcome.failure : null
      return { said: ofSubmit(outcome), failure, unknown: outcome.kind === 'unknown' ? outcome.why : null }
    }
    case 'retrieve': {
      const outcome = await venice.poll(job)
      const failure = outcome.kind === 'failed' ? outcome.failure : null
      return { said: ofPoll(outcome), failure, unknown: null }
    }
    case 'complete':
      return told(await ofCall(venice.discard(job), () => 'done'))
    case 'quote':
      return told(
        await ofCall(venice.quote(clip, TOPAZ_VIDEO_UPSCALE, met.link), ({ kind, prices }) => {
          const byFactor = [...prices].sort(([a], [b]) => a - b)
          expect(byFactor).toEqual([1, 2, 4].map(factor => [factor, 13_000]))
          return kind
        }),
      )
    case 'balance':
      return told(
        await ofCall(venice.balance(), answer => {
          if (answer === null) return 'not said'
          return answer.kind === 'refused' ? `refused ${answer.code}` : answer.kind
        }),
      )
    case 'usage': {
      const now = met.clock()
      return told(
        await ofCall(venice.charges(now - 1_000, now + 1_000), lines => {
          if (lines === null) return 'not said'
          expect(lines.map(({ usd, queueId }) => [usd, queueId])).toEqual([[13_000, job.queueId]])
          return `${lines.length} line`
        }),
      )
    }
    case 'file': {
      const path = met.newPath()
      const said = await ofCall(venice.fetchResult(job, path), () => 'whole')
      if (said === 'whole') expect((await readFile(path)).equals(RESULT)).toBe(true)
      else await expect(stat(path)).rejects.toThrow('ENOENT')
      return told(said)
    }
  }
}

/** The words about money that go with what a failure says was charged. */
const MONEY: Record<Failure['charged'], string> = {
  no: 'Nothing was charged.',
  yes: 'has charged',
  unknown: 'may have been charged',
  refunded: 'gave it back',
}
const names = { provider: 'Venice', creditsUrl: 'https://venice.ai/settings/api' }

/** What people read where the outcome ends or halts their request. */
function sentence(route: Route, answer: Awaited<ReturnType<typeof asked>>): string | null {
  if (answer.failure) {
    const before = sampleJob(route === 'queue' ? 'submitting' : 'processing')
    const after = advance(before, { type: 'failed', failure: answer.failure }, NOON)
    if (after.state !== 'failed') throw new Error(after.state)
    return JSON.stringify(failureView(after, names))
  }
  if (answer.unknown === null) return null
  const after = advance(sampleJob('submitting'), { type: 'answer_lost', why: answer.unknown }, NOON)
  if (after.state !== 'unconfirmed') throw new Error(after.state)
  return JSON.stringify(unconfirmedView(after, names))
}

describe.each(DIALECTS)('a Venice that speaks as in the %s', dialect => {
  let met: Meeting
  /** A finished job for all cells that take nothing from it. */
  let done: ProviderRef
  beforeAll(async () => {
    met = await meet(dialect, { result: RESULT, random: () => 0.5 })
    done = await madeJob(met)
  })
  afterAll(() => met[Symbol.asyncDispose]())

  const needsJob = (route: Route) => route === 'retrieve' || route === 'complete' || route === 'file'
  const needsOwnJob = (fault: string, route: Route) =>
    FROM_THE_START.has(fault) ||
    route === 'file' ||
    (fault === '' && (route === 'complete' || route === 'usage'))

  const wanted = (route: Route, told: Told | ByDialect): Cell => {
    const cell = typeof told === 'string' || 'says' in told ? told : told[dialect]
    if (typeof cell !== 'string') return cell
    const account = needsJob(route) || cell === '1 line' ? 'the price' : 'nothing'
    return { says: cell, account, paid: [route === 'queue' ? 1 : 0, 0] }
  }

  it.each(cells.map(cell => [cell.route, keyOf(cell), cell] as const))('%s: %s', async (_r, _k, cell) => {
    const { fault, route } = cell
    const expected = wanted(route, cell.told)
    // Past every window, block and pause of the cell before.
    met.advance(120_000)
    if (FROM_THE_START.has(fault)) met.standIn.faults.set(fault, true)
    const ownJob = route !== 'queue' && needsOwnJob(fault, route) ? await madeJob(met) : null
    const provider = ownJob ?? (needsJob(route) ? done : null)
    if (fault !== '') met.standIn.faults.set(fault, true)
    const before = sums(met)
    let answer: Awaited<ReturnType<typeof asked>>
    try {
      // A download may have to wait for its next turn, so there time passes by itself; elsewhere waits are exact.
      const began = performance.now()
      const running = { clock: () => met.clock() + (performance.now() - began) }
      await using venice = met.client(route === 'file' ? running : {}, PATIENCE[fault])
      answer = await asked(met, venice, route, provider)
    } finally {
      met.standIn.faults.set(fault, false)
    }
    const after = sums(met)
    const changed = (of: keyof Sums) => after[of] - before[of]
    const job = met.standIn.book().jobs.find(job => job.queue_id === provider?.queueId)
    const charged = times(job?.charged_usd ?? changed('charged'))
    const refunded = times(job?.refunded_usd ?? changed('refunded'))
    expect({
      says: answer.said,
      account: accountOf(charged, refunded),
      paid: [changed('seen'), changed('accepted')],
    }).toEqual(expected)
    // Nothing but the paid call ever moves money, and no job is charged twice.
    expect([charged, refunded]).toEqual([charged === 0 ? 0 : 1, refunded === 0 ? 0 : 1])

    const read = sentence(route, answer)
    if (answer.failure) {
      expect(read).toContain(MONEY[answer.failure.charged])
      // Never the wrong way round: what has left the account is not said not to have.
      if (charged > refunded) expect(['yes', 'unknown']).toContain(answer.failure.charged)
      else expect(answer.failure.charged).not.toBe('yes')
    }
    if (answer.unknown !== null) expect(read).toContain(MONEY.unknown)
  })
})
