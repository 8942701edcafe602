import { asObject, asString } from '../json.ts'
import { messageProblems, tooMuchText } from './block-rules.ts'
import { refusalOf, SlackError } from './errors.ts'
import type { BotCall } from './method.ts'
import { demandScope } from './tokens.ts'
import type { Json } from './world.ts'

/** docs: reference/methods/chat.postMessage#truncating (November 2026). */
const TEXT_KEPT = 40_000
/** Bytes of metadata. */
const METADATA_LIMIT = 16_384
const MOST_ATTACHMENTS = 100

/** What a call wants a message to say; null: it does not mention it. */
export interface Content {
  text: string | null
  blocks: Json[] | null
  attachments: Json[] | null
  metadata: Json | null
}

/**
 * Reads and checks the contents of a message.
 * @throws SlackError invalid_blocks, invalid_blocks_format, msg_blocks_too_long, invalid_attachments, metadata_too_large,
 * invalid_metadata_format, markdown_text_conflict, missing_scope (a video block)
 */
export function readContent(call: BotCall): Content {
  const { args } = call
  const markdown = args.text('markdown_text')
  if (markdown !== null && (args.has('text') || args.has('blocks')))
    throw new SlackError('markdown_text_conflict')
  const blocks =
    markdown === null
      ? args.list('blocks', 'invalid_blocks_format')
      : [{ type: 'markdown', text: markdown } satisfies Json]
  const attachments = args.list('attachments', 'invalid_attachments')
  return {
    text: args.text('text')?.slice(0, TEXT_KEPT) ?? markdown,
    blocks: blocks && checkedBlocks(call, blocks),
    attachments: attachments && checkedAttachments(call, attachments),
    metadata: readMetadata(call),
  }
}

/** @throws SlackError no_text where nothing would be seen */
export function demandSomething({ text, blocks, attachments }: Content): void {
  const empty = (list: Json[] | null) => list === null || list.length === 0
  if ((text === null || text.trim() === '') && empty(blocks) && empty(attachments))
    throw new SlackError('no_text')
}

/** @throws SlackError as readContent */
export function checkedBlocks(call: BotCall, blocks: unknown[], at = '/blocks'): Json[] {
  const problems = messageProblems(blocks, at)
  if (problems.length > 0) {
    const { fields } = refusalOf('invalid_blocks', problems)
    throw new SlackError('invalid_blocks', { ...fields, errors: problems })
  }
  if (tooMuchText(blocks)) throw new SlackError('msg_blocks_too_long')
  const objects = blocks as Json[]
  if (objects.some(block => block.type === 'video')) demandScope(call.bearer, ['links.embed:write'])
  return objects
}

function checkedAttachments(call: BotCall, attachments: unknown[]): Json[] {
  if (attachments.length > MOST_ATTACHMENTS) throw new SlackError('too_many_attachments')
  return attachments.map((value, index) => {
    const attachment = asObject(value)
    if (!attachment)
      throw refusalOf('invalid_attachments', [`must be an object [json-pointer:/attachments/${index}]`])
    if (attachment.blocks === undefined) return attachment
    if (!Array.isArray(attachment.blocks)) throw new SlackError('invalid_blocks_format')
    return { ...attachment, blocks: checkedBlocks(call, attachment.blocks, `/attachments/${index}/blocks`) }
  })
}

function readMetadata({ args }: BotCall): Json | null {
  const metadata = args.object('metadata', 'invalid_metadata_format')
  if (metadata === null) return null
  const { event_type, event_payload, ...more } = metadata
  if (!asString(event_type) || !asObject(event_payload) || Object.keys(more).length > 0)
    throw new SlackError('invalid_metadata_format')
  if (Buffer.byteLength(JSON.stringify(metadata)) > METADATA_LIMIT) throw new SlackError('metadata_too_large')
  return metadata
}
