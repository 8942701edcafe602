import type { Upscaler } from '../core/ports.ts'
import { TOPAZ_VIDEO_UPSCALE } from '../core/pricing.ts'
import { complete } from './complete.ts'
import { createDialect } from './dialect.ts'
import { createHttp } from './http.ts'
import { balance, quote } from './price.ts'
import { fetchResult } from './result.ts'
import { poll } from './retrieve.ts'
import { MAX_DATA_URL_BYTES, MAX_RESULT_BYTES, TIMEOUTS, type VeniceOptions } from './settings.ts'
import { submit } from './submit.ts'

export type { DialectMemory, Timeouts, VeniceOptions } from './settings.ts'

/** The Venice video API as an upscaler. `close` waits for a paid call that is under way, and cuts everything else. */
export function createVenice(options: VeniceOptions): Upscaler & { close(): Promise<void> } {
  const { log, clock = Date.now } = options
  const timeouts = { ...TIMEOUTS, ...options.timeouts }
  const baseUrl = new URL(options.baseUrl).href.replace(/\/+$/, '')
  const http = createHttp({ baseUrl, apiKey: options.apiKey.trim(), timeouts })
  const profile = TOPAZ_VIDEO_UPSCALE
  const parts = {
    http,
    profile,
    log,
    clock,
    timeouts,
    dialect: createDialect(baseUrl, options.dialectMemory, log),
    maxDataUrlBytes: options.maxDataUrlBytes ?? MAX_DATA_URL_BYTES,
    maxResultBytes: options.maxResultBytes ?? MAX_RESULT_BYTES,
    priceForms: { autoRefusedAt: null },
    finalLinks: new Map<string, string>(),
  }
  const paying = new Set<Promise<unknown>>()

  return {
    name: 'Venice',
    creditsUrl: 'https://venice.ai/settings/api',
    profile,
    maxInlineBytes: parts.maxDataUrlBytes,
    quote: (clip, source) => quote(parts, clip, source),
    balance: () => balance(parts),
    submit(clip, factor, source) {
      const outcome = submit(parts, clip, factor, source).finally(() => paying.delete(outcome))
      paying.add(outcome)
      return outcome
    },
    poll: provider => poll(parts, provider),
    fetchResult: (provider, path) => fetchResult(parts, provider, path),
    async discard(provider) {
      await complete(parts, provider)
    },
    async close() {
      await Promise.all(paying)
      await http.close()
    },
  }
}
