/** What is filled into a modal and not submitted yet. Pure; a File is only carried along. */
import type { InputBlock, Modal } from './raw-block.ts'

export interface Form {
  /** By block_id: text typed or value chosen. */
  values: Readonly<Record<string, string>>
  files: Readonly<Record<string, readonly File[]>>
  /** By block_id; '' for what belongs to no block. */
  errors: Readonly<Record<string, string>>
  busy: boolean
}

export const EMPTY_FORM: Form = { values: {}, files: {}, errors: {}, busy: false }

/** Slack takes no larger file in a modal (docs: file-input-element). */
export const MODAL_FILE_BYTES = 10_000_000

export const inputsOf = (modal: Modal): InputBlock[] => modal.blocks.filter(block => block.kind === 'input')

/** What an input shows: what was filled in, else what the app gave it. */
export function filledIn(form: Form, { blockId, element }: InputBlock): string {
  const initial = 'initial' in element ? (element.initial ?? '') : ''
  return form.values[blockId] ?? initial
}

export const withValue = (form: Form, modal: Modal, input: InputBlock, value: string): Form => ({
  ...form,
  values: { ...form.values, [input.blockId]: value },
  errors: errorsAfter(form, modal, input),
})

/** Takes the files that the input takes, and says why for the others. */
export function withFiles(form: Form, modal: Modal, input: InputBlock, added: readonly File[]): Form {
  const { blockId, element } = input
  if (element.kind !== 'file-input') return form
  const kept = [...(element.maxFiles > 1 ? (form.files[blockId] ?? []) : []), ...added]
  const wrong = added.find(file => !endsIn(file.name, element.filetypes))
  const large = added.find(file => file.size > MODAL_FILE_BYTES)
  const error = wrong
    ? `${wrong.name} can't be taken here. Accepted: ${element.filetypes.join(', ')}.`
    : large
      ? `${large.name} is larger than 10 MB, the most that Slack takes in a form.`
      : kept.length > element.maxFiles
        ? `At most ${element.maxFiles} files.`
        : null
  if (error) return { ...form, errors: { ...form.errors, [blockId]: error } }
  return { ...form, files: { ...form.files, [blockId]: kept }, errors: errorsAfter(form, modal, input) }
}

export const withoutFile = (form: Form, blockId: string, file: File): Form => ({
  ...form,
  files: { ...form.files, [blockId]: (form.files[blockId] ?? []).filter(f => f !== file) },
  errors: without(form.errors, blockId),
})

const endsIn = (name: string, filetypes: string[]): boolean =>
  filetypes.length === 0 || filetypes.some(type => name.toLowerCase().endsWith(`.${type.toLowerCase()}`))

/** Inputs that must be filled and are not, each with the sentence that Slack shows. */
export function missingIn(form: Form, modal: Modal): Record<string, string> {
  const missing = inputsOf(modal).filter(input => {
    if (input.optional || input.element.kind === 'unknown') return false
    return isEmpty(form, input)
  })
  return Object.fromEntries(missing.map(input => [input.blockId, 'Please complete this required field.']))
}

/** As the sandbox takes a submission: by block_id and action_id. `fileIds`: of the uploaded files, by block_id. */
export function submission(
  form: Form,
  modal: Modal,
  fileIds: Record<string, string[]>,
): Record<string, Record<string, string | string[] | null>> {
  return Object.fromEntries(
    inputsOf(modal).flatMap(input => {
      const { element, blockId } = input
      if (element.kind === 'unknown') return []
      const value = element.kind === 'file-input' ? (fileIds[blockId] ?? []) : filledIn(form, input) || null
      return [[blockId, { [element.actionId]: value }]]
    }),
  )
}

/**
 * What an input is told ends with its next change. Where both may be left out, what an empty one is told ends too when
 * the other changes: it asks for one of them.
 */
function errorsAfter(form: Form, modal: Modal, changed: InputBlock): Form['errors'] {
  const answered = inputsOf(modal).filter(input => changed.optional && input.optional && isEmpty(form, input))
  return without(form.errors, changed.blockId, ...answered.map(input => input.blockId))
}

const isEmpty = (form: Form, input: InputBlock): boolean =>
  input.element.kind === 'file-input'
    ? (form.files[input.blockId] ?? []).length === 0
    : filledIn(form, input) === ''

const without = (errors: Form['errors'], ...blockIds: string[]): Form['errors'] =>
  Object.fromEntries(Object.entries(errors).filter(([blockId]) => !blockIds.includes(blockId)))
