import { expect, it } from 'vitest'
import { correction, type Form, fieldsOf, GUIDE_FORM } from '../../../src/venice/dialect.ts'
import { parseTrouble } from '../../../src/venice/wire.ts'

const about = (field: string) => parseTrouble({ error: `${field} is wrong` })

it.each([
  [{ duration: 'none', prompt: 'none' }, {}],
  [{ duration: 'seconds', prompt: 'none' }, { duration: '12.35' }],
  [
    { duration: 'auto', prompt: 'empty' },
    { duration: 'Auto', prompt: '' },
  ],
] as [Form, object][])('puts %j into fields', (form, fields) => {
  expect(fieldsOf(form, 12.345_678)).toEqual(fields)
})

it('tries each way of a field once and then gives up', () => {
  const correct = correction(GUIDE_FORM)
  const second = correct(GUIDE_FORM, about('duration'))
  expect(second).toEqual({ duration: 'seconds', prompt: 'none' })
  const third = correct(second!, about('prompt'))
  expect(third).toEqual({ duration: 'seconds', prompt: 'empty' })
  const fourth = correct(third!, about('duration'))
  expect(fourth).toEqual({ duration: 'auto', prompt: 'empty' })
  expect(correct(fourth!, about('duration'))).toBeNull()
  expect(correct(fourth!, about('prompt'))).toBeNull()
})

it('unlearns what a server no longer takes', () => {
  const learned: Form = { duration: 'seconds', prompt: 'empty' }
  expect(correction(learned)(learned, about('prompt'))).toEqual({ duration: 'seconds', prompt: 'none' })
})
