import { Refusal } from '../core/errors.ts'
import type { Bytes } from './bytes.ts'

const broken = (why: string) => new Refusal('broken_file', { why })

/** A number in Matroska's variable length; `raw` keeps the length marker, as ids do. Null: all ones, "unknown". */
function variable(b: Uint8Array, at: number, raw: boolean): { value: number | null; next: number } {
  const first = b[at]
  if (!first) throw broken('a head is cut off')
  const length = Math.clz32(first) - 23
  if (at + length > b.length) throw broken('a head is cut off')
  let value = raw ? first : first & (0xff >> length)
  let ones = (first | (0xff << (8 - length))) & 0xff
  for (let i = 1; i < length; i++) {
    value = value * 256 + (b[at + i] ?? 0)
    ones &= b[at + i] ?? 0
  }
  return { value: !raw && ones === 0xff ? null : value, next: at + length }
}

const EBML = 0x1a45dfa3
const DOC_TYPE = 0x4282
const SEGMENT = 0x18538067

/**
 * Checks that a file that begins like Matroska is a whole WebM.
 * @throws Refusal unsupported_container (other Matroska), broken_file (cut off)
 */
export async function checkWebm(bytes: Bytes): Promise<void> {
  const b = await bytes.read(0, Math.min(bytes.size, 4096))
  const head = variable(b, 4, false)
  if (head.value === null || head.next + head.value > b.length || EBML !== variable(b, 0, true).value)
    throw broken('a head is cut off')
  const headEnd = head.next + head.value
  let docType = ''
  for (let at = head.next; at < headEnd; ) {
    const id = variable(b, at, true)
    const size = variable(b, id.next, false)
    if (size.value === null || size.next + size.value > headEnd) throw broken('a head is cut off')
    if (id.value === DOC_TYPE)
      docType = new TextDecoder().decode(b.subarray(size.next, size.next + size.value)).replace(/\0+$/, '')
    at = size.next + size.value
  }
  if (docType !== 'webm') throw new Refusal('unsupported_container', { container: 'MKV' })

  const segment = variable(b, headEnd, true)
  if (segment.value !== SEGMENT) throw broken('no segment')
  const length = variable(b, segment.next, false)
  // A browser's recorder does not know the length beforehand and says so; then a cut can't be told from an end.
  if (length.value !== null && length.next + length.value > bytes.size) throw broken('cut off')
}
