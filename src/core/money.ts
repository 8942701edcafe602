/** Money is integer millionths of a US dollar, so that sums are exact. Names that hold it end in `Usd`. */
export type MicroUsd = number

const MICRO = 1_000_000

/** 0.25 -> 250000. Rounds to the nearest millionth: only for values that arrive as decimals (an API's answer). */
export const fromDollars = (dollars: number): MicroUsd => Math.round(dollars * MICRO)

/**
 * "$0.25", always whole cents. Rounded up: nobody may be charged more than the figure they were shown.
 */
export function formatUsd(amountUsd: MicroUsd): string {
  const cents = wholeCents(amountUsd)
  const dollars = Math.trunc(cents / 100)
  return `$${dollars.toLocaleString('en-US')}.${String(cents % 100).padStart(2, '0')}`
}

/** As people see it: rounded up. */
export const wholeCents = (amountUsd: MicroUsd): number => Math.ceil(amountUsd / 10_000)
