import { contentTypeOf } from '../file-names.ts'
import type { Json } from '../json.ts'

/** Discord unfurls the first five links of a message. */
const MOST_EMBEDS = 5

/**
 * What Discord shows below a text for links that lead straight to a video. The real one fetches them, and adds the
 * embeds a moment later; here the ending of the address has to do. A link in <…> is left alone, as its writer wants.
 */
export function embedsOf(content: string): Json[] {
  const links = [...content.matchAll(/(?<!<)\bhttps?:\/\/[^\s<>]+/g)].map(match => match[0])
  return links
    .filter(link => URL.canParse(link))
    .slice(0, MOST_EMBEDS)
    .flatMap(link => {
      const type = contentTypeOf(new URL(link).pathname)
      if (!type?.startsWith('video/')) return []
      return [
        { type: 'video', url: link, video: { url: link, proxy_url: link, content_type: type, flags: 0 } },
      ]
    })
}
