import { asNumber, asObject, asString, type Json, objectsIn, stringsIn } from '../json.ts'
import { COMPONENT, mediaOf, walk } from './components.ts'
import type { Problem } from './errors.ts'

/** Limits: docs components/reference (August 2026). */
const MAX_COMPONENTS = 40
const MAX_TEXT = 4000
const MAX_ROWS_WITHOUT_V2 = 5
const LINK_STYLE = 5
const PREMIUM_STYLE = 6

/**
 * What Discord refuses in a component tree and its published schema lets through.
 * `filenames`: the files that `attachment://` may name.
 */
export function componentProblems(
  components: Json[],
  v2: boolean,
  filenames: ReadonlySet<string>,
): Problem[] {
  const problems: Problem[] = []
  const seen = new Set<string>()
  const numbers = new Set<number>()
  let count = 0
  let text = 0
  if (!v2) {
    for (const [index, component] of components.entries()) {
      if (component.type === COMPONENT.actionRow) continue
      const message = 'Value of field "type" must be one of (1,).'
      problems.push({ path: ['components', index], code: 'UNION_TYPE_CHOICES', message })
    }
    if (components.length > MAX_ROWS_WITHOUT_V2) {
      const message = 'Must be 5 or fewer in length.'
      problems.push({ path: ['components'], code: 'BASE_TYPE_BAD_LENGTH', message })
    }
  }
  for (const { node, path } of walk(components)) {
    count += 1
    text += node.type === COMPONENT.textDisplay ? (asString(node.content) ?? '').length : 0
    for (const problem of nodeProblems(node, filenames)) {
      problems.push({ ...problem, path: [...path, ...problem.path] })
    }
    const customId = asString(node.custom_id)
    if (customId !== undefined && seen.has(customId)) {
      const message = 'Component custom id cannot be duplicated'
      problems.push({ path: [...path, 'custom_id'], code: 'COMPONENT_CUSTOM_ID_DUPLICATED', message })
    }
    if (customId !== undefined) seen.add(customId)
    const number = asNumber(node.id) || undefined
    if (number !== undefined && numbers.has(number)) {
      problems.push({
        path: [...path, 'id'],
        code: 'COMPONENT_ID_DUPLICATED',
        message: 'Component id cannot be duplicated',
      })
    }
    if (number !== undefined) numbers.add(number)
  }
  if (count > MAX_COMPONENTS) {
    const message = `The message has ${count} components, the most is ${MAX_COMPONENTS}.`
    problems.push({ path: ['components'], code: 'COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED', message })
  }
  if (text > MAX_TEXT) {
    const message = `The displayable text of the components exceeds the maximum size of ${MAX_TEXT}`
    problems.push({ path: ['components'], code: 'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED', message })
  }
  return problems
}

function nodeProblems(node: Json, filenames: ReadonlySet<string>): Problem[] {
  if (node.type === COMPONENT.button) return buttonProblems(node)
  if (node.type === COMPONENT.stringSelect) return selectProblems(node)
  if (node.type === COMPONENT.actionRow) return rowProblems(node)
  return mediaOf(node).flatMap(({ media, path }) => mediaProblems(node, media, path, filenames))
}

function buttonProblems(button: Json): Problem[] {
  const problems: Problem[] = []
  const required = (key: string, code: string, message: string) =>
    problems.push({ path: [key], code, message })
  const link = button.style === LINK_STYLE
  const premium = button.style === PREMIUM_STYLE
  if (!premium && !asString(button.label) && !asObject(button.emoji)) {
    required('label', 'BUTTON_COMPONENT_LABEL_REQUIRED', 'A button must have a label or an emoji')
  }
  if (link && !asString(button.url)) required('url', 'BUTTON_COMPONENT_URL_REQUIRED', 'A url is required')
  if (link && asString(button.custom_id)) {
    required('custom_id', 'BUTTON_COMPONENT_CUSTOM_ID_FORBIDDEN', 'A link button cannot have a custom id')
  }
  if (!link && asString(button.url)) {
    required('url', 'BUTTON_COMPONENT_URL_FORBIDDEN', 'Only a link button can have a url')
  }
  if (!link && !premium && !asString(button.custom_id)) {
    required('custom_id', 'BUTTON_COMPONENT_CUSTOM_ID_REQUIRED', 'A custom id is required')
  }
  const url = asString(button.url)
  if (url && !/^(https?|discord):\/\//.test(url)) {
    required('url', 'URL_TYPE_INVALID_SCHEME', 'Scheme must be one of (http, https, discord).')
  }
  return problems
}

function selectProblems(select: Json): Problem[] {
  const values = objectsIn(select.options).map(option => asString(option.value))
  const problems: Problem[] = []
  const most = asNumber(select.max_values) ?? 1
  const least = asNumber(select.min_values) ?? 1
  if (new Set(values).size < values.length) {
    const message = 'The specified option value is already used'
    problems.push({ path: ['options'], code: 'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED', message })
  }
  if (most > values.length || least > most) {
    const message = 'The number of values does not fit the number of options'
    problems.push({ path: ['max_values'], code: 'SELECT_COMPONENT_INVALID_MAX_VALUES', message })
  }
  const chosen = objectsIn(select.options).filter(option => option.default === true).length
  if (chosen > most) {
    const message = 'More options are chosen by default than may be chosen'
    problems.push({ path: ['options'], code: 'SELECT_COMPONENT_TOO_MANY_DEFAULTS', message })
  }
  return problems
}

/** Five buttons or one select: the schema allows five of anything. */
function rowProblems(row: Json): Problem[] {
  const children = objectsIn(row.components)
  const selects = children.filter(child => child.type !== COMPONENT.button).length
  if (selects === 0 || children.length === 1) return []
  const message = 'A select menu takes the whole row'
  return [{ path: ['components'], code: 'COMPONENT_LAYOUT_WIDTH_EXCEEDED', message }]
}

function mediaProblems(
  node: Json,
  media: Json,
  path: Problem['path'],
  filenames: ReadonlySet<string>,
): Problem[] {
  const url = asString(media.url) ?? ''
  const named = url.match(/^attachment:\/\/(.*)$/)?.[1]
  const at = [...path, 'url']
  if (named !== undefined) {
    if (filenames.has(named)) return []
    const message = `The referenced attachment "${named}" was not found in the request`
    return [{ path: at, code: 'UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND', message }]
  }
  if (node.type === COMPONENT.file) {
    const message = 'A file component takes attachment:// references only'
    return [{ path: at, code: 'UNFURLED_MEDIA_ITEM_ATTACHMENT_REQUIRED', message }]
  }
  if (/^https?:\/\//.test(url)) return []
  return [
    {
      path: at,
      code: 'URL_TYPE_INVALID_SCHEME',
      message: 'Scheme must be one of (http, https, attachment).',
    },
  ]
}

/** Whether nothing of the legacy fields is left to clash with components V2. */
export function legacyFieldProblems(body: Json): Problem[] {
  const used = [
    ...(asString(body.content) ? ['content'] : []),
    ...(objectsIn(body.embeds).length > 0 ? ['embeds'] : []),
    ...(asObject(body.poll) ? ['poll'] : []),
    ...(stringsIn(body.sticker_ids).length > 0 ? ['sticker_ids'] : []),
  ]
  return used.map(field => ({
    path: [field],
    code: 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
    message: `The '${field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2`,
  }))
}
