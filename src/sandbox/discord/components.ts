import { contentTypeOf } from '../file-names.ts'
import { asArray, asNumber, asObject, asString, type Json, objectsIn } from '../json.ts'
import type { FileStore, StoredFile } from './files.ts'

/** Component types, docs: components/reference (August 2026). */
export const COMPONENT = {
  actionRow: 1,
  button: 2,
  stringSelect: 3,
  userSelect: 5,
  channelSelect: 8,
  section: 9,
  textDisplay: 10,
  thumbnail: 11,
  mediaGallery: 12,
  file: 13,
  separator: 14,
  container: 17,
} as const

export type Path = (string | number)[]

/** Every component of a tree with its place, parents before children. */
export function* walk(
  components: unknown,
  path: Path = ['components'],
): Generator<{ node: Json; path: Path }> {
  for (const [index, value] of asArray(components).entries()) {
    const node = asObject(value)
    if (!node) continue
    const here = [...path, index]
    yield { node, path: here }
    yield* walk(node.components, [...here, 'components'])
    const accessory = asObject(node.accessory)
    if (accessory) yield { node: accessory, path: [...here, 'accessory'] }
  }
}

/** The places in a component where a picture, a video or a file is named. */
export function mediaOf(node: Json): { media: Json; path: Path }[] {
  if (node.type === COMPONENT.thumbnail) return spot(node.media, ['media'])
  if (node.type === COMPONENT.file) return spot(node.file, ['file'])
  if (node.type !== COMPONENT.mediaGallery) return []
  return objectsIn(node.items).flatMap((item, index) => spot(item.media, ['items', index, 'media']))
}

function spot(value: unknown, path: Path): { media: Json; path: Path }[] {
  const media = asObject(value)
  return media ? [{ media, path }] : []
}

/** A copy to keep: every component numbered, every attachment:// tied to its file. */
export function keepComponents(components: Json[], files: readonly StoredFile[]): Json[] {
  const kept = structuredClone(components)
  const taken = new Set([...walk(kept)].map(({ node }) => asNumber(node.id) ?? 0))
  let next = 1
  for (const { node } of walk(kept)) {
    if (!asNumber(node.id)) {
      while (taken.has(next)) next += 1
      taken.add(next)
      node.id = next
    }
    for (const { media } of mediaOf(node)) {
      const name = asString(media.url)?.match(/^attachment:\/\/(.+)$/)?.[1]
      const file = files.find(candidate => candidate.filename === name)
      if (file) media.attachment_id = file.id
    }
  }
  return kept
}

/** Ids of the files that the components show; Discord lists those nowhere else (discord-api-docs #8277, April 2026). */
export function filesShown(components: Json[]): Set<string> {
  const ids = [...walk(components)].flatMap(({ node }) =>
    mediaOf(node).map(({ media }) => media.attachment_id),
  )
  return new Set(ids.filter(id => typeof id === 'string'))
}

/** The components as Discord answers them: media resolved to links that are good now. */
export function showComponents(components: Json[], files: FileStore): Json[] {
  const shown = structuredClone(components)
  for (const { node } of walk(shown)) {
    for (const { media } of mediaOf(node)) {
      const file = files.find(asString(media.attachment_id) ?? '')
      const url = file ? files.link(file) : (asString(media.url) ?? '')
      const type = contentTypeOf(file?.filename ?? url.split('?')[0] ?? '')
      Object.assign(media, {
        id: file?.id ?? '0',
        url,
        proxy_url: url,
        width: file?.width ?? null,
        height: file?.height ?? null,
        ...(type === undefined ? {} : { content_type: type }),
        loading_state: 2,
        flags: 0,
      })
      if (node.type === COMPONENT.file && file) Object.assign(node, { name: file.filename, size: file.size })
    }
  }
  return shown
}

export function textOf(components: Json[]): string {
  const texts = [...walk(components)].map(({ node }) =>
    node.type === COMPONENT.textDisplay ? asString(node.content) : undefined,
  )
  return texts.filter(text => text !== undefined).join('\n')
}

export function findByCustomId(components: Json[], customId: string): Json | undefined {
  for (const { node } of walk(components)) if (node.custom_id === customId) return node
  return undefined
}
