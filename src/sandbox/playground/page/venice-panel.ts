import { html, nothing, type TemplateResult } from 'lit'
import type { FaultSwitch, VeniceBook, VeniceBookJob } from '../../control.ts'
import { faultSwitches } from './faults.ts'
import { PULSE } from './icons.ts'
import { fileSize } from './media.ts'
import type { Refusal } from './reducer.ts'
import type { Refusal as SlackRefusal } from './slack/reducer.ts'
import { clockTime } from './times.ts'

export interface VeniceView {
  book: VeniceBook | null
  faults: FaultSwitch[]
  open: boolean
  toggle(): void
  setFault(name: string, on: boolean): void
  setCredit(usd: number): void
}

const usd = (amount: number): string =>
  `$${amount.toFixed(Math.abs(amount * 100 - Math.round(amount * 100)) > 1e-6 ? 4 : 2)}`

/** Requests per minute that Venice allows per key (its video upscaling guide, November 2026). */
const LIMITS: { path: string; label: string; limit: number }[] = [
  { path: '/video/queue', label: 'Queue', limit: 40 },
  { path: '/video/retrieve', label: 'Retrieve', limit: 120 },
]

/** What the stand-ins refused the bot, newest last. */
export interface Refusals {
  discord: readonly Refusal[]
  slack: readonly SlackRefusal[]
}

/** The other side of the wire, which nobody in a chat ever sees. */
export function venicePanel(refused: Refusals, view: VeniceView): TemplateResult {
  const { book } = view
  if (!view.open) {
    return html`<aside class="venice closed"><button type="button" class="icon-button" aria-label="Show what Venice saw" title="What Venice saw" @click=${view.toggle}>${PULSE}</button>
      ${book ? html`<span class="upright">${usd(book.credit_usd)} · ${paid(book)} paid</span>` : nothing}</aside>`
  }
  return html`<aside class="venice" aria-label="What Venice saw">
    <header class="venice-head"><h2>What Venice saw</h2>${book ? html`<span class="badge" title="Which of Venice's descriptions the stand-in follows">${book.dialect}</span>` : nothing}
      <button type="button" class="icon-button" aria-label="Hide this panel" title="Hide this panel" @click=${view.toggle}>»</button></header>
    <div class="venice-body">
      ${book ? figures(book, view) : html`<p class="none">Waiting for the stand-in…</p>`}
      ${book ? jobs(book) : nothing}
      ${faultSwitches(view.faults, view.setFault)}
      ${book ? traffic(book) : nothing}
      ${discordRefusals(refused.discord)}
      ${slackRefusals(refused.slack)}
    </div></aside>`
}

const paid = (book: VeniceBook): number => book.queue_requests.filter(r => r.queue_id !== null).length

function figures(book: VeniceBook, view: VeniceView) {
  const change = (event: Event) => {
    const input = event.target as HTMLInputElement
    const amount = Number(input.value)
    if (input.value !== '' && Number.isFinite(amount) && amount >= 0) view.setCredit(amount)
    input.value = ''
    input.blur()
  }
  const refused = book.queue_requests.length - paid(book)
  return html`<section class="figures">
    <div><b data-testid="venice-credit">${usd(book.credit_usd)}</b><small>credit</small>
      <input type="number" min="0" step="0.01" placeholder="set to…" aria-label="Set the credit in dollars" @change=${change} /></div>
    <div><b data-testid="venice-paid">${paid(book)}</b><small>paid POSTs</small>${refused ? html`<small class="refused-count">+ ${refused} refused</small>` : nothing}</div>
    </section>
    <section class="meters">${LIMITS.map(({ path, label, limit }) => {
      const count = Object.entries(book.last_minute).reduce(
        (sum, [key, n]) => sum + (key.endsWith(path) ? n : 0),
        0,
      )
      return html`<div class="meter"><span>${label}</span><meter min="0" max=${limit} high=${limit * 0.8} value=${count} aria-label="${label} requests in the last minute"></meter><span class="n">${count}<i> / ${limit} a min</i></span></div>`
    })}</section>`
}

function jobs(book: VeniceBook) {
  const newest = book.jobs.toReversed()
  return html`<section><h3>Jobs</h3>${newest.length ? newest.slice(0, 20).map(job) : html`<p class="none">None yet. A clip only comes here after somebody confirmed its price.</p>`}</section>`
}

const WORDS: Record<VeniceBookJob['status'], string> = {
  PROCESSING: 'Processing',
  COMPLETED: 'Completed',
  FAILED: 'Failed',
  DELETED: 'Fetched and deleted',
}

const askedFor = (times: number): string =>
  times === 0 ? 'not asked for yet' : times === 1 ? 'asked for once' : `asked for ${times} times`

function job(job: VeniceBookJob) {
  const { source, output } = job
  return html`<article class="job ${job.status.toLowerCase()}" data-testid="venice-job" data-status=${job.status}>
    <div class="sizes"><b>${source.width}×${source.height}</b><span>→</span><b>${output ? `${output.width}×${output.height}` : `${job.upscale_factor}x`}</b><span class="price">${usd(job.charged_usd)}</span></div>
    <div class="facts">${Math.round(source.fps * 100) / 100} fps · ${source.duration_s.toFixed(1)} s · ${source.codec}${source.has_audio ? ' · sound' : ''}</div>
    <div class="facts">${fileSize(source.bytes)}${output ? ` → ${fileSize(output.bytes)}` : ''} · ${askedFor(job.retrieves)}</div>
    <div class="state"><span class="dot"></span>${WORDS[job.status]}${job.refunded_usd ? html`<span class="price">${usd(job.refunded_usd)} refunded</span>` : nothing}<time>${clockTime(job.accepted_at, true)}</time></div>
    ${job.error ? html`<div class="facts bad">${job.error}</div>` : nothing}
  </article>`
}

function traffic(book: VeniceBook) {
  const last = book.requests.slice(-12).toReversed()
  if (last.length === 0) return nothing
  return html`<section><h3>Last requests</h3><ol class="traffic">${last.map(
    r =>
      html`<li class=${r.status >= 400 || r.status === 0 ? 'bad' : ''}><span>${clockTime(r.at, true)}</span><code title=${`${r.method} ${r.path}`}>${r.method} ${r.path.replace(/^.*\/api\/v1/, '')}</code><b>${r.status || 'cut'}</b></li>`,
  )}</ol></section>`
}

const SHOWN = 6

function discordRefusals(refused: readonly Refusal[]) {
  const last = refused.slice(-SHOWN).toReversed()
  if (last.length === 0) return nothing
  return html`<section><h3>Refused by Discord</h3><ol class="refusals" data-testid="refused">${last.map(
    r =>
      html`<li><b>${r.status} · ${r.code}</b> <code>${r.method} ${r.path}</code><span>${r.message}</span></li>`,
  )}</ol></section>`
}

function slackRefusals(refused: readonly SlackRefusal[]) {
  const last = refused.slice(-SHOWN).toReversed()
  if (last.length === 0) return nothing
  return html`<section><h3>Refused by Slack</h3><ol class="refusals" data-testid="slack-refused">${last.map(
    r => html`<li><b>${r.error}</b> <code>${r.method}</code><span>${r.detail}</span></li>`,
  )}</ol></section>`
}
