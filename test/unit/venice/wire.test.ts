import { describe, expect, it } from 'vitest'
import {
  parseCompleted,
  parseJson,
  parseQueued,
  parseQuote,
  parseRetrieved,
  parseTrouble,
} from '../../../src/venice/wire.ts'

describe('a receipt', () => {
  it('is kept even where its other fields are odd', () => {
    expect(parseQueued({ queue_id: 'q', model: 7, download_url: 'javascript:alert(1)' })).toEqual({
      queueId: 'q',
      model: null,
      downloadUrl: null,
    })
  })

  it('may number its jobs', () => {
    expect(parseQueued({ queue_id: 42 })?.queueId).toBe('42')
  })

  it.each([undefined, null, 'q', {}, { queue_id: '' }, { queue_id: '  ' }, { queue_id: {} }])(
    'is not %j',
    body => {
      expect(parseQueued(body)).toBeNull()
    },
  )
})

it('takes no link that is not http', () => {
  expect(parseRetrieved({ status: 'completed', url: 'file:///etc/passwd' })).toEqual({
    status: 'completed',
    url: null,
  })
  expect(parseCompleted({ url: 'ftp://x/y' })).toBeNull()
  expect(parseCompleted({ success: true })).toBeNull()
  expect(parseCompleted({ url: 'http://127.0.0.1:8080/f?x=1' })).toBe('http://127.0.0.1:8080/f?x=1')
})

it('believes no times of more than a day', () => {
  const DAY_MS = 24 * 60 * 60_000
  const times = (average_execution_time: number, execution_duration: number) =>
    parseRetrieved({ status: 'PROCESSING', average_execution_time, execution_duration })
  expect(times(DAY_MS, DAY_MS)).toMatchObject({ averageMs: DAY_MS, elapsedMs: DAY_MS })
  expect(times(DAY_MS + 1, 1e300)).toMatchObject({ averageMs: null, elapsedMs: null })
  expect(times(-1, 5)).toMatchObject({ averageMs: null, elapsedMs: 5 })
})

it.each([
  [{ quote: 0.25 }, 250_000],
  [{ quote: '1.005' }, 1_005_000],
  [{ quote: 0.0000001 }, null],
  [{ quote: null }, null],
  [{ quote: true }, null],
  [{ quote: '' }, null],
  [{ quote: [3] }, null],
  [{ quote: 1e300 }, null],
])('reads the price in %j as %j micro-dollars', (body, price) => {
  expect(parseQuote(body)).toBe(price)
})

describe('an error', () => {
  it.each([
    [{ error: 'Plain.' }, 'Plain.'],
    [{ error: { message: 'In an object.', type: 'x' } }, 'In an object.'],
    [{ message: 'Beside.' }, 'Beside.'],
    [{ error: 'Bad.', issues: [{ path: ['a', 0], message: 'Required' }] }, 'Bad.; a.0: Required'],
    [{ error: 7 }, null],
    ['text', null],
  ])('says in %j: %j', (body, said) => {
    expect(parseTrouble(body).said).toBe(said)
  })

  it.each([
    { error: 'x', details: { _errors: [], duration: { _errors: ['Required'] } } },
    { error: 'x', issues: [{ code: 'invalid_type', path: ['duration'], message: 'Required' }] },
    { error: 'x', issues: [{ code: 'unrecognized_keys', keys: ['duration'], path: [] }] },
    { error: { message: 'x', param: 'duration' } },
    { error: 'Duration is required' },
  ])('names a field in any of its shapes: %j', body => {
    expect(parseTrouble(body).names('duration')).toBe(true)
    expect(parseTrouble(body).names('prompt')).toBe(false)
  })

  it('with a title beside its words says both', () => {
    const body = { error: 'Payment required', message: 'Authentication required', code: 'PAYMENT_REQUIRED' }
    expect(parseTrouble(body).said).toBe('Payment required; Authentication required')
    expect(parseTrouble(body).says(/authentication/i)).toBe(true)
  })

  it.each([
    [{ error: 'x', code: 'INVALID_MODEL' }, 'INVALID_MODEL'],
    [{ error: { code: 'needs_consent', message: 'x' } }, 'NEEDS_CONSENT'],
    [{ error: { type: 'provider_content_policy', message: 'x' } }, 'PROVIDER_CONTENT_POLICY'],
    [{ error: { code: 7 } }, null],
    [{ error: 'x' }, null],
    ['', null],
  ])('has a name in %j: %j', (body, code) => {
    expect(parseTrouble(body).code).toBe(code)
  })

  it.each([
    [{ error: 'x', credits_refunded: true }, true],
    [{ error: { message: 'x', credits_refunded: false } }, false],
    [{ error: 'x' }, null],
  ])('tells what became of the credits: %j', (body, refunded) => {
    expect(parseTrouble(body).creditsRefunded).toBe(refunded)
  })
})

it('takes text that is no JSON for nothing', () => {
  expect(parseJson('{"a"')).toBeUndefined()
})
