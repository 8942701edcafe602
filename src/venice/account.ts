import type { Balance } from '../core/ports.ts'
import { parseBalance, parsePerMinute } from './account-wire.ts'
import { ask, askOrThrow, type Parts } from './ask.ts'
import { refusalCode } from './failures.ts'

/** GET /billing/balance. Null: an answer came, but it does not say. @throws Unavailable */
export async function balance(parts: Parts): Promise<Balance | null> {
  const reply = await askOrThrow(parts, '/billing/balance')
  if (reply.status === 200) {
    const told = parseBalance(reply.json)
    if (told) return told.canSpend ? { kind: 'ok', leftUsd: told.leftUsd } : { kind: 'empty' }
  } else {
    const code = refusalCode(reply.status, reply.trouble)
    if (code === 'balance_empty') return { kind: 'empty' }
    if (code === 'key_refused' || code === 'access_denied') return { kind: 'refused', code }
  }
  parts.log.warn({ said: reply.said }, 'the provider does not say its balance')
  return null
}

/** GET /api_keys/rate_limits: the key's own limit, instead of the default. Never throws, and nothing waits for it. */
export async function learnLimits(parts: Parts, model: string): Promise<void> {
  try {
    const reply = await ask(parts, 'GET', '/api_keys/rate_limits', null, parts.timeouts.answerMs)
    const perMinute = reply.status === 200 ? parsePerMinute(reply.json, model) : null
    if (perMinute === null) {
      parts.log.info({ said: reply.said.slice(0, 100) }, 'the provider does not say the limits of the key')
    } else {
      parts.throttle.believe('queue', perMinute)
      parts.log.info({ model, perMinute }, 'learned the limit of the key')
    }
  } catch (error) {
    parts.log.info({ error: String(error) }, 'the limits of the key could not be asked for')
  }
}
