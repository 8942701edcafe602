import type {
  ActionsBlock,
  ContextBlock,
  DividerBlock,
  HeaderBlock,
  ImageBlock,
  InputBlock,
  MarkdownBlock,
  ModalView,
  SectionBlock,
  VideoBlock,
} from '@slack/types'
import { z } from 'zod'
import { asArray, asObject, asString, type Json, objectsIn } from '../json.ts'
import { accessory, actionElement, image, inputElement } from './block-elements.ts'
import { problemsOf } from './block-problems.ts'
import { richText } from './block-rich-text.ts'
import { anyText, plainText, type Shape, url } from './block-text.ts'

/** docs: reference/block-kit/blocks (November 2026). */
const MESSAGE_BLOCKS = 50
const MODAL_BLOCKS = 100
const VIEW_BYTES = 250_000
/** Not documented: what people found to be the most text that the blocks of one message hold together. */
const MESSAGE_TEXT = 13_200

const block_id = z.string().max(255).optional()

const actions = z.strictObject({
  type: z.literal('actions'),
  block_id,
  elements: z.array(actionElement).min(1).max(25),
} satisfies Shape<ActionsBlock>)
const context = z.strictObject({
  type: z.literal('context'),
  block_id,
  elements: z
    .array(z.union([image, anyText(3000)]))
    .min(1)
    .max(10),
} satisfies Shape<ContextBlock>)
const divider = z.strictObject({ type: z.literal('divider'), block_id } satisfies Shape<DividerBlock>)
const header = z.strictObject({
  type: z.literal('header'),
  block_id,
  text: plainText(150),
} satisfies Shape<HeaderBlock>)
const imageBlock = z
  .strictObject({
    ...image.shape,
    block_id,
    title: plainText(2000).optional(),
  } satisfies Shape<ImageBlock>)
  .refine(
    ({ image_url, slack_file }) => (image_url === undefined) !== (slack_file === undefined),
    'must have either image_url or slack_file',
  )
const section = z
  .strictObject({
    type: z.literal('section'),
    block_id,
    text: anyText(3000).optional(),
    fields: z.array(anyText(2000)).min(1).max(10).optional(),
    accessory: accessory.optional(),
    expand: z.boolean().optional(),
  } satisfies Shape<SectionBlock>)
  .refine(({ text, fields }) => text !== undefined || fields !== undefined, 'must have text or fields')
const markdown = z.strictObject({
  type: z.literal('markdown'),
  block_id,
  text: z.string().min(1).max(12_000),
} satisfies Shape<MarkdownBlock>)
const httpsUrl = z.url({ protocol: /^https$/ }).max(3000)
const video = z.strictObject({
  type: z.literal('video'),
  block_id,
  video_url: httpsUrl,
  thumbnail_url: url,
  alt_text: z.string().min(1),
  title: plainText(199),
  title_url: httpsUrl.optional(),
  description: plainText(199).optional(),
  author_name: z.string().max(49).optional(),
  provider_name: z.string().optional(),
  provider_icon_url: url.optional(),
} satisfies Shape<VideoBlock>)
const input = z.strictObject({
  type: z.literal('input'),
  block_id,
  label: plainText(2000),
  hint: plainText(2000).optional(),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
  element: inputElement,
} satisfies Shape<InputBlock>)

const common = [actions, context, divider, header, imageBlock, section, richText, video] as const
const messageBlocks = z.array(z.discriminatedUnion('type', [...common, markdown])).max(MESSAGE_BLOCKS)
const modal = z.strictObject({
  type: z.literal('modal'),
  title: plainText(24),
  blocks: z.array(z.discriminatedUnion('type', [...common, input])).max(MODAL_BLOCKS),
  submit: plainText(24).optional(),
  close: plainText(24).optional(),
  private_metadata: z.string().max(3000).optional(),
  callback_id: z.string().max(255).optional(),
  external_id: z.string().max(255).optional(),
  clear_on_close: z.boolean().optional(),
  notify_on_close: z.boolean().optional(),
} satisfies Shape<ModalView>)

/** What Slack would not take in the blocks of a message, a line each with its place below `at`; none: all is well. */
export function messageProblems(blocks: unknown, at = '/blocks'): string[] {
  return [...problemsOf(messageBlocks, blocks, at), ...repeated(objectsIn(blocks), at)]
}

/** Whether the blocks of a message hold more text together than Slack takes (msg_blocks_too_long). */
export function tooMuchText(blocks: readonly unknown[]): boolean {
  return textIn(blocks) > MESSAGE_TEXT
}

/** The same for a modal; `too_large`: the whole view is (view_too_large). */
export function modalProblems(view: unknown): { problems: string[]; too_large: boolean } {
  const blocks = objectsIn(asObject(view)?.blocks)
  const problems = [...problemsOf(modal, view, '/view'), ...repeated(blocks, '/view/blocks')]
  const hasInput = blocks.some(block => block.type === 'input')
  if (hasInput && asObject(view)?.submit === undefined)
    problems.push('must define `submit` to use an `input` block in modals [json-pointer:/view/submit]')
  const focused = blocks.filter(block => asObject(block.element)?.focus_on_load === true)
  if (focused.length > 1)
    problems.push('only one element may have `focus_on_load` [json-pointer:/view/blocks]')
  return { problems, too_large: Buffer.byteLength(JSON.stringify(view)) > VIEW_BYTES }
}

/** block_ids are unique in a message or modal, action_ids in their block. */
function repeated(blocks: readonly Json[], at: string): string[] {
  const blockIds = blocks.map(block => asString(block.block_id)).filter(id => id !== undefined)
  const twice = twiceIn(blockIds).map(id => `\`block_id\` ${id} already exists [json-pointer:${at}]`)
  const actionIds = blocks.flatMap((block, index) => {
    const ids = objectsIn(block.elements).map(element => asString(element.action_id))
    return twiceIn(ids.filter(id => id !== undefined)).map(
      id => `\`action_id\` ${id} already exists [json-pointer:${at}/${index}/elements]`,
    )
  })
  return [...twice, ...actionIds]
}

function twiceIn(ids: readonly string[]): string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))]
}

function textIn(value: unknown): number {
  const object = asObject(value)
  if (!object) return asArray(value).reduce<number>((sum, item) => sum + textIn(item), 0)
  const own = asString(object.text)?.length ?? 0
  const inside = [object.text, object.fields, object.elements, object.title, object.accessory]
  return own + textIn(inside.filter(item => typeof item === 'object'))
}
