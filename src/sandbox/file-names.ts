/** Discord goes by the ending of the name, never by the bytes. */
const CONTENT_TYPES: Record<string, string> = {
  mp4: 'video/mp4',
  m4v: 'video/x-m4v',
  mov: 'video/quicktime',
  qt: 'video/quicktime',
  webm: 'video/webm',
  mkv: 'video/x-matroska',
  avi: 'video/x-msvideo',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
  flac: 'audio/flac',
  m4a: 'audio/mp4',
  txt: 'text/plain; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  html: 'text/html; charset=utf-8',
  json: 'application/json',
  pdf: 'application/pdf',
  zip: 'application/zip',
}

/** The video group is documented (docs: reference#file-type-filtering, 5 August 2026); "this list may change". */
const GROUPS: Record<string, readonly string[]> = {
  video: ['.mp4', '.mov', '.qt', '.webm'],
  image: ['.png', '.jpg', '.jpeg', '.gif', '.webp', '.avif'],
  audio: ['.mp3', '.ogg', '.wav', '.flac', '.m4a'],
}

function endingOf(filename: string): string {
  const dot = filename.lastIndexOf('.')
  return dot < 0 ? '' : filename.slice(dot).toLowerCase()
}

export function contentTypeOf(filename: string): string | undefined {
  return CONTENT_TYPES[endingOf(filename).slice(1)]
}

/** Whether a file option with this `file_types` list takes a file of that name. */
export function fitsFileTypes(filename: string, fileTypes: readonly string[]): boolean {
  if (fileTypes.length === 0) return true
  const ending = endingOf(filename)
  return fileTypes.some(type => type.toLowerCase() === ending || (GROUPS[type]?.includes(ending) ?? false))
}

/** Discord keeps letters, digits, dot, dash and underscore; what was there before is told as the title. */
export function cleanName(raw: string): { filename: string; title: string | undefined } {
  const base = raw.split(/[\\/]/).at(-1) ?? ''
  const kept = base.replaceAll(' ', '_').replaceAll(/[^A-Za-z0-9._-]/g, '')
  const filename = kept === '' || kept.startsWith('.') ? `unknown${kept}` : kept
  return { filename: filename.slice(-128), title: filename === base ? undefined : base.slice(0, 1024) }
}
