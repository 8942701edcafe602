import type {
  RichTextBlock,
  RichTextBroadcastMention,
  RichTextChannelMention,
  RichTextColor,
  RichTextDate,
  RichTextEmoji,
  RichTextLink,
  RichTextList,
  RichTextPreformatted,
  RichTextQuote,
  RichTextSection,
  RichTextTeamMention,
  RichTextText,
  RichTextUsergroupMention,
  RichTextUserMention,
} from '@slack/types'
import { z } from 'zod'
import type { Shape } from './block-text.ts'

const flag = z.boolean().optional()
const style = z
  .strictObject({ bold: flag, code: flag, italic: flag, strike: flag, underline: flag })
  .optional()

const text = z.strictObject({
  type: z.literal('text'),
  style,
  text: z.string().min(1),
} satisfies Shape<RichTextText>)
const link = z.strictObject({
  type: z.literal('link'),
  style,
  url: z.string().min(1),
  text: z.string().optional(),
  unsafe: flag,
} satisfies Shape<RichTextLink>)
const user = z.strictObject({
  type: z.literal('user'),
  style,
  user_id: z.string().regex(/^[UW][A-Z0-9]{4,}$/, 'must be the id of a user'),
} satisfies Shape<RichTextUserMention>)
const channel = z.strictObject({
  type: z.literal('channel'),
  style,
  channel_id: z.string().regex(/^[CGD][A-Z0-9]{4,}$/, 'must be the id of a channel'),
} satisfies Shape<RichTextChannelMention>)
const usergroup = z.strictObject({
  type: z.literal('usergroup'),
  style,
  usergroup_id: z.string().min(1),
} satisfies Shape<RichTextUsergroupMention>)
const team = z.strictObject({
  type: z.literal('team'),
  style,
  team_id: z.string().min(1),
} satisfies Shape<RichTextTeamMention>)
const broadcast = z.strictObject({
  type: z.literal('broadcast'),
  style,
  range: z.enum(['here', 'channel', 'everyone']),
} satisfies Shape<RichTextBroadcastMention>)
const emoji = z.strictObject({
  type: z.literal('emoji'),
  style,
  name: z.string().min(1),
  unicode: z.string().optional(),
  url: z.string().optional(),
} satisfies Shape<RichTextEmoji>)
const color = z.strictObject({
  type: z.literal('color'),
  style,
  value: z.string().min(1),
} satisfies Shape<RichTextColor>)
const date = z.strictObject({
  type: z.literal('date'),
  style,
  /** Unix seconds. */
  timestamp: z.int(),
  format: z.string().min(1),
  url: z.string().optional(),
  fallback: z.string().optional(),
} satisfies Shape<RichTextDate>)

const inline = z.discriminatedUnion('type', [
  text,
  link,
  user,
  channel,
  usergroup,
  team,
  broadcast,
  emoji,
  color,
  date,
])
const border = z.literal([0, 1]).optional()
const section = z.strictObject({
  type: z.literal('rich_text_section'),
  elements: z.array(inline),
} satisfies Shape<RichTextSection>)
const list = z.strictObject({
  type: z.literal('rich_text_list'),
  style: z.enum(['bullet', 'ordered']),
  elements: z.array(section).min(1),
  indent: z.int().min(0).max(8).optional(),
  border,
} satisfies Shape<RichTextList>)
const quote = z.strictObject({
  type: z.literal('rich_text_quote'),
  elements: z.array(inline),
  border,
} satisfies Shape<RichTextQuote>)
const preformatted = z.strictObject({
  type: z.literal('rich_text_preformatted'),
  elements: z.array(z.discriminatedUnion('type', [text, link])),
  border,
} satisfies Shape<RichTextPreformatted>)

export const richText = z.strictObject({
  type: z.literal('rich_text'),
  block_id: z.string().max(255).optional(),
  elements: z.array(z.discriminatedUnion('type', [section, list, quote, preformatted])).min(1),
} satisfies Shape<RichTextBlock>)
