/** Discord's component JSON (docs: components/reference, November 2026) as a union; what is unknown is said to be. */
export interface Media {
  url: string
  /** A content type or '', sizes in pixels or null. */
  contentType: string
  width: number | null
  height: number | null
}

export interface Emoji {
  name: string
  id: string | null
}

export interface SelectOption {
  label: string
  value: string
  description: string
  emoji: Emoji | null
  selected: boolean
}

export interface ButtonComponent {
  kind: 'button'
  style: number
  label: string
  emoji: Emoji | null
  customId: string
  url: string
  disabled: boolean
}

export interface SelectComponent {
  kind: 'select'
  customId: string
  placeholder: string
  options: SelectOption[]
  minValues: number
  maxValues: number
  disabled: boolean
}

export interface GalleryItem {
  media: Media
  description: string
  spoiler: boolean
}

export type RawComponent =
  | { kind: 'row'; children: RawComponent[] }
  | ButtonComponent
  | SelectComponent
  | { kind: 'section'; children: RawComponent[]; accessory: RawComponent | null }
  | { kind: 'text'; content: string }
  | ({ kind: 'thumbnail' } & GalleryItem)
  | { kind: 'gallery'; items: GalleryItem[] }
  | { kind: 'file'; media: Media; name: string; size: number | null; spoiler: boolean }
  | { kind: 'separator'; divider: boolean; spacing: 1 | 2 }
  | { kind: 'container'; children: RawComponent[]; accent: number | null; spoiler: boolean }
  | { kind: 'unknown'; type: unknown }

type Json = Record<string, unknown>

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null)

export const readMedia = (value: unknown): Media => {
  const json = object(value)
  return {
    url: text(json.proxy_url) || text(json.url),
    contentType: text(json.content_type),
    width: number(json.width) || null,
    height: number(json.height) || null,
  }
}

const emoji = (value: unknown): Emoji | null => {
  const json = object(value)
  return json.name ? { name: text(json.name), id: text(json.id) || null } : null
}

const galleryItem = (value: unknown): GalleryItem => {
  const json = object(value)
  return { media: readMedia(json.media), description: text(json.description), spoiler: json.spoiler === true }
}

const selectOption = (value: unknown): SelectOption => {
  const json = object(value)
  return {
    label: text(json.label),
    value: text(json.value),
    description: text(json.description),
    emoji: emoji(json.emoji),
    selected: json.default === true,
  }
}

export const readComponents = (value: unknown): RawComponent[] => list(value).map(readComponent)

function readComponent(value: unknown): RawComponent {
  const json = object(value)
  const children = () => readComponents(json.components)
  const disabled = json.disabled === true
  const customId = text(json.custom_id)
  switch (json.type) {
    case 1:
      return { kind: 'row', children: children() }
    case 2:
      return {
        kind: 'button',
        style: number(json.style) ?? 2,
        label: text(json.label),
        emoji: emoji(json.emoji),
        customId,
        url: text(json.url),
        disabled,
      }
    case 3:
      return {
        kind: 'select',
        customId,
        placeholder: text(json.placeholder) || 'Make a selection',
        options: list(json.options).map(selectOption),
        minValues: number(json.min_values) ?? 1,
        maxValues: number(json.max_values) ?? 1,
        disabled,
      }
    case 9:
      return {
        kind: 'section',
        children: children(),
        accessory: json.accessory ? readComponent(json.accessory) : null,
      }
    case 10:
      return { kind: 'text', content: text(json.content) }
    case 11:
      return { kind: 'thumbnail', ...galleryItem(json) }
    case 12:
      return { kind: 'gallery', items: list(json.items).map(galleryItem) }
    case 13:
      return {
        kind: 'file',
        media: readMedia(json.file),
        name: text(json.name),
        size: number(json.size),
        spoiler: json.spoiler === true,
      }
    case 14:
      return { kind: 'separator', divider: json.divider !== false, spacing: json.spacing === 2 ? 2 : 1 }
    case 17:
      return {
        kind: 'container',
        children: children(),
        accent: number(json.accent_color),
        spoiler: json.spoiler === true,
      }
    default:
      return { kind: 'unknown', type: json.type }
  }
}

/** The same to look at, with nothing to press: links still lead somewhere. */
export const withoutControls = (components: RawComponent[]): RawComponent[] =>
  components.map(component => {
    switch (component.kind) {
      case 'button':
        return component.url ? component : { ...component, disabled: true }
      case 'select':
        return { ...component, disabled: true }
      case 'row':
      case 'container':
        return { ...component, children: withoutControls(component.children) }
      case 'section': {
        const accessory = component.accessory && (withoutControls([component.accessory])[0] ?? null)
        return { ...component, children: withoutControls(component.children), accessory }
      }
      default:
        return component
    }
  })
