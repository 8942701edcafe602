import { expect, it } from 'vitest'
import { redactor } from '../../../src/venice/redact.ts'

const redact = redactor('vn-secret')

it.each([
  ['key vn-secret twice vn-secret', 'key [key] twice [key]'],
  ['Authorization: Bearer other-secret.', 'Authorization: Bearer [key]'],
  ['"url":"https://b.s3.example/f.mp4?X-Sig=1&y=2"', '"url":"https://b.s3.example/f.mp4?[cut]"'],
  ['http://user:pass@host/x', 'http://[cut]@host/x'],
  ['data:video/mp4;base64,AAAA//+= rest', 'data:[cut] rest'],
  ['a\n\n  b\u0000', 'a b\u0000'],
])('makes %j fit to be seen', (text, clean) => {
  expect(redact(text)).toBe(clean)
})

it('cuts what is long, also a megabyte of it', () => {
  expect(redact('x'.repeat(1_000_000))).toHaveLength(300)
})

it('does not take an empty key for a part of every text', () => {
  expect(redactor('')('abc')).toBe('abc')
})
