import { formatTimestamp } from '../times.ts'

/** Slack in English as most see it. */
const LOCALE = 'en-US'
const DAY_MS = 86_400_000

/** A moment in the reader's zone; `zone` only where it is not the browser's own. */
interface Moment {
  date: Date
  zone: string | undefined
}

const written = ({ date, zone }: Moment, options: Intl.DateTimeFormatOptions): string =>
  date.toLocaleString(LOCALE, { ...options, ...(zone ? { timeZone: zone } : {}) })

/** "22nd" */
function ordinal(day: number): string {
  const tens = day % 100
  const ending = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th')
  return `${day}${ending}`
}

const monthAndDay = (moment: Moment): string =>
  `${written(moment, { month: 'long' })} ${ordinal(Number(written(moment, { day: 'numeric' })))}`
const year = (moment: Moment): string => written(moment, { year: 'numeric' })
const isoDay = ({ date, zone }: Moment): string =>
  date.toLocaleDateString('en-CA', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    ...(zone ? { timeZone: zone } : {}),
  })

const TOKENS: Record<string, (moment: Moment) => string> = {
  date_num: isoDay,
  date_slash: moment => written(moment, { year: 'numeric', month: '2-digit', day: '2-digit' }),
  date: moment => `${monthAndDay(moment)}, ${year(moment)}`,
  date_short: moment => written(moment, { year: 'numeric', month: 'short', day: 'numeric' }),
  date_long: moment => `${written(moment, { weekday: 'long' })}, ${monthAndDay(moment)}, ${year(moment)}`,
  time: moment => written(moment, { hour: 'numeric', minute: '2-digit' }),
  time_secs: moment => written(moment, { hour: 'numeric', minute: '2-digit', second: '2-digit' }),
}

/** "today", "yesterday" or "tomorrow"; null for any other day. */
function nearDay(moment: Moment, now: number): string | null {
  const day = (ms: number) => isoDay({ date: new Date(ms), zone: moment.zone })
  const words: [number, string][] = [
    [0, 'today'],
    [-DAY_MS, 'yesterday'],
    [DAY_MS, 'tomorrow'],
  ]
  return words.find(([away]) => day(now + away) === isoDay(moment))?.[1] ?? null
}

/**
 * The format of `<!date^…>` and of rich text's date element, for example "{date_short_pretty} at {time}"
 * (docs: formatting-message-text#date-formatting). A token that Slack does not know stays as it is.
 * `unix` in seconds, `now` in milliseconds; null for a moment that no calendar has.
 */
export function formatDate(unix: number, format: string, now: number, zone?: string): string | null {
  const moment: Moment = { date: new Date(unix * 1000), zone }
  if (Number.isNaN(moment.date.getTime())) return null
  return format.replace(/\{(\w+)\}/g, (whole, token: string) => {
    if (token === 'ago') return formatTimestamp(unix, 'R', now)
    const plain = token.replace(/_pretty$/, '')
    const word = plain === token ? null : nearDay(moment, now)
    return word ?? TOKENS[plain]?.(moment) ?? whole
  })
}

/** "1732300000.000100" in milliseconds. */
export const msOf = (ts: string): number => Number(ts) * 1000

/** "5:57 PM", as the head of a message shows when it was sent. */
export const timeOf = (ts: string): string => formatDate(Number(ts), '{time}', 0) ?? ''

/** "5:57", as the margin of a message without a head shows it. */
export const shortTimeOf = (ts: string): string => timeOf(ts).replace(/\s?[AP]M$/, '')

/** "Today" or "Saturday, November 21st", on the line between two days. */
export function dayOf(ts: string, now: number): string {
  const words = formatDate(Number(ts), '{date_long_pretty}', now) ?? ''
  return /^(today|yesterday)$/.test(words)
    ? words[0]!.toUpperCase() + words.slice(1)
    : words.replace(/, \d+$/, '')
}
