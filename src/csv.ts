import { stringify } from 'csv-stringify/sync'
import type { WriteTable } from './core/ports.ts'

/** Begins like a formula, and is none. */
const NUMBER = /^-\d+(\.\d+)?$/

/**
 * CSV as RFC 4180 has it, in UTF-8 with a byte order mark, without which spreadsheets take it for something older. A cell
 * that one would run as a formula gets a ' in front (owasp.org, CSV injection): people choose the names of their files.
 */
export const writeCsv: WriteTable = (head, rows) =>
  stringify([[...head], ...rows.map(row => [...row])], {
    bom: true,
    record_delimiter: 'windows',
    escape_formulas: true,
    cast: { string: value => (NUMBER.test(value) ? { value, escape_formulas: false } : value) },
  })
