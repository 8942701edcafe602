import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

interface Extent {
  width: number | undefined
  height: number | undefined
}
const LONGEST_MS = 5000
const UNKNOWN: Extent = { width: undefined, height: undefined }

/** A picture's head is enough; a video's index may be anywhere, so its library reads what it needs. */
export async function measure(path: string, contentType: string | undefined): Promise<Extent> {
  if (contentType?.startsWith('video/')) return await measureVideo(path)
  if (contentType === 'image/png') return await measurePng(path)
  return UNKNOWN
}

/** Width and height as shown, after rotation. Anything that can't be read is left out, as Discord does. */
async function measureVideo(path: string): Promise<Extent> {
  const { ALL_FORMATS, FilePathSource, Input } = await import('mediabunny')
  const input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS })
  const read = async (): Promise<Extent> => {
    const track = await input.getPrimaryVideoTrack()
    if (!track) return UNKNOWN
    return { width: await track.getDisplayWidth(), height: await track.getDisplayHeight() }
  }
  // A hostile file may keep the library busy; nobody waits for the size of a picture.
  const tooLong = new AbortController()
  try {
    return await Promise.race([read(), wait(LONGEST_MS, UNKNOWN, { signal: tooLong.signal })])
  } catch {
    return UNKNOWN
  } finally {
    tooLong.abort()
    input.dispose()
  }
}

async function measurePng(path: string): Promise<Extent> {
  const bytes = await readFile(path)
  if (bytes.length < 24 || bytes.toString('latin1', 1, 4) !== 'PNG') return UNKNOWN
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}
