/** Slack's mrkdwn (docs: messaging/formatting-message-text) as a tree. Pure. */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'bold' | 'italic' | 'strike'; children: Inline[] }
  | { kind: 'link'; url: string; children: Inline[] }
  | { kind: 'user'; id: string }
  | { kind: 'channel'; id: string; label: string }
  /** @here, @channel, @everyone, or a group of people. */
  | { kind: 'group'; name: string }
  | { kind: 'subteam'; id: string; label: string }
  | { kind: 'emoji'; name: string }
  /** `unix` in seconds; `format` with tokens as in date.ts; `url` null or where it leads. */
  | { kind: 'date'; unix: number; format: string; url: string | null; fallback: string }

export type Paragraph =
  | { kind: 'paragraph'; children: Inline[] }
  | { kind: 'quote'; children: Inline[] }
  | { kind: 'pre'; text: string }

type Emphasis = 'bold' | 'italic' | 'strike'
const SIGNS: Record<string, Emphasis> = { '*': 'bold', _: 'italic', '~': 'strike' }

/** The three signs that Slack wants escaped, back as a reader sees them. */
export const unescaped = (text: string): string =>
  text.replace(/&(lt|gt|amp);/g, (_, name: string) => (name === 'lt' ? '<' : name === 'gt' ? '>' : '&'))

export function parseMrkdwn(source: string): Paragraph[] {
  const out: Paragraph[] = []
  // Every second piece stood between fences; a fence that is never closed is text.
  const pieces = source.split('```')
  const closed = pieces.length % 2 === 1 ? pieces.length : pieces.length - 1
  for (let i = 0; i < closed; i++) {
    const piece = pieces[i]!
    if (i % 2 === 1) out.push({ kind: 'pre', text: unescaped(piece.replace(/^\n|\n$/g, '')) })
    else if (i === closed - 1 && closed < pieces.length) out.push(...lines(`${piece}\`\`\`${pieces.at(-1)}`))
    else if (piece !== '') out.push(...lines(i === 0 ? piece : piece.replace(/^\n/, '')))
  }
  return out
}

/** Paragraphs and quotes, line by line: no emphasis reaches over the end of a line. */
function lines(source: string): Paragraph[] {
  const out: { kind: 'paragraph' | 'quote'; children: Inline[] }[] = []
  for (const line of source.replace(/\n$/, '').split('\n')) {
    const quoted = /^(?:&gt;|>) ?/.exec(line)
    const kind = quoted ? 'quote' : 'paragraph'
    const children = parseInline(quoted ? line.slice(quoted[0].length) : line)
    const above = out.at(-1)
    if (above?.kind === kind) above.children.push({ kind: 'text', text: '\n' }, ...children)
    else out.push({ kind, children })
  }
  return out
}

const EMOJI = /:([a-z0-9_+-]{2,40}):/y
const BARE_URL = /https?:\/\/[^\s<>|]+/y
const TOKEN = /<([^<>\n]+)>/y

/** One line. `open`: the emphases that it stands in already. */
export function parseInline(source: string, open: ReadonlySet<string> = new Set()): Inline[] {
  const out: Inline[] = []
  const unclosed = new Set<string>()
  let plain = ''
  const flush = () => {
    if (plain !== '') out.push({ kind: 'text', text: unescaped(plain) })
    plain = ''
  }
  const take = (node: Inline, end: number) => {
    flush()
    out.push(node)
    at = end
  }
  let at = 0
  while (at < source.length) {
    const sign = source[at]!
    const token = sign === '<' ? matchAt(TOKEN, source, at) : null
    const node = token ? readToken(token[1]!) : null
    if (token && node) {
      take(node, at + token[0].length)
      continue
    }
    if (sign === '`') {
      const end = source.indexOf('`', at + 1)
      if (end > at + 1) {
        take({ kind: 'code', text: unescaped(source.slice(at + 1, end)) }, end + 1)
        continue
      }
    }
    const emphasis = SIGNS[sign]
    if (emphasis && !open.has(sign) && !unclosed.has(sign) && opensAt(source, at)) {
      const end = closingOf(source, at, sign)
      if (end !== null) {
        const inner = parseInline(source.slice(at + 1, end), new Set(open).add(sign))
        take({ kind: emphasis, children: inner }, end + 1)
        continue
      }
      unclosed.add(sign)
    }
    const emoji = sign === ':' ? matchAt(EMOJI, source, at) : null
    if (emoji) {
      take({ kind: 'emoji', name: emoji[1]! }, at + emoji[0].length)
      continue
    }
    const bare = sign === 'h' && !/\w/.test(source[at - 1] ?? '') ? matchAt(BARE_URL, source, at) : null
    if (bare) {
      const url = withoutEnding(bare[0])
      take(
        { kind: 'link', url: unescaped(url), children: [{ kind: 'text', text: unescaped(url) }] },
        at + url.length,
      )
      continue
    }
    plain += sign
    at++
  }
  flush()
  return out
}

/** The escaped sign comes first, because it ends in another one. */
const ENDING = ['&gt;', '.', ',', ';', ':', '!', '?', '*', '_', '~', ')', "'", '"']

/** An address without the end of the sentence and the signs around it, which are not part of it. */
function withoutEnding(address: string): string {
  let url = address
  for (let sign = endingOf(url); sign; sign = endingOf(url)) url = url.slice(0, -sign.length)
  return url
}

const endingOf = (url: string): string | undefined => ENDING.find(sign => url.endsWith(sign))

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(source)
}

const WORD = /[\p{L}\p{N}]/u

const opensAt = (source: string, at: number): boolean =>
  !WORD.test(source[at - 1] ?? '') && /\S/.test(source[at + 1] ?? '') && source[at + 1] !== source[at]

/** Where the sign that opens at `at` is closed; null where it is not. */
function closingOf(source: string, at: number, sign: string): number | null {
  for (let end = source.indexOf(sign, at + 2); end !== -1; end = source.indexOf(sign, end + 1)) {
    if (/\S/.test(source[end - 1]!) && !WORD.test(source[end + 1] ?? '')) return end
  }
  return null
}

/** What stands between < and >. Null: nothing that Slack knows, so it is text. */
function readToken(token: string): Inline | null {
  const bar = token.indexOf('|')
  const target = bar === -1 ? token : token.slice(0, bar)
  const label = bar === -1 ? '' : token.slice(bar + 1)
  if (/^@[UW]\w+$/.test(target)) return { kind: 'user', id: target.slice(1) }
  if (/^#[CGD]\w+$/.test(target)) return { kind: 'channel', id: target.slice(1), label: unescaped(label) }
  if (target.startsWith('!date^')) return readDate(target, label)
  if (/^!subteam\^S\w+$/.test(target))
    return { kind: 'subteam', id: target.slice(9), label: unescaped(label) }
  if (/^!(here|channel|everyone)$/.test(target)) return { kind: 'group', name: `@${target.slice(1)}` }
  if (!/^(?:https?:\/\/|mailto:)/i.test(target)) return null
  const url = unescaped(target)
  return { kind: 'link', url, children: label ? parseInline(label) : [{ kind: 'text', text: url }] }
}

function readDate(target: string, fallback: string): Inline | null {
  const [, seconds = '', format = '', link] = target.split('^')
  const unix = Number(seconds)
  if (seconds === '' || !Number.isFinite(unix)) return null
  return {
    kind: 'date',
    unix,
    format: unescaped(format),
    url: link ? unescaped(link) : null,
    fallback: unescaped(fallback),
  }
}
