import type { ConfirmationDialog, MrkdwnElement, Option, PlainTextElement } from '@slack/types'
import { z } from 'zod'

/** A rule for every key that @slack/types knows of T, and for no other: strict objects are built from it. */
export type Shape<T> = Record<T extends unknown ? keyof T : never, z.ZodType>

const mrkdwn = (most: number) =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    text: z.string().min(1).max(most),
    verbatim: z.boolean().optional(),
  } satisfies Shape<MrkdwnElement>)

/** Text without formatting, of 1 to `most` letters. */
export const plainText = (most: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(most),
    emoji: z.boolean().optional(),
  } satisfies Shape<PlainTextElement>)

export const anyText = (most: number) => z.discriminatedUnion('type', [plainText(most), mrkdwn(most)])

/** "Are you sure?" */
export const confirmation = z.strictObject({
  title: plainText(100).optional(),
  text: anyText(300),
  confirm: plainText(30).optional(),
  deny: plainText(30).optional(),
  style: z.enum(['primary', 'danger']).optional(),
} satisfies Shape<ConfirmationDialog>)

const option = <T extends z.ZodType>(text: T) =>
  z.strictObject({
    text,
    value: z.string().min(1).max(75),
    url: z.url().max(3000).optional(),
    description: plainText(75).optional(),
  } satisfies Shape<Option>)

/** Of menus. */
export const plainOption = option(plainText(75))
/** Of radio buttons and checkboxes, which show formatting. */
export const anyOption = option(anyText(75))
export const optionGroup = z.strictObject({
  label: plainText(75),
  options: z.array(plainOption).min(1).max(100),
})

export const url = z.url({ protocol: /^https?$/ }).max(3000)
