import { memoryLimits } from '../core/limits.ts'
import type { Upscaler } from '../core/ports.ts'
import { TOPAZ_VIDEO_UPSCALE } from '../core/pricing.ts'
import { balance, learnLimits } from './account.ts'
import { charges, createBills } from './account-usage.ts'
import { complete } from './complete.ts'
import { createDialect } from './dialect.ts'
import { createHttp } from './http.ts'
import { quote } from './price.ts'
import { createQuoteForm } from './quote-form.ts'
import { fetchResult } from './result.ts'
import { poll } from './retrieve.ts'
import { MAX_DATA_URL_BYTES, MAX_RESULT_BYTES, TIMEOUTS, type VeniceOptions } from './settings.ts'
import { submit } from './submit.ts'
import { createThrottle } from './throttle.ts'

export type { DialectMemory, Timeouts, VeniceOptions } from './settings.ts'

/** The Venice video API as an upscaler. `close` waits for a paid call that is under way, and cuts everything else. */
export function createVenice(options: VeniceOptions): Upscaler & { close(): Promise<void> } {
  const { log, clock = Date.now, model: profile = TOPAZ_VIDEO_UPSCALE } = options
  const timeouts = { ...TIMEOUTS, ...options.timeouts }
  const baseUrl = new URL(options.baseUrl).href.replace(/\/+$/, '')
  const apiKey = options.apiKey.trim()
  const throttle = createThrottle({
    limits: options.limits ?? memoryLimits(clock),
    limitsMs: timeouts.limitsMs,
    baseUrl,
    apiKey,
    clock,
    log,
    onFirst: () => {
      if (options.learnsLimits ?? true) void learnLimits(parts, profile.id)
    },
  })
  const http = createHttp({ baseUrl, apiKey, timeouts, throttle })
  const parts = {
    http,
    throttle,
    log,
    clock,
    timeouts,
    dialect: createDialect(baseUrl, options.dialectMemory, log),
    maxDataUrlBytes: options.maxDataUrlBytes ?? MAX_DATA_URL_BYTES,
    maxResultBytes: options.maxResultBytes ?? MAX_RESULT_BYTES,
    quoteForms: { file: createQuoteForm(clock), numbers: createQuoteForm(clock) },
    finalLinks: new Map<string, string>(),
  }
  const paying = new Set<Promise<unknown>>()

  return {
    name: 'Venice',
    creditsUrl: 'https://venice.ai/settings/api',
    profile,
    maxInlineBytes: parts.maxDataUrlBytes,
    quote: (clip, model, source) => quote(parts, clip, model, source),
    balance: () => balance(parts),
    submit(clip, order, source) {
      const outcome = submit(parts, clip, order, source).finally(() => paying.delete(outcome))
      paying.add(outcome)
      return outcome
    },
    grantPolls: wanted => throttle.grantPolls(wanted),
    poll: provider => poll(parts, provider),
    charges: (from, to) => charges(parts, from, to),
    bill: createBills(parts),
    fetchResult: (provider, path) => fetchResult(parts, provider, path),
    async discard(provider) {
      await complete(parts, provider)
    },
    async close() {
      throttle.close()
      await Promise.all(paying)
      await http.close()
    },
  }
}
