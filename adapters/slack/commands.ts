import type { ViewStateValue } from '@slack/bolt'
import type { InputBlock, ModalView } from '@slack/types'
import { FACTORS, type Factor, isFactor } from '../../src/core/clip.ts'
import { LIMITS } from './limits.ts'
import { cleanLine, cut, plainText } from './literal.ts'
import { webAddress } from './text.ts'

export const UPSCALE = '/upscale'
/** For those in charge. */
export const UPSCALE_ADMIN = '/upscale-admin'
/** Callback of the entry in a message's menu, and the name that people see there. */
export const SHORTCUT = 'upscale_video'
export const SHORTCUT_NAME = 'Upscale video'
/** Callback of the form that the bare command opens. */
export const FORM = 'upscale_form'
/** What the app listens to besides. */
export const EVENTS = ['app_mention', 'app_uninstalled', 'tokens_revoked'] as const

export const DEFAULT_FACTOR: Factor = 2

const FACTOR_WORDS: Record<Factor, string> = {
  1: '1x · same size, cleaner',
  2: '2x · twice as wide and high',
  4: '4x · four times as wide and high',
}

/** What was typed behind the command. form: nothing to fetch, so it is asked for. */
export type Typed =
  | { kind: 'link'; url: string; factor: Factor }
  | { kind: 'form'; factor: Factor }
  /** `problem`: what can't be made out. */
  | { kind: 'problem'; problem: string }

export const EXAMPLE = `${UPSCALE} https://example.com/clip.mp4 4x`

/** "LINK 4x", "4x LINK" and either alone; a link may come as Slack writes it, "<https://…|…>". */
export function readCommand(text: string): Typed {
  const { links, factors, others } = sorted(text)
  const [other] = others
  if (other !== undefined) return { kind: 'problem', problem: problemOf(other) }
  if (links.length > 1) return problem(`That is more than one link. Use ${UPSCALE} once for each.`)
  if (factors.length > 1) return problem('That is more than one size. Choose one of 1x, 2x and 4x.')
  const factor = factors[0] ?? DEFAULT_FACTOR
  return links[0] === undefined ? { kind: 'form', factor } : { kind: 'link', url: links[0], factor }
}

/** What a message says that mentions the bot: people write whole sentences there, so other words are let be. */
export function readMention(text: string): { url: string | null; factor: Factor } {
  const { links, factors } = sorted(text)
  return { url: links[0] ?? null, factor: factors[0] ?? DEFAULT_FACTOR }
}

const problem = (words: string): Typed => ({ kind: 'problem', problem: words })

function problemOf(word: string): string {
  const shown = cut(cleanLine(word), 60)
  if (/^x?\d+(\.\d+)?x?$/i.test(word)) return `"${shown}" is not a size to choose; there are 1x, 2x and 4x.`
  if (/\.\w{2,}(\/|$)/.test(word)) return `"${shown}" is not a whole link; it has to begin with https://.`
  return `I can't make anything of "${shown}".`
}

function sorted(text: string) {
  const links: string[] = []
  const factors: Factor[] = []
  const others: string[] = []
  for (const word of text.match(/<[^>]*>|\S+/g) ?? []) {
    const size = /^(?:(\d)x|x(\d))[.,;:!?]*$/i.exec(word)
    const factor = Number(size?.[1] ?? size?.[2])
    const url = webAddress(unwrapped(word))
    if (isFactor(factor)) factors.push(factor)
    else if (url !== null) links.push(url)
    // A mention of somebody asks for nothing.
    else if (!/^<[@!#].*>$/.test(word)) others.push(word)
  }
  return { links, factors, others }
}

/** "<https://a.example/?a=1&amp;b=2|a.example>" -> "https://a.example/?a=1&b=2" */
function unwrapped(word: string): string {
  const address = /^<([^|>]+)(\|[^>]*)?>$/.exec(word)?.[1]
  return address?.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&') ?? word
}

/** What the form has to remember of the command that opened it: the submission itself names no channel. */
export interface Opener {
  channelId: string
  /** Takes answers that only the requester sees. */
  responseUrl: string
}

/** Null where it is not ours. */
export function readOpener(privateMetadata: string): Opener | null {
  try {
    const { channelId, responseUrl } = JSON.parse(privateMetadata) ?? {}
    return typeof channelId === 'string' && typeof responseUrl === 'string'
      ? { channelId, responseUrl }
      : null
  } catch {
    return null
  }
}

const FILE = 'file'
const LINK = 'link'
const FACTOR = 'factor'

/** The form that asks for a clip. Each input has its block's name as its own. */
export function uploadForm(opener: Opener, factor: Factor): ModalView {
  const options = FACTORS.map(value => ({
    value: String(value),
    text: plainText(FACTOR_WORDS[value], LIMITS.optionText),
  }))
  return {
    type: 'modal',
    callback_id: FORM,
    title: plainText('Upscale a video', LIMITS.modalWords),
    submit: plainText('Show prices', LIMITS.modalWords),
    close: plainText('Cancel', LIMITS.modalWords),
    private_metadata: JSON.stringify(opener),
    blocks: [
      input(
        'A clip: MP4, MOV or WebM',
        // Only looks at the name (docs: block-elements/file-input-element); the bytes are read later.
        { type: 'file_input', action_id: FILE, filetypes: ['mp4', 'mov', 'webm'], max_files: 1 },
        `Up to ${LIMITS.fileInputMb} MB here. Larger: post the clip in the channel, then use its menu … > ${SHORTCUT_NAME}.`,
      ),
      input('Or a link to one', {
        type: 'url_text_input',
        action_id: LINK,
        placeholder: plainText('https://example.com/clip.mp4', LIMITS.placeholder),
      }),
      {
        ...input('Size', {
          type: 'static_select',
          action_id: FACTOR,
          options,
          initial_option: options[FACTORS.indexOf(factor)]!,
        }),
        optional: false,
      },
      {
        type: 'context',
        elements: [plainText('You see the price first. Nothing is charged before you confirm it.', 100)],
      },
    ],
  }
}

const input = (
  label: string,
  element: InputBlock['element'] & { action_id: string },
  hint?: string,
): InputBlock => ({
  type: 'input',
  block_id: element.action_id,
  label: plainText(label, LIMITS.inputWords),
  ...(hint !== undefined && { hint: plainText(hint, LIMITS.inputWords) }),
  optional: true,
  element,
})

export type Submitted =
  | { kind: 'file'; fileId: string; factor: Factor }
  | { kind: 'link'; url: string; factor: Factor }
  /** Sentences by block, for Slack to show beside its input. */
  | { kind: 'errors'; errors: Record<string, string> }

/** @param values `view.state.values` of a submission */
export function readForm(values: Record<string, Record<string, ViewStateValue>>): Submitted {
  const [file] = values[FILE]?.[FILE]?.files ?? []
  const typed = values[LINK]?.[LINK]?.value?.trim() ?? ''
  const chosen = Number(values[FACTOR]?.[FACTOR]?.selected_option?.value)
  const factor = isFactor(chosen) ? chosen : DEFAULT_FACTOR
  if (file && typed !== '') return errors(LINK, 'Give a file or a link, not both.')
  if (file) return { kind: 'file', fileId: file.id, factor }
  if (typed === '') return errors(FILE, 'Give a file, or a link below.')
  const url = webAddress(typed)
  if (url === null) return errors(LINK, 'That is not a link. It has to begin with https://.')
  return { kind: 'link', url, factor }
}

const errors = (block: string, sentence: string): Submitted => ({
  kind: 'errors',
  errors: { [block]: sentence },
})
