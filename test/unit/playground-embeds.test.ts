import { describe, expect, it } from 'vitest'
import { readComponents, withoutControls } from '../../src/sandbox/playground/page/raw-component.ts'
import { readEmbeds } from '../../src/sandbox/playground/page/raw-embed.ts'

describe('embeds', () => {
  it('of a link to a clip are nothing but the clip, by the copy that Discord has of it', () => {
    const video = { url: 'https://a.example/fox.mp4', proxy_url: 'https://b.example/fox.mp4', width: 320 }
    expect(readEmbeds([{ type: 'video', url: 'https://a.example/fox.mp4', video }])).toEqual([
      {
        title: '',
        url: 'https://a.example/fox.mp4',
        description: '',
        accent: null,
        shown: {
          media: {
            url: 'https://b.example/fox.mp4',
            contentType: 'video/mp4',
            width: 320,
            height: null,
          },
          description: '',
          spoiler: false,
        },
        bare: true,
      },
    ])
  })

  it('with words are a box, with the clip before the picture of it', () => {
    const [embed] = readEmbeds([
      {
        type: 'video',
        title: 'The fox',
        description: 'walks',
        color: 255,
        thumbnail: { url: 'https://a.example/fox.jpg' },
        video: { url: 'https://a.example/fox', content_type: 'video/webm' },
      },
    ])
    expect(embed).toMatchObject({ title: 'The fox', description: 'walks', accent: 255, bare: false })
    expect(embed?.shown?.media).toMatchObject({ url: 'https://a.example/fox', contentType: 'video/webm' })
  })

  it('show a picture as one, and survive what is no embed', () => {
    const [picture, nothing, text] = readEmbeds([
      { thumbnail: { url: 'https://a.example/x' } },
      null,
      { title: 'a' },
    ])
    expect(picture).toMatchObject({ bare: true, shown: { media: { contentType: 'image/png' } } })
    expect(nothing).toMatchObject({ shown: null, bare: false })
    expect(text).toMatchObject({ title: 'a', shown: null, bare: false })
    expect(readEmbeds(undefined)).toEqual([])
  })
})

describe('components in a forward', () => {
  it('cannot be pressed, but links still lead somewhere', () => {
    const button = (more: object) => ({ type: 2, label: 'x', ...more })
    const components = readComponents([
      {
        type: 17,
        components: [
          { type: 10, content: 'Done' },
          {
            type: 1,
            components: [button({ custom_id: 'a' }), button({ url: 'https://a.example/', style: 5 })],
          },
          { type: 1, components: [{ type: 3, custom_id: 'b', options: [] }] },
          { type: 9, components: [{ type: 10, content: 'words' }], accessory: button({ custom_id: 'c' }) },
        ],
      },
    ])
    expect(withoutControls(components)).toMatchObject([
      {
        children: [
          { kind: 'text', content: 'Done' },
          {
            children: [
              { kind: 'button', disabled: true },
              { kind: 'button', disabled: false },
            ],
          },
          { children: [{ kind: 'select', disabled: true }] },
          { children: [{ content: 'words' }], accessory: { disabled: true } },
        ],
      },
    ])
  })
})
