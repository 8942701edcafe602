import { describe, expect, it } from 'vitest'
import { createSigner, linkPath, readLink } from '../../../src/storage/link.ts'

describe('a signed link', () => {
  const signer = createSigner('a secret of the installation')
  const grant = { key: 'results/k3j9x2m4q8.mp4', expiresAt: 1_795_000_000_000 }
  const parts = (path: string) => {
    const [, , folder, item, until, signature] = path.split('/')
    return { key: `${folder}/${item}`, until: until!, signature: signature! }
  }
  const good = parts(linkPath(signer, grant, 'holiday-2x.mp4'))

  it('carries its key and its end', () => expect(readLink(signer, good)).toEqual(grant))

  it('fits into a link button (512 characters), whatever the file is called', () => {
    expect(
      `https://murano.example.org${linkPath(signer, grant, 'ü'.repeat(300))}`.length,
    ).toBeLessThanOrEqual(512)
  })

  it.each([
    ['another key', { ...good, key: 'results/other.mp4' }],
    ['a later end', { ...good, until: (1_895_000_000).toString(36) }],
    ['a changed signature', { ...good, signature: `A${good.signature.slice(1)}` }],
    ['a cut signature', { ...good, signature: good.signature.slice(0, 10) }],
    ['no time', { ...good, until: '!' }],
  ])('with %s is nobody’s', (_name, forged) => expect(readLink(signer, forged)).toBeNull())

  it('of another installation is nobody’s', () =>
    expect(readLink(createSigner('another secret'), good)).toBeNull())
})
