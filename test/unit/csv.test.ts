import { describe, expect, it } from 'vitest'
import { writeCsv } from '../../src/csv.ts'

const cell = (value: string) =>
  writeCsv(['name'], [[value]])
    .split('\r\n')
    .slice(1)
    .join('\r\n')

describe('a table as CSV', () => {
  it('has a byte order mark, ends each row with CR LF, and leaves empty cells empty', () => {
    expect(
      writeCsv(
        ['a', 'b'],
        [
          ['1', ''],
          ['é 🎬', 'x'],
        ],
      ),
    ).toBe('\uFEFFa,b\r\n1,\r\né 🎬,x\r\n')
  })

  it.each([
    ['=cmd|/c calc!A1', "'=cmd|/c calc!A1"],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
    ['+1+1', "'+1+1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['-2+3', "'-2+3"],
    ['\t=1', "'\t=1"],
    ['＝1+1', "'＝1+1"],
    ['a,"b"\nc', '"a,""b""\nc"'],
    ['a\r\n=1', '"a\r\n=1"'],
  ])('writes %j so that it is read as those letters', (name, written) => {
    expect(cell(name)).toBe(`${written}\r\n`)
  })

  it('leaves numbers below zero numbers', () => {
    expect(cell('-0.040000')).toBe('-0.040000\r\n')
  })
})
