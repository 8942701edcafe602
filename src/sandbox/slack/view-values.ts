import type { SlackSubmit } from '../control.ts'
import { ControlError } from '../control-error.ts'
import { asNumber, asString, type Json, objectsIn, stringsIn } from '../json.ts'
import { optionOf, type Slot, slotsOf } from './elements.ts'
import { fileObject } from './file-object.ts'
import type { Stage } from './stage.ts'
import type { OpenView, StoredFile } from './world.ts'

/** docs: reference/block-kit/block-elements/file-input-element (November 2026): 10 MB per file. */
const MOST_BYTES = 10 * 1024 * 1024
const DEFAULT_FILES = 10

const REQUIRED = 'Please complete this required field.'

type Chosen = string | string[] | null | undefined

/**
 * `state.values` of a submission: every element of the modal with what the person gave, or else what it began with.
 * @throws ControlError with the sentence that Slack's own client would show, where it would not let the modal go
 */
export function readValues(stage: Stage, view: OpenView, given: SlackSubmit['values']): Json {
  const slots = slotsOf(objectsIn(view.view.blocks))
  for (const [block, actions] of Object.entries(given)) {
    for (const action of Object.keys(actions)) {
      if (!slots.some(({ block_id, action_id }) => block_id === block && action_id === action))
        throw new ControlError(400, `The modal has no element "${action}" in a block "${block}".`)
    }
  }
  const values: Record<string, Json> = {}
  for (const slot of slots) {
    const chosen = given[slot.block_id]?.[slot.action_id]
    const value = read(stage, view, slot, chosen)
    if (value) values[slot.block_id] = { ...values[slot.block_id], [slot.action_id]: value }
  }
  return values
}

function read(stage: Stage, view: OpenView, slot: Slot, chosen: Chosen): Json | null {
  const type = asString(slot.element.type) ?? ''
  const needed = slot.block.type === 'input' && slot.block.optional !== true
  if (TYPED.includes(type)) return { type, value: typed(slot.element, chosen, needed) }
  if (type === 'static_select' || type === 'radio_buttons') {
    const { initial_option = null } = slot.element
    const option = chosen === undefined ? initial_option : chosen === null ? null : offered(slot, chosen)
    if (needed && option === null) throw new ControlError(400, REQUIRED)
    return { type, selected_option: option }
  }
  if (type === 'checkboxes' || type === 'multi_static_select') {
    const options =
      chosen === undefined
        ? objectsIn(slot.element.initial_options)
        : many(chosen).map(one => offered(slot, one))
    if (needed && options.length === 0) throw new ControlError(400, REQUIRED)
    return { type, selected_options: options }
  }
  if (type === 'file_input') {
    const files = many(chosen ?? []).map(id => fileFor(stage, view, slot.element, id))
    if (needed && files.length === 0) throw new ControlError(400, REQUIRED)
    const most = asNumber(slot.element.max_files) ?? DEFAULT_FILES
    if (files.length > most)
      throw new ControlError(400, `You can add ${most} file${most === 1 ? '' : 's'} at most.`)
    return { type, files: files.map(file => fileObject(stage, file)) }
  }
  if (type === 'button') return null
  throw new ControlError(400, `Nobody can fill in a "${type}" here: it is not stood in for.`)
}

const TYPED = ['plain_text_input', 'number_input', 'url_text_input', 'email_text_input']

function typed(element: Json, chosen: Chosen, needed: boolean): string | null {
  const text = chosen === undefined ? (asString(element.initial_value) ?? '') : many(chosen ?? '').join('')
  if (text === '') {
    if (needed) throw new ControlError(400, REQUIRED)
    return null
  }
  const number = Number(text)
  if (element.type === 'plain_text_input') {
    const least = asNumber(element.min_length) ?? 0
    const most = asNumber(element.max_length) ?? 3000
    if (text.length < least) throw new ControlError(400, `Please write ${least} characters or more.`)
    if (text.length > most) throw new ControlError(400, `Please write ${most} characters or fewer.`)
  } else if (element.type === 'number_input') {
    const whole = element.is_decimal_allowed !== true
    if (text.trim() === '' || !Number.isFinite(number) || (whole && !Number.isInteger(number)))
      throw new ControlError(400, `Please enter a ${whole ? 'whole ' : ''}number.`)
    if (element.min_value !== undefined && number < Number(element.min_value))
      throw new ControlError(400, `Please enter ${element.min_value} or more.`)
    if (element.max_value !== undefined && number > Number(element.max_value))
      throw new ControlError(400, `Please enter ${element.max_value} or less.`)
  } else if (element.type === 'url_text_input' && !URL.canParse(text)) {
    throw new ControlError(400, 'Please enter a valid link.')
  } else if (element.type === 'email_text_input' && !/^[^@\s]+@[^@\s]+$/.test(text)) {
    throw new ControlError(400, 'Please enter a valid email address.')
  }
  return text
}

function offered({ element }: Slot, chosen: string | string[]): Json {
  const [value = '', ...more] = many(chosen)
  const option = optionOf(element, value)
  if (!option || more.length > 0)
    throw new ControlError(400, `The element does not offer "${many(chosen).join(', ')}".`)
  return option
}

function fileFor(stage: Stage, view: OpenView, element: Json, id: string): StoredFile {
  const file = stage.world.files.get(id)
  if (!file || file.user !== view.user_id) throw new ControlError(404, `This person uploaded no file ${id}.`)
  const allowed = stringsIn(element.filetypes)
  if (allowed.length > 0 && !allowed.includes(file.filetype))
    throw new ControlError(400, `${file.name} can't be added here: only ${allowed.join(', ')} files can.`)
  if (file.size > MOST_BYTES)
    throw new ControlError(400, `${file.name} is too large: 10 MB is the most for a form.`)
  return file
}

function many(chosen: string | string[] | null): string[] {
  if (chosen === null) return []
  return typeof chosen === 'string' ? [chosen] : chosen
}
