/** "…; boundary=X" of a multipart content type; null where it is none. */
export function boundaryOf(contentType: string): string | null {
  const found = /^multipart\/form-data;.*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType)
  return found ? (found[1] ?? found[2] ?? null) : null
}

/** The bytes of the first part of a multipart body as they come, without keeping more than a chunk. @throws Error where it breaks off. */
export async function* firstPart(source: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<Buffer> {
  const end = Buffer.from(`\r\n--${boundary}`)
  let inside = false
  let kept: Buffer = Buffer.alloc(0)
  let over = false
  for await (const chunk of source) {
    if (over) continue
    kept = Buffer.concat([kept, chunk])
    if (!inside) {
      const head = kept.indexOf('\r\n\r\n')
      if (head < 0) continue
      inside = true
      // The line break before the bytes is kept: that of an empty part belongs to its closing boundary too.
      kept = kept.subarray(head + 2)
      if (kept.indexOf(end) === 0) {
        over = true
        continue
      }
      kept = kept.subarray(2)
    }
    const at = kept.indexOf(end)
    if (at >= 0) {
      over = true
      if (at > 0) yield kept.subarray(0, at)
      continue
    }
    // The boundary may be cut in two by the chunks.
    const safe = Math.max(0, kept.length - end.length)
    if (safe > 0) yield kept.subarray(0, safe)
    kept = kept.subarray(safe)
  }
  if (!over) throw new Error('the multipart body has no end')
}
