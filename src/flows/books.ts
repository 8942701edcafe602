import type { AdminAct } from '../core/admin.ts'
import { type Billed, besideBill } from '../core/billed.ts'
import { BOOK_COLUMNS, bookRows } from '../core/book-rows.ts'
import { attemptOf, BEYOND_MS, type BookedAttempt, type Charge, chargeOf, sumsBy } from '../core/books.ts'
import { dayOf, monthOf, nextDay, nextMonth } from '../core/caps.ts'
import type { AdminRequest } from '../core/chat.ts'
import { Unavailable } from '../core/errors.ts'
import type { Agreed, Job } from '../core/job.ts'
import { billedParts } from '../core/messages/billed.ts'
import { NEWEST, notBegun, type Spender, spendingView } from '../core/messages/books.ts'
import { noSuchJob, nothingAgreed, receiptView } from '../core/messages/receipt.ts'
import type { Bill } from '../core/ports.ts'
import { fullReceiptOf, receiptJson } from '../core/receipt.ts'
import { BEFORE_MS } from '../core/reconcile.ts'
import { limitsOf } from '../core/rules.ts'
import type { Enclosure, Text, View } from '../core/view.ts'
import { namesOf, type World } from './world.ts'

/** An answer to those in charge, and the file that goes with it. */
export interface Answer {
  view: View
  file?: Enclosure
}

type Asked<A extends AdminAct['act']> = Extract<AdminAct, { act: A }>

/** Who has spent what in a month, and what the provider's billing says of it; with a table of all of it. */
export async function spending(world: World, request: AdminRequest, act: Asked<'spend'>): Promise<Answer> {
  const { everywhere } = act
  const now = world.clock()
  const from = monthOf(act.month ?? now)
  if (from > now) return { view: notBegun(from, now) }
  const to = nextMonth(from)
  const here = { platform: request.platform, communityId: request.communityId }
  const isHere = (one: typeof here) => one.platform === here.platform && one.communityId === here.communityId
  const bill = await billOf(world, from - BEFORE_MS, Math.min(to + BEYOND_MS, now))
  const beyond = [from - BEYOND_MS, to + BEYOND_MS] as const
  const all: BookedAttempt[] = []
  for await (const page of world.books.entries(everywhere ? null : here, ...beyond))
    all.push(...page.map(attemptOf))
  const others: Charge[] = []
  // Where there is nothing to compare, nobody else's have to be looked at.
  if (!everywhere && bill && bill.lines.length > 0 && all.length > 0)
    for await (const page of world.books.traces(here, ...beyond)) others.push(...page.map(chargeOf))
  const attempts = all.filter(one => one.agreedAt >= from && one.agreedAt < to)
  const billed = bill && besideBill(bill, all, others, { from, to, now, everywhere })
  const file = await tableOf(world, attempts, billed, nameOf(from, everywhere))
  const view = spendingView({
    month: { at: from, spenders: spendersOf(attempts, everywhere) },
    ...(await standingOf(world, request, act, from)),
    newest: attempts
      .slice(-NEWEST)
      .reverse()
      .map(attempt => ({
        attempt,
        who: isHere(attempt) ? [{ mention: attempt.requesterId }] : foreign(attempt),
      })),
    attempts: attempts.length,
    billing:
      attempts.length > 0 || (billed?.strays.length ?? 0) > 0
        ? billedParts(billed, namesOf(world), everywhere)
        : [],
    fileName: file?.fileName ?? null,
    everywhere,
  })
  return file ? { view, file } : { view }
}

/** The month before, and what holds now: caps are only told where they are what still may be spent. */
async function standingOf(
  world: World,
  { platform, communityId }: AdminRequest,
  { everywhere }: Asked<'spend'>,
  month: number,
) {
  const now = world.clock()
  const before = monthOf(month - 1)
  const here = { platform, communityId }
  const spent = async (from: number, to: number): Promise<Spender[]> =>
    (await world.books.spent(platform, communityId, from, to)).map(({ requesterId, ...sums }) => ({
      ...sums,
      who: [{ mention: requesterId }],
    }))
  const isNow = month === monthOf(now) && !everywhere
  const [spenders, today, rules, freeze] = await Promise.all([
    everywhere
      ? world.books.spentByPlace(before, month).then(places =>
          places.map(({ platform, communityId, ...sums }) => ({
            ...sums,
            who: [{ code: `${platform} ${communityId}` }],
          })),
        )
      : spent(before, month),
    isNow ? spent(dayOf(now), nextDay(now)) : null,
    isNow ? world.rulebook.of(here.platform, here.communityId) : null,
    world.books.frozen(platform, communityId),
  ])
  return {
    before: { at: before, spenders },
    today,
    limits: rules && limitsOf(world.caps, rules),
    freeze: freeze && (freeze.scope === 'all' || !everywhere) ? freeze : null,
  }
}

/** By person in one place; by place where it is about all of them: people are only known where they are. */
const spendersOf = (attempts: readonly BookedAttempt[], everywhere: boolean): Spender[] =>
  sumsBy(attempts, one => (everywhere ? `${one.platform} ${one.communityId}` : one.requesterId)).map(
    ({ key, ...sums }) => ({ ...sums, who: everywhere ? [{ code: key }] : [{ mention: key }] }),
  )

const foreign = ({ platform, communityId, requesterId }: BookedAttempt): Text => [
  { code: `${platform} ${communityId} ${requesterId}` },
]

/** Null: it can't be read. */
async function billOf(world: World, from: number, to: number): Promise<Bill | null> {
  if (to <= from) return null
  try {
    return await world.upscaler.bill(from, to)
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    world.log.warn({ error }, 'the billing could not be read for the books')
    return null
  }
}

/** "spending-2026-11.csv" */
const nameOf = (month: number, everywhere: boolean) =>
  `spending-${new Date(month).toISOString().slice(0, 7)}${everywhere ? '-everywhere' : ''}.csv`

async function tableOf(
  world: World,
  attempts: readonly BookedAttempt[],
  billed: Billed | null,
  fileName: string,
): Promise<Enclosure | null> {
  const rows = bookRows(attempts, billed)
  if (rows.length === 0) return null
  const note = await world.files.note(world.csv(BOOK_COLUMNS, rows))
  return { ...note, fileName, contentType: 'text/csv; charset=utf-8' }
}

/** What one job of this community has cost and why, as a file too. */
export async function receipt(
  world: World,
  { platform, communityId }: AdminRequest,
  { jobId }: Asked<'receipt'>,
): Promise<Answer> {
  const job = await world.store.get(jobId)
  if (!job || job.platform !== platform || job.place.communityId !== communityId)
    return { view: noSuchJob(jobId) }
  if (!isAgreed(job)) return { view: nothingAgreed(jobId) }
  const own = await world.books.attemptsOf(jobId)
  const fileName = `receipt-${jobId}.json`
  const note = await world.files.note(receiptJson(fullReceiptOf(job, own)))
  const file = { ...note, fileName, contentType: 'application/json' }
  return { view: receiptView(job, own, fileName, namesOf(world)), file }
}

const isAgreed = (job: Job): job is Agreed => 'agreedUsd' in job
