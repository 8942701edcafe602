import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { MuranoError } from '../core/errors.ts'
import type { Vault } from '../core/ports.ts'

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

interface Key {
  id: string
  bytes: Buffer
}

/**
 * Seals by AES-256-GCM under `current`, and opens what was sealed under it or any of `old`; keys are 32 bytes in base64,
 * base64url or hex.
 *
 * A sealed value is "v1.KEYID.NONCE.BODY", the last two in base64url: 12 random bytes, then the ciphertext with its 16
 * bytes of tag. A key's id is the beginning of its SHA-256. What a value is about is authenticated with it.
 * @throws MuranoError `vault_bad_key`
 */
export function createVault(keys: { current: string; old: readonly string[] }): Vault {
  const current = readKey(keys.current)
  const known = new Map([current, ...keys.old.map(readKey)].map(key => [key.id, key.bytes]))
  return {
    seal(plain, about) {
      // Random nonces are safe for some billions of values under one key; here a key sees thousands.
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', current.bytes, nonce).setAAD(Buffer.from(about))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return ['v1', current.id, nonce.toString('base64url'), body.toString('base64url')].join('.')
    },

    open(sealed, about) {
      const parts = SEALED.exec(sealed)?.groups
      if (!parts) throw damaged(about)
      const bytes = known.get(parts.keyId!)
      if (!bytes) throw wrongKey(about, parts.keyId!, [...known.keys()])
      const nonce = Buffer.from(parts.nonce!, 'base64url')
      const body = Buffer.from(parts.body!, 'base64url')
      // The decoder forgives changes in the last character; we do not.
      if (body.toString('base64url') !== parts.body) throw damaged(about)
      const decipher = createDecipheriv('aes-256-gcm', bytes, nonce, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(about))
        .setAuthTag(body.subarray(-TAG_BYTES))
      const start = decipher.update(body.subarray(0, -TAG_BYTES))
      try {
        return Buffer.concat([start, decipher.final()]).toString('utf8')
      } catch (error) {
        throw damaged(about, error)
      }
    },

    isCurrent: sealed => SEALED.exec(sealed)?.groups?.keyId === current.id,
  }
}

/** 16 characters are 12 bytes of nonce; 22 and more are a tag and what it is of. */
const SEALED = /^v1\.(?<keyId>[0-9a-f]{8})\.(?<nonce>[\w-]{16})\.(?<body>[\w-]{22,})$/

function readKey(text: string): Key {
  const bytes = Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64')
  if (bytes.length !== KEY_BYTES) {
    throw new MuranoError(
      'vault_bad_key',
      'An encryption key is not 32 bytes in base64 or hex. Make one with: openssl rand -base64 32',
    )
  }
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 8), bytes }
}

const wrongKey = (about: string, missing: string, known: string[]) =>
  new MuranoError(
    'vault_wrong_key',
    `What is kept for ${about} was encrypted under the key ${missing}, which is not set (set: ${known.join(', ')}). ` +
      'Put that key back as ENCRYPTION_KEY, or into ENCRYPTION_KEYS_OLD; if it is lost, install the bot there anew.',
  )

const damaged = (about: string, cause?: unknown) =>
  new MuranoError(
    'vault_damaged',
    `What is kept for ${about} was changed, or belongs to something else, and is not used. ` +
      'Restore the database from a backup, or install the bot there anew.',
    { cause },
  )
