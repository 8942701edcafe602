import { z } from 'zod'
import { fromDollars } from './core/money.ts'

/** Shapes of single settings; each says what is wrong in a sentence that names the setting. */

export const address = (name: string, protocols: RegExp, example: string) =>
  z.url({ protocol: protocols, error: `${name} is not an address like ${example}.` })

export const publicAddress = address('PUBLIC_URL', /^https?$/, 'https://murano.example.org').refine(
  url => !URL.canParse(url) /* said already */ || new URL(url).protocol === 'https:' || isLoopback(url),
  { error: 'PUBLIC_URL must begin with https:// (http:// only for this machine itself).' },
)

export const isLoopback = (url: string): boolean =>
  ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)

export const port = z
  .string()
  .regex(/^\d{1,5}$/, { error: 'PORT is not a number from 0 to 65535.' })
  .transform(Number)
  .refine(n => n <= 65_535, { error: 'PORT is not a number from 0 to 65535.' })

/** "5" or "7.50", as millionths of a dollar. Nothing is not taken for "no cap": who writes 0 may mean either. */
export const dollars = (name: string) =>
  z
    .string()
    .regex(/^(?=.*[1-9])\d{1,7}(\.\d{1,2})?$/, {
      error: `${name} is not an amount of dollars above 0, like 5 or 7.50. Empty it for no cap.`,
    })
    .transform(text => fromDollars(Number(text)))

export const wholeNumber = (name: string) =>
  z
    .string()
    .regex(/^[1-9]\d{0,5}$/, { error: `${name} is not a whole number from 1, like 3.` })
    .transform(Number)

/** "a, b" */
export const list = z.string().transform(text =>
  text
    .split(',')
    .map(part => part.trim())
    .filter(Boolean),
)

/** 32 bytes in hex, base64 or base64url. */
export const encryptionKey = (name: string) =>
  z.string().regex(/^(?:[0-9a-f]{64}|[\w+/-]{43}=?)$/i, {
    error: `${name} holds a key that is not 32 bytes in base64 or hex. Make one with: openssl rand -base64 32`,
  })

/** Gives it as browsers write it: lower case, no slash, no port that goes without saying. */
export const origin = z
  .string()
  .refine(text => URL.canParse(text) && /^https?:\/\/[^/?#@]+\/?$/i.test(text), {
    error: ({ input }) =>
      `TRUSTED_ORIGINS: "${input}" is not an origin like https://clips.internal:8443, without a path.`,
  })
  .transform(text => new URL(text).origin)

/** How each platform writes the ids of people, with an example. */
const PEOPLE: Readonly<Record<string, { id: RegExp; example: string }>> = {
  discord: { id: /^\d{15,20}$/, example: '80351110224678912' },
  slack: { id: /^[UW][A-Z0-9]{5,20}$/, example: 'U012ABCDEF' },
}

/** "discord:80351110224678912" */
export const operator = z.string().check(({ value, issues }) => {
  const [platform = '', id = ''] = value.split(/:(.*)/s)
  const problem = problemOf(value, platform, id)
  if (problem) issues.push({ code: 'custom', input: value, message: `OPERATORS: ${problem}` })
})

function problemOf(value: string, platform: string, id: string): string | null {
  const names = Object.entries(PEOPLE).map(([name, { example }]) => `${name}:${example}`)
  if (!value.includes(':'))
    return `"${value}" does not say on which chat. Write it like ${names.join(' or ')}.`
  if (!Object.hasOwn(PEOPLE, platform))
    return `"${value}" is of no chat that there is. Write it like ${names.join(' or ')}.`
  const { id: shape, example } = PEOPLE[platform]!
  return shape.test(id) ? null : `"${value}" holds no user id of ${platform}. They look like ${example}.`
}
