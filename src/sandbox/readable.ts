import type { SandboxMessage } from './control.ts'

/** A raw Discord component, as far as reading it aloud needs. */
interface Component {
  type: number
  content?: string
  components?: Component[]
  accessory?: Component
  label?: string
  url?: string
  style?: number
  disabled?: boolean
  custom_id?: string
  placeholder?: string
  options?: { label: string; value: string; description?: string; default?: boolean }[]
  items?: { media: { url: string }; description?: string | null }[]
  file?: { url: string }
}

/** Discord's component numbers, from its component reference. */
const TYPE = {
  row: 1,
  button: 2,
  select: 3,
  section: 9,
  text: 10,
  gallery: 12,
  file: 13,
  separator: 14,
  container: 17,
}

/** Every component of a message, parents before children. */
export function componentsOf(message: Pick<SandboxMessage, 'components'>): Component[] {
  const walk = (list: Component[]): Component[] =>
    list.flatMap(c => [c, ...walk(c.components ?? []), ...(c.accessory ? [c.accessory] : [])])
  return walk(message.components as Component[])
}

export const buttonsOf = (message: SandboxMessage): Component[] =>
  componentsOf(message).filter(c => c.type === TYPE.button)

export const selectsOf = (message: SandboxMessage): Component[] =>
  componentsOf(message).filter(c => c.type === TYPE.select)

/** The button whose label begins so, if it can be pressed. */
export const buttonNamed = (message: SandboxMessage, label: string): Component | undefined =>
  buttonsOf(message).find(b => b.label?.startsWith(label) && !b.disabled && b.custom_id)

/** A link button of the message. */
export const linkOf = (message: SandboxMessage): string | undefined =>
  buttonsOf(message).find(b => b.url)?.url

/** Address of the video that plays in the message; Discord keeps files that a component shows out of `attachments`. */
export const videoOf = (message: SandboxMessage): string | undefined =>
  componentsOf(message).flatMap(c => c.items ?? [])[0]?.media.url ?? message.attachments[0]?.url

/** What can be downloaded from it: files that stand alone, and those that a component shows. */
export function filesOf(message: SandboxMessage): { name: string; url: string }[] {
  const shown = componentsOf(message).flatMap(c => [
    ...(c.file ? [c.file] : []),
    ...(c.items ?? []).map(i => i.media),
  ])
  return [
    ...message.attachments.map(file => ({ name: file.filename, url: file.url })),
    ...shown.map(({ url }) => ({ name: nameIn(url), url })),
  ]
}

/** A message as a person would read it aloud: what is drawn, without markup. */
export function readable(message: SandboxMessage, nameOf: (id: string) => string, now: number): string {
  const lines = [
    plain(message.content, nameOf, now),
    ...(message.components as Component[]).flatMap(c => read(c, nameOf, now)),
  ]
  for (const file of message.attachments) lines.push(`[file: ${file.filename}, ${file.size} bytes]`)
  return lines.filter(line => line.trim() !== '').join('\n')
}

function read(c: Component, nameOf: (id: string) => string, now: number): string[] {
  const children = () => (c.components ?? []).flatMap(child => read(child, nameOf, now))
  switch (c.type) {
    case TYPE.text:
      return plain(c.content ?? '', nameOf, now).split('\n')
    case TYPE.row:
      return [children().join('  ')]
    case TYPE.button:
      return [c.url ? `[${c.label}] ${c.url}` : `[${c.label}]`]
    case TYPE.select:
      return [`[${c.options?.find(o => o.default)?.label ?? c.placeholder} ▾]`]
    case TYPE.separator:
      return ['─'.repeat(24)]
    case TYPE.section:
      return [...children(), ...(c.accessory ? read(c.accessory, nameOf, now) : [])]
    case TYPE.gallery:
      return (c.items ?? []).map(
        i => `[video: ${nameIn(i.media.url)}${i.description ? `, ${i.description}` : ''}]`,
      )
    case TYPE.file:
      return c.file ? [`[file: ${nameIn(c.file.url)}]`] : []
    default:
      return children()
  }
}

const nameIn = (url: string) => decodeURIComponent(new URL(url).pathname.split('/').at(-1)!)

/** Discord's markdown and tags as plain words. */
function plain(text: string, nameOf: (id: string) => string, now: number): string {
  return text
    .replace(/<@[!&]?(\d+)>/g, (_, id: string) => `@${nameOf(id).replace(/^@/, '')}`)
    .replace(/<t:(\d+):R>/g, (_, s: string) => relative(Number(s) * 1000 - now))
    .replace(/<t:(\d+)(?::(\w))?>/g, (_, s: string, style = 'f') => moment(new Date(Number(s) * 1000), style))
    .replace(/^(#{1,3}|-#|>) /gm, '')
    .replace(/(?<!\\)(\*\*|__|`)/g, '')
    .replace(/\\([\\*_~`|>#<@:[\]()-])/g, '$1')
}

/** Discord's styles t and T are a time of day; the others have a date. */
const moment = (at: Date, style: string): string => {
  const clock = at.toTimeString().slice(0, 5)
  return /t/i.test(style)
    ? clock
    : `${at.getDate()} ${at.toLocaleString('en', { month: 'long' })} ${at.getFullYear()} ${clock}`
}

function relative(ms: number): string {
  const s = Math.round(Math.abs(ms) / 1000)
  const span = s < 60 ? `${s} seconds` : `${Math.round(s / 60)} minutes`
  return ms >= 0 ? `in ${span}` : `${span} ago`
}
