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
