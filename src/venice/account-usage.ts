import { setTimeout as wait } from 'node:timers/promises'
import { Unavailable } from '../core/errors.ts'
import type { ChargeLine } from '../core/job.ts'
import type { Bill } from '../core/ports.ts'
import { parseUsage, type UsageLine } from './account-wire.ts'
import { askOrThrow, type Parts, type Reply } from './ask.ts'

/** It may be 1000, but then a page may be larger than an answer may be. */
const PAGE_LINES = 500
/** A look is at some minutes; an account that makes more lines in them than this can't be looked through. */
const PAGES = 20
/** A bill is of a month, for which people wait: so many lines, and so long. */
const BILL_PAGES = 200
const BILL_MS = 90_000
/** How long a reading is told to others who ask for the same; a month that is over may be asked for just as often. */
const KEPT_MS = 60_000
/** What of a line's words is kept, characters. */
const WHAT_CHARS = 120

/**
 * GET /billing/usage-history between two times, wall-clock ms; oldest first. Null: the provider does not say, or not to
 * this key, or not all of it can be read: people decide by there being no line. @throws Unavailable
 */
export async function charges(parts: Parts, from: number, to: number): Promise<ChargeLine[] | null> {
  const first = await askOrThrow(parts, pathOf(from, to))
  const read = await readPages(parts, first, PAGES, next => askOrThrow(parts, next))
  return read?.complete && read.unread === 0 ? read.lines : null
}

interface Reading {
  to: number
  bill: Promise<Bill | null>
  done: boolean
}

/**
 * The same of long times, as far as they can be read. Each takes many requests, for which people wait, and which count
 * against what the key may ask: so one that is under way, or was read to its end within the last minute, is told to
 * whoever asks for the same beginning again. @throws Unavailable where not even its beginning can be read
 */
export function createBills(parts: Parts): (from: number, to: number) => Promise<Bill | null> {
  const readings = new Map<number, Reading>()
  const read = (from: number, to: number): Promise<Bill | null> => {
    const forget = () => {
      if (readings.get(from) === reading) readings.delete(from)
    }
    const bill = readBill(parts, from, to)
    const reading: Reading = { to, bill, done: false }
    readings.set(from, reading)
    bill.then(told => {
      reading.done = true
      if (told?.complete) setTimeout(forget, KEPT_MS).unref()
      else forget()
    }, forget)
    return bill
  }
  return (from, to) => {
    const reading = readings.get(from)
    const behindMs = reading ? to - reading.to : Number.NaN
    const fits = behindMs >= 0 && behindMs <= (reading?.done ? KEPT_MS : BILL_MS + KEPT_MS)
    return fits ? reading!.bill : read(from, to)
  }
}

async function readBill(parts: Parts, from: number, to: number): Promise<Bill | null> {
  const end = performance.now() + BILL_MS
  const read = await readPages(parts, await patient(parts, pathOf(from, to), end), BILL_PAGES, async path => {
    if (performance.now() > end) return null
    try {
      return await patient(parts, path, end)
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      parts.log.warn({ error }, 'the rest of the billing can not be had now')
      return null
    }
  })
  return read && { ...read, upTo: to }
}

/** What is asked too often is asked again once, when it may be. */
async function patient(parts: Parts, path: string, end: number): Promise<Reply> {
  try {
    return await askOrThrow(parts, path)
  } catch (error) {
    const waitMs = error instanceof Unavailable ? error.retryAfterMs : null
    if (waitMs === null || performance.now() + waitMs > end) throw error
    await wait(waitMs, undefined, { ref: false })
    return askOrThrow(parts, path)
  }
}

const pathOf = (from: number, to: number) =>
  `/billing/usage-history?${new URLSearchParams({
    startTimestamp: new Date(from).toISOString(),
    endTimestamp: new Date(Math.max(to, from + 1)).toISOString(),
    pageSize: String(PAGE_LINES),
  })}`

/** Page after page; `next` null: it is not read on. Null: the first page is none. */
async function readPages(
  parts: Parts,
  first: Reply,
  most: number,
  next: (path: string) => Promise<Reply | null>,
): Promise<Omit<Bill, 'upTo'> | null> {
  const found: UsageLine[] = []
  let unread = 0
  const told = (complete: boolean): Omit<Bill, 'upTo'> => {
    if (unread > 0) parts.log.warn({ lines: unread }, 'lines of the billing could not be read')
    if (!complete) parts.log.warn({ lines: found.length }, 'the billing has more lines than are read')
    return { lines: found.sort((a, b) => a.at - b.at).map(line => shown(parts, line)), unread, complete }
  }
  let reply: Reply | null = first
  for (let page = 1; reply; page++) {
    const usage: ReturnType<typeof parseUsage> = reply.status === 200 ? parseUsage(reply.json) : null
    if (!usage) {
      parts.log.warn({ said: reply.said }, 'the provider does not show its billing')
      return page === 1 ? null : told(false)
    }
    found.push(...usage.lines)
    unread += usage.unread
    if (!usage.nextCursor) return told(true)
    // It carries the filters: whatever is sent beside it is refused.
    const path: string = `/billing/usage-history?${new URLSearchParams({ cursor: usage.nextCursor })}`
    reply = page < most ? await next(path) : null
  }
  return told(false)
}

const shown = ({ http }: Parts, line: UsageLine): ChargeLine => ({
  ...line,
  what: http.redact(line.what).slice(0, WHAT_CHARS),
})
