import { describe, expect, it } from 'vitest'
import { type ClipSource, fileNameOf, LINK, shareableUrl } from '../../../src/core/source.ts'

describe('the name of a file behind a link', () => {
  it.each([
    ['https://example.com/a/holiday.mp4', 'holiday.mp4'],
    ['https://example.com/holiday.mp4?sig=a/b.mov#t=10', 'holiday.mp4'],
    ['https://example.com/sommer%20im%20%C3%BCberfluss.mov', 'sommer im überfluss.mov'],
    ['https://example.com/ünïcode.webm', 'ünïcode.webm'],
    ['https://example.com/%E6%98%A0%E7%94%BB.mp4', '映画.mp4'],
    ['https://example.com/watch', 'watch'],
    // Parts of a path that were hidden in the name.
    ['https://example.com/a%2F..%2F..%2Fetc%2Fpasswd', 'passwd'],
    ['https://example.com/C%3A%5Cclips%5Cb.mp4', 'b.mp4'],
    ['https://example.com/..%2F.hidden.mp4', 'hidden.mp4'],
    // Letters that show as nothing or turn the rest round.
    ['https://example.com/a%00b%0A%1Bc.mp4', 'ab c.mp4'],
    ['https://example.com/evil%E2%80%AE4pm.exe', 'evil4pm.exe'],
    ['https://example.com/a%E2%80%8B%EF%BB%BFb.mp4', 'ab.mp4'],
    ['https://example.com/a%20%20%C2%A0b.mp4', 'a b.mp4'],
    // Not decodable: as it stands.
    ['https://example.com/100%.mp4', '100%.mp4'],
    ['https://example.com/%ff.mp4', '%ff.mp4'],
  ])('of %s is %s', (url, name) => expect(fileNameOf(url)).toBe(name))

  it.each([
    'https://example.com',
    'https://example.com/',
    'https://example.com/clips/',
    'no link',
    '',
    'https://example.com/%20',
    'https://example.com/%2e%2e%00',
  ])('is "clip" where %j says nothing', url => expect(fileNameOf(url)).toBe('clip'))

  it('keeps its ending where it is too long, and cuts no letter in two', () => {
    const name = fileNameOf(`https://example.com/${encodeURIComponent('🎬'.repeat(300))}.mp4`)
    expect([...name]).toHaveLength(100)
    expect(name).toBe(`${'🎬'.repeat(95)}….mp4`)
    expect(fileNameOf(`https://example.com/${'a'.repeat(300)}`)).toBe(`${'a'.repeat(99)}…`)
    expect(fileNameOf(`https://example.com/${'a'.repeat(96)}.mp4`)).toBe(`${'a'.repeat(96)}.mp4`)
  })
})

describe('the address of a clip', () => {
  const file: ClipSource = { url: 'https://example.com/a', fileName: 'a', origin: 'chat', access: null }

  it('may be handed on where it is a platform file that needs no credential', () => {
    expect(shareableUrl(file)).toBe(file.url)
  })

  it.each([
    ['somebody typed it', { origin: LINK }],
    ['it needs a credential', { access: 'T1' }],
    ['it is not encrypted', { url: 'http://example.com/a' }],
  ])('may not where %s', (_, but) => expect(shareableUrl({ ...file, ...but })).toBeNull())
})
