import type { Request } from 'express'
import { asObject, type Json } from '../json.ts'
import { SlackError } from './errors.ts'

const BODY_LIMIT = 4 * 1024 * 1024

/**
 * What a call says in its query and its body: a form, a multipart form or JSON. The body wins.
 * @throws SlackError request_too_large, invalid_form_data, json_not_object
 */
export async function readArguments(request: Request): Promise<Json> {
  const query = Object.fromEntries(new URL(request.url, 'http://sandbox').searchParams)
  const chunks: Buffer[] = []
  let size = 0
  // Read to its end before anything is refused: a client that still sends would only see a cut line.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= BODY_LIMIT) chunks.push(chunk)
  }
  if (size > BODY_LIMIT) throw new SlackError('request_too_large')
  if (size === 0) return query
  const body = Buffer.concat(chunks)
  const type = request.get('content-type') ?? ''
  if (type.startsWith('application/json')) return { ...query, ...readJson(body.toString('utf8')) }
  if (type.startsWith('multipart/form-data')) return { ...query, ...(await readMultipart(body, type)) }
  return { ...query, ...Object.fromEntries(new URLSearchParams(body.toString('utf8'))) }
}

function readJson(text: string): Json {
  try {
    const read = asObject(JSON.parse(text))
    if (read) return read
  } catch {}
  throw new SlackError('json_not_object')
}

async function readMultipart(body: Uint8Array<ArrayBuffer>, type: string): Promise<Json> {
  try {
    return Object.fromEntries(await new Response(body, { headers: { 'content-type': type } }).formData())
  } catch {
    throw new SlackError('invalid_form_data')
  }
}
