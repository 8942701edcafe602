import { expect, it } from 'vitest'
import { createBudget } from '../../../src/core/budget.ts'

it('a budget lets a burst go, then only what time brings', () => {
  let now = 0
  const budget = createBudget({ perMinute: 60, burst: 5, clock: () => now })
  budget.spend(budget.available())
  expect(budget.available()).toBe(0)
  now += 2_500
  expect(budget.available()).toBe(2)
  now -= 3_600_000
  expect(budget.available(), 'a clock that is set back takes nothing away').toBe(2)
  now += 7_200_000
  expect(budget.available()).toBe(5)
})
