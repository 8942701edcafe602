import type { APIAttachment, APIEmbed, APIMessageComponent } from 'discord.js'
import { describe, expect, it } from 'vitest'
import { findClip, sourceOfLink } from '../../../adapters/discord/files.ts'

const CDN = 'https://cdn.discordapp.com/attachments/1/2'
const file = (filename: string, more: Partial<APIAttachment> = {}): APIAttachment => ({
  id: '2',
  filename,
  size: 1,
  url: `${CDN}/${filename}?ex=1&hm=2`,
  proxy_url: '',
  ...more,
})
const video = (url: string, content_type?: string): APIEmbed => ({
  video: { url, ...(content_type && { content_type }) },
})
const gallery = (...urls: string[]): APIMessageComponent => ({
  type: 12,
  items: urls.map(url => ({ media: { url } })),
})
const forward = (message: object) => ({ message_snapshots: [{ message }] }) as object

describe('the clip in a message', () => {
  it.each<[string, object, string | undefined]>([
    ['a file', { attachments: [file('a.mp4')] }, 'discord a.mp4'],
    [
      'the first video of its files',
      { attachments: [file('a.png'), file('b.mov'), file('c.mp4')] },
      'discord b.mov',
    ],
    ['one without an ending', { attachments: [file('a', { content_type: 'video/mp4' })] }, 'discord a'],
    [
      'one whose kind the sender did not know',
      { attachments: [file('A.MOV', { content_type: 'application/octet-stream' })] },
      'discord A.MOV',
    ],
    [
      'one that can not be taken, which is said better once it was read',
      { attachments: [file('a.mkv', { content_type: 'video/x-matroska' })] },
      'discord a.mkv',
    ],
    [
      'one with letters that Discord takes out',
      { attachments: [file('a.mp4', { title: 'Лиса' })] },
      'discord Лиса.mp4',
    ],
    [
      'a sound with the ending of a video',
      { attachments: [file('a.mp4', { content_type: 'audio/mp4' })] },
      undefined,
    ],
    ['pictures', { attachments: [file('a.png', { content_type: 'image/png' })] }, undefined],
    ['a forwarded file', forward({ attachments: [file('a.mp4')] }), 'discord a.mp4'],
    ['a forwarded link', forward({ embeds: [video('https://a.example/x/b%20c.mp4')] }), 'link b c.mp4'],
    ['a forwarded component', forward({ components: [gallery(`${CDN}/a.mp4`)] }), 'discord a.mp4'],
    ['a link to a file of Discord', { embeds: [video(`${CDN}/a.mp4?ex=1`)] }, 'discord a.mp4'],
    [
      'the same by its proxy',
      { embeds: [video('https://media.discordapp.net/attachments/1/2/a.mp4')] },
      'discord a.mp4',
    ],
    ['a link to somewhere else', { embeds: [{}, video('https://a.example/v')] }, 'link v'],
    [
      'a lookalike of Discord',
      { embeds: [video('https://cdn.discordapp.com.a.example/a.mp4')] },
      'link a.mp4',
    ],
    ['another port of Discord', { embeds: [video('https://cdn.discordapp.com:444/a.mp4')] }, 'link a.mp4'],
    ['Discord without encryption', { embeds: [video('http://cdn.discordapp.com/a.mp4')] }, 'link a.mp4'],
    [
      'an embed that plays something else',
      { embeds: [video('https://a.example/p', 'text/html')] },
      undefined,
    ],
    ['an embed with an address of another kind', { embeds: [video('data:video/mp4;base64,AA')] }, undefined],
    ['a gallery', { components: [gallery('https://a.example/a.png', `${CDN}/b.webm`)] }, 'discord b.webm'],
    [
      'a gallery in a container',
      {
        components: [
          { type: 17, components: [{ type: 10, content: 'x' }, gallery('https://a.example/a.mp4')] },
        ],
      },
      'link a.mp4',
    ],
    [
      'an upload in a component',
      {
        components: [{ type: 12, items: [{ media: { url: 'http://127.0.0.1/a.mp4', attachment_id: '2' } }] }],
      },
      'discord a.mp4',
    ],
    [
      'a file component, by the name that it shows',
      {
        components: [
          { type: 13, name: 'b.mkv', file: { url: `${CDN}/x`, content_type: 'video/x-matroska' } },
        ],
      },
      'discord b.mkv',
    ],
    ['only buttons', { components: [{ type: 1, components: [] }] }, undefined],
    [
      'a file and what else there is',
      {
        attachments: [file('own.mp4')],
        embeds: [video('https://a.example/e.mp4')],
        ...forward({ attachments: [file('f.mp4')] }),
      },
      'discord own.mp4',
    ],
    [
      'a forward and a link',
      { embeds: [video('https://a.example/e.mp4')], ...forward({ attachments: [file('f.mp4')] }) },
      'discord f.mp4',
    ],
    [
      'a link and a component',
      { embeds: [video('https://a.example/e.mp4')], components: [gallery(`${CDN}/a.mp4`)] },
      'link e.mp4',
    ],
    ['nothing', {}, undefined],
  ])('%s', (_, message, found) => {
    const clip = findClip(message)
    expect(clip ? `${clip.origin} ${clip.fileName}` : undefined).toBe(found)
    expect(clip?.access ?? null).toBeNull()
  })

  it('keeps the signature of its address', () => {
    expect(findClip({ attachments: [file('a.mp4')] })?.url).toBe(`${CDN}/a.mp4?ex=1&hm=2`)
  })
})

describe('a link', () => {
  it('is taken without the spaces around it', () => {
    expect(sourceOfLink(' \u00A0https://a.example/x/fox%20walk.mp4?k=1\u3000\n')).toEqual({
      url: 'https://a.example/x/fox%20walk.mp4?k=1',
      fileName: 'fox walk.mp4',
      origin: 'link',
      access: null,
    })
  })

  it('to a file of Discord is a link like any other: somebody typed it', () => {
    expect(sourceOfLink(`${CDN}/a.mp4`)?.origin).toBe('link')
  })

  it.each([
    '',
    ' ',
    'fox.mp4',
    'a.example/fox.mp4',
    'ftp://a.example/a.mp4',
    'file:///etc/passwd',
    'javascript:1',
  ])('is not %j', typed => {
    expect(sourceOfLink(typed)).toBeNull()
  })
})
