/** Reads CSV as RFC 4180 has it, written by its own hand: each row by the names in the first. */
export function parseCsv(text: string): Record<string, string>[] {
  if (!text.startsWith('\uFEFF')) throw new Error('no byte order mark')
  const rows: string[][] = [[]]
  let rest = text.slice(1)
  while (rest !== '') {
    const [whole, quoted, plain, end] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest) ?? []
    if (whole === undefined) throw new Error(`no CSV: ${JSON.stringify(rest.slice(0, 80))}`)
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end === '\r\n') rows.push([])
    rest = rest.slice(whole.length)
  }
  const [head = [], ...body] = rows.slice(0, -1)
  return body.map(row => {
    if (row.length !== head.length) throw new Error(`a row of ${row.length} cells, not ${head.length}`)
    return Object.fromEntries(head.map((name, i) => [name, row[i]!]))
  })
}
