/** Where a clip is to be had. Plain JSON: it is kept with the job. */
export interface ClipSource {
  url: string
  /** What the person calls it; nothing is concluded from it. */
  fileName: string
  /** LINK: typed by somebody, so it may lead anywhere. Else a platform's name: its files lie on that platform's own hosts. */
  origin: string
  /** The community whose credential opens it; null: whoever has the address can. */
  access: string | null
}

export const LINK = 'link'

/** The address where it may be handed on to the provider: it needs no credential, and what is there does not change. */
export const shareableUrl = (source: ClipSource): string | null =>
  source.origin !== LINK && source.access === null && source.url.startsWith('https:') ? source.url : null

/** What to call the file behind a link: the end of its path, readable, at most 100 letters with its ending kept. */
export function fileNameOf(url: string): string {
  const path = URL.parse(url)?.pathname ?? ''
  const last = decoded(path).split(/[/\\]/).at(-1) ?? ''
  const clean = last
    .replace(UNSEEN, '')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+/, '')
    .trim()
  const letters = [...clean]
  if (letters.length <= MAX_LETTERS) return clean || 'clip'
  const ending = [...(/\.\w{1,8}$/.exec(clean)?.[0] ?? '')]
  return [...letters.slice(0, MAX_LETTERS - ending.length - 1), '…', ...ending].join('')
}

const MAX_LETTERS = 100

/** What shows as nothing, or turns round what follows it. Tabs and new lines become spaces. */
const UNSEEN = /(?![\t-\r])[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
