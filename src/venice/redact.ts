/** How much of another side's words is kept, characters: enough to see what went wrong, too little to flood a log. */
const KEPT_CHARS = 300

/** Makes text that came from outside fit to be logged or shown. */
export type Redact = (text: string) => string

/**
 * Takes out the API key, the query of every link (that is where signatures are) and the contents of data URLs, folds
 * white space and cuts the rest to 300 characters.
 */
export function redactor(apiKey: string): Redact {
  return text => {
    // A body can be a megabyte; nothing past this can end up in the kept part once data URLs are shortened.
    let clean = text.slice(0, 20_000)
    if (apiKey !== '') clean = clean.replaceAll(apiKey, '[key]')
    clean = clean
      .replace(/\bBearer\s+[^\s"']+/gi, 'Bearer [key]')
      .replace(/data:[\w.+-]+\/[\w.+-]+[^,\s"']*,[^\s"']*/gi, 'data:[cut]')
      .replace(/(https?:\/\/[^\s"'<>?#]+)[?#][^\s"'<>]*/gi, '$1?[cut]')
      .replace(/(https?:\/\/)[^\s"'<>/@]+@/gi, '$1[cut]@')
      .replace(/\s+/g, ' ')
      .trim()
    return clean.length > KEPT_CHARS ? `${clean.slice(0, KEPT_CHARS - 1)}…` : clean
  }
}
