import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createVault } from '../../src/vault/index.ts'

const newKey = () => randomBytes(32).toString('base64')
const idOf = (key: string) =>
  createHash('sha256').update(Buffer.from(key, 'base64')).digest('hex').slice(0, 8)
const about = 'installation:T123'

const codeOf = (work: () => unknown): unknown => {
  try {
    work()
    return 'no error'
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

describe('the vault', () => {
  const key = newKey()
  const vault = createVault({ current: key, old: [] })

  it('gives back what was sealed, whatever text it was', () => {
    for (const plain of ['', 'xoxb-1', '{"ä":"\u{1f600}\\n"}', 'x'.repeat(100_000)]) {
      expect(vault.open(vault.seal(plain, about), about)).toBe(plain)
    }
  })

  it('shows nothing of the value or the key, and names the key by the beginning of its hash', () => {
    const sealed = vault.seal('xoxb-secret', about)
    expect(sealed).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]+$/)
    expect(sealed.split('.')[1]).toBe(idOf(key))
    const bytes = sealed.split('.').map(part => Buffer.from(part, 'base64url').toString('latin1'))
    expect(bytes.join()).not.toContain('xoxb')
  })

  it('never seals the same value the same way twice', () => {
    const sealed = Array.from({ length: 500 }, () => vault.seal('the same', about))
    expect(new Set(sealed.map(s => s.split('.')[2])).size).toBe(500)
    expect(new Set(sealed.map(s => s.split('.')[3])).size).toBe(500)
  })

  it('takes a key in base64, base64url or hex', () => {
    const bytes = Buffer.alloc(32, 0xfb)
    const spellings = [bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex')]
    spellings.push(bytes.toString('hex').toUpperCase())
    const sealed = createVault({ current: spellings[0]!, old: [] }).seal('x', about)
    for (const current of spellings) expect(createVault({ current, old: [] }).open(sealed, about)).toBe('x')
  })

  it.each(['', 'password', randomBytes(16).toString('base64'), randomBytes(33).toString('hex')])(
    'refuses a key that is not 32 bytes: "%s"',
    bad => {
      expect(codeOf(() => createVault({ current: bad, old: [] }))).toBe('vault_bad_key')
      expect(codeOf(() => createVault({ current: key, old: [bad] }))).toBe('vault_bad_key')
    },
  )

  it('opens what was sealed under an old key, and knows that it is not current', () => {
    const sealed = vault.seal('x', about)
    const rotated = createVault({ current: newKey(), old: [newKey(), key] })
    expect(rotated.open(sealed, about)).toBe('x')
    expect([vault.isCurrent(sealed), rotated.isCurrent(sealed)]).toEqual([true, false])
    expect(rotated.isCurrent(rotated.seal('x', about))).toBe(true)
    expect(rotated.isCurrent('nonsense')).toBe(false)
  })

  it('says which key is missing and what to do, and never shows a key', () => {
    const other = newKey()
    const open = () => createVault({ current: other, old: [] }).open(vault.seal('x', about), about)
    expect(codeOf(open)).toBe('vault_wrong_key')
    expect(open).toThrow(idOf(key))
    expect(open).toThrow('ENCRYPTION_KEYS_OLD')
    expect(open).toThrow(about)
    for (const secret of [key, other]) expect(open).not.toThrow(secret)
  })

  it('refuses a value that was moved to belong to something else', () => {
    const sealed = vault.seal('x', about)
    for (const elsewhere of ['installation:T124', 'installation:T12', '', 'other:T123']) {
      expect(codeOf(() => vault.open(sealed, elsewhere))).toBe('vault_damaged')
    }
  })

  it('notices every bit that is flipped', () => {
    const sealed = Buffer.from(vault.seal('xoxb-12345', about))
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Buffer.from(sealed)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      const code = codeOf(() => vault.open(flipped.toString('latin1'), about))
      // A changed key id is another key's.
      expect(['vault_damaged', 'vault_wrong_key'], `bit ${bit}`).toContain(code)
    }
  })

  it('notices what was cut, lengthened, or put together from two values', () => {
    const [a, b] = [vault.seal('first', about), vault.seal('other', about)].map(s => s.split('.'))
    const bad = [
      '',
      'v1',
      a!.slice(0, 3).join('.'),
      `${a!.join('.')}A`,
      `${a!.join('.')}=`,
      `${a!.join('.')}\n`,
      a!.join('.').slice(0, -1),
      [...a!.slice(0, 3), a![3]!.slice(0, 20)].join('.'),
      [...a!.slice(0, 3), b![3]].join('.'),
      [...a!.slice(0, 2), 'AAAA', a![3]].join('.'),
    ]
    for (const sealed of bad)
      expect(
        codeOf(() => vault.open(sealed, about)),
        sealed,
      ).toBe('vault_damaged')
  })
})
