import { openAsBlob } from 'node:fs'
import type { Enclosure, Part, View } from '../../src/core/view.ts'
import { LIMITS } from './limits.ts'
import { attachmentName, cleanLine, cut } from './literal.ts'

/** A message with a file, as a form. The file is read from disk while it is sent: a 100 MB video costs no memory. */
export async function formOf(body: object, view: View, file: Enclosure): Promise<FormData> {
  const filename = attachmentName(file.fileName)
  const shown = view.parts.find((part): part is Extract<Part, { kind: 'file' }> => part.kind === 'file')
  const description = cut(cleanLine(shown?.description ?? ''), LIMITS.mediaDescription)
  const attachments = [{ id: '0', filename, ...(description === '' ? {} : { description }) }]
  const form = new FormData()
  form.append('payload_json', JSON.stringify({ ...body, attachments }))
  form.append('files[0]', await openAsBlob(file.path, { type: file.contentType }), filename)
  return form
}
