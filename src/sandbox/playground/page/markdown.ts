/**
 * Discord's markdown as a tree. Pure, and without HTML: whoever draws the tree puts text in as text.
 * Rules: support.discord.com "Markdown Text 101" and docs: reference#message-formatting (November 2026).
 */
export type Inline =
  | { kind: 'text' | 'code'; text: string }
  | { kind: 'bold' | 'italic' | 'underline' | 'strike' | 'spoiler'; children: Inline[] }
  | { kind: 'link'; url: string; children: Inline[] }
  | { kind: 'user' | 'channel' | 'role'; id: string }
  | { kind: 'command'; name: string; id: string }
  /** `unix` in seconds. */
  | { kind: 'time'; unix: number; style: TimeStyle }
  | { kind: 'emoji'; name: string; id: string; animated: boolean }

export type Block =
  | { kind: 'paragraph' | 'subtext'; children: Inline[] }
  | { kind: 'heading'; level: 1 | 2 | 3; children: Inline[] }
  | { kind: 'quote'; blocks: Block[] }
  | { kind: 'list'; ordered: boolean; start: number; items: { depth: number; children: Inline[] }[] }
  | { kind: 'codeblock'; language: string; text: string }

export type TimeStyle = 't' | 'T' | 'd' | 'D' | 'f' | 'F' | 's' | 'S' | 'R'

const FENCE = /```(?:([\w+-]+)\n)?\n?([\s\S]+?)\n?```/g

export function parseMarkdown(source: string): Block[] {
  const blocks: Block[] = []
  let end = 0
  for (const match of source.matchAll(FENCE)) {
    blocks.push(...parseLines(source.slice(end, match.index).replace(/\n$/, '')))
    blocks.push({ kind: 'codeblock', language: match[1] ?? '', text: match[2] ?? '' })
    end = match.index + match[0].length
  }
  const rest = end === 0 ? source : source.slice(end).replace(/^\n/, '')
  return [...blocks, ...parseLines(rest)]
}

const HEADING = /^(#{1,3}) +(\S.*)$/
const SUBTEXT = /^-# +(\S.*)$/
const QUOTE = /^> (.*)$/
const QUOTE_REST = /^>>> ([\s\S]*)$/
const ITEM = /^( *)(?:([-*])|(\d{1,9})\.) +(\S.*)$/

function parseLines(source: string): Block[] {
  if (source === '') return []
  const lines = source.split('\n')
  const blocks: Block[] = []
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!
    const last = blocks.at(-1)
    const rest = QUOTE_REST.exec(lines.slice(i).join('\n'))
    if (rest) {
      blocks.push({ kind: 'quote', blocks: parseLines(rest[1]!) })
      break
    }
    const heading = HEADING.exec(line)
    const subtext = SUBTEXT.exec(line)
    const item = ITEM.exec(line)
    if (heading) {
      const level = heading[1]!.length as 1 | 2 | 3
      blocks.push({ kind: 'heading', level, children: parseInline(heading[2]!) })
    } else if (subtext) {
      blocks.push({ kind: 'subtext', children: parseInline(subtext[1]!) })
    } else if (QUOTE.test(line)) {
      const quoted: string[] = []
      for (; i < lines.length && QUOTE.test(lines[i]!); i++) quoted.push(QUOTE.exec(lines[i]!)![1]!)
      i--
      blocks.push({ kind: 'quote', blocks: parseLines(quoted.join('\n')) })
    } else if (item) {
      const ordered = item[2] === undefined
      const entry = { depth: Math.floor(item[1]!.length / 2), children: parseInline(item[4]!) }
      if (last?.kind === 'list' && last.ordered === ordered) last.items.push(entry)
      else blocks.push({ kind: 'list', ordered, start: Number(item[3] ?? 1), items: [entry] })
    } else {
      const children = parseInline(line)
      if (last?.kind === 'paragraph') last.children.push({ kind: 'text', text: '\n' }, ...children)
      else blocks.push({ kind: 'paragraph', children })
    }
  }
  return blocks
}

/** Deeper than anybody writes, and shallow enough for every stack. */
const MAX_DEPTH = 12

type Rule = [RegExp, (match: RegExpExecArray, depth: number) => Inline | null]

const nested =
  (kind: 'bold' | 'italic' | 'underline' | 'strike' | 'spoiler') =>
  (match: RegExpExecArray, depth: number): Inline => ({
    kind,
    children: parseInline(match[1] ?? match[2] ?? '', depth + 1),
  })

/** The patterns below let only http and https through to here. */
const web = (url: string): string | null => URL.parse(url)?.href ?? null

const RULES: Rule[] = [
  [/\\([^0-9A-Za-z\s])/y, m => ({ kind: 'text', text: m[1]! })],
  [/(`+)([\s\S]*?[^`])\1(?!`)/y, m => ({ kind: 'code', text: m[2]!.replace(/^ (?=`)|(?<=`) $/g, '') })],
  [/<@!?(\d{5,20})>/y, m => ({ kind: 'user', id: m[1]! })],
  [/<@&(\d{5,20})>/y, m => ({ kind: 'role', id: m[1]! })],
  [/<#(\d{5,20})>/y, m => ({ kind: 'channel', id: m[1]! })],
  [/<\/([\p{L}\p{N}_ -]{1,100}):(\d{5,20})>/uy, m => ({ kind: 'command', name: m[1]!, id: m[2]! })],
  [
    /<t:(-?\d{1,13})(?::([tTdDfFsSR]))?>/y,
    m => ({ kind: 'time', unix: Number(m[1]), style: (m[2] ?? 'f') as TimeStyle }),
  ],
  [/<(a?):(\w{2,32}):(\d{5,20})>/y, m => ({ kind: 'emoji', name: m[2]!, id: m[3]!, animated: m[1] === 'a' })],
  [
    /\[((?:\\.|[^\\\]\n])+)\]\(<?(https?:\/\/[^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s+"[^"\n]*")?\)/y,
    (m, depth) => {
      const url = web(m[2]!)
      return url ? { kind: 'link', url, children: parseInline(m[1]!, depth + 1) } : null
    },
  ],
  [/<(https?:\/\/[^\s<>]+)>/y, m => linkTo(m[1]!)],
  [/https?:\/\/[^\s<]*[^\s<.,:;"'\]()*_|`~]/y, m => linkTo(m[0])],
  [/\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y, nested('bold')],
  [/__((?:\\[\s\S]|[^\\])+?)__(?!_)/y, nested('underline')],
  [/~~([\s\S]+?)~~/y, nested('strike')],
  [/\|\|([\s\S]+?)\|\|/y, nested('spoiler')],
  [/\b_((?:__|\\[\s\S]|[^\\_])+?)_\b/y, nested('italic')],
  [/\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^*\s\\]|\*\*)|[^\s*\\])+?)\*(?!\*)/y, nested('italic')],
]

function linkTo(address: string): Inline | null {
  const url = web(address)
  return url ? { kind: 'link', url, children: [{ kind: 'text', text: address }] } : null
}

export function parseInline(source: string, depth = 0): Inline[] {
  if (depth > MAX_DEPTH) return [{ kind: 'text', text: source }]
  const found: Inline[] = []
  let text = ''
  const flush = () => {
    if (text !== '') found.push({ kind: 'text', text })
    text = ''
  }
  for (let at = 0; at < source.length; ) {
    const hit = ruleAt(source, at, depth)
    if (!hit) {
      text += source[at++]
      continue
    }
    if (hit.node.kind === 'text') text += hit.node.text
    else {
      flush()
      found.push(hit.node)
    }
    at += hit.length
  }
  flush()
  return found
}

const MAY_START = /[\\`<[h*_~|]/

function ruleAt(source: string, at: number, depth: number): { node: Inline; length: number } | null {
  if (!MAY_START.test(source[at]!)) return null
  for (const [pattern, make] of RULES) {
    pattern.lastIndex = at
    const match = pattern.exec(source)
    const node = match && make(match, depth)
    if (node) return { node, length: match[0].length }
  }
  return null
}

/** The words alone, on one line: for previews. */
export function plainText(
  source: string,
  nameOf: (kind: 'user' | 'channel' | 'role', id: string) => string,
): string {
  const words = (nodes: Inline[]): string => nodes.map(word).join('')
  const word = (node: Inline): string => {
    switch (node.kind) {
      case 'text':
      case 'code':
        return node.text
      case 'user':
      case 'channel':
      case 'role':
        return nameOf(node.kind, node.id)
      case 'command':
        return `/${node.name}`
      case 'time':
        return new Date(node.unix * 1000).toLocaleTimeString('en-GB', { timeStyle: 'short' })
      case 'emoji':
        return `:${node.name}:`
      default:
        return words(node.children)
    }
  }
  const block = (b: Block): string => {
    if (b.kind === 'codeblock') return b.text
    if (b.kind === 'quote') return b.blocks.map(block).join(' ')
    if (b.kind === 'list') return b.items.map(item => words(item.children)).join(' ')
    return words(b.children)
  }
  return parseMarkdown(source).map(block).join(' ').replace(/\s+/g, ' ').trim()
}
