import { describe, expect, it } from 'vitest'
import { Final, Refusal, Unavailable } from '../../../src/core/errors.ts'
import { giveUpFor } from '../../../src/flows/save.ts'

const HOUR = 60 * 60_000
const scrap = new Unavailable('result_not_video', 'a text came')
const broken = new Refusal('broken_file')
const outage = new Unavailable('result_unavailable', '503')

describe('a result that is not saved', () => {
  it.each([
    ['a text in place of it, the eighth time', scrap, 7, HOUR, 'result_unreadable'],
    ['a text in place of it, the seventh time', scrap, 6, HOUR, null],
    ['a broken file, the fourth time', broken, 3, HOUR, 'result_unreadable'],
    ['a broken file, the third time', broken, 2, HOUR, null],
    ['an outage of 23 hours', outage, 0, 23 * HOUR, null],
    ['an outage of a day', outage, 0, 24 * HOUR, 'never_finished'],
    ['a pause of ours, however late', new Unavailable('provider_resting', ''), 0, 90 * HOUR, null],
    ['a disk that is full for a day', new Unavailable('storage_failed', ''), 0, 24 * HOUR, 'internal'],
    ['a bug of ours that lasts for a day', new TypeError('x'), 0, 24 * HOUR, 'internal'],
    ['a file that is gone', new Final('result_gone', ''), 0, 0, 'provider_lost_it'],
  ] as const)('for %s', (_name, error, unreadable, ageMs, code) => {
    expect(giveUpFor({ unreadable, attempts: 50 }, error, ageMs)).toBe(code)
  })

  it('after days without us an outage is not the end before some tries', () => {
    expect(giveUpFor({ unreadable: 0, attempts: 0 }, outage, 72 * HOUR)).toBeNull()
    expect(giveUpFor({ unreadable: 0, attempts: 4 }, outage, 72 * HOUR)).toBe('never_finished')
  })
})
