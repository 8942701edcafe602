import { createHmac, timingSafeEqual } from 'node:crypto'

export interface Grant {
  key: string
  /** Wall-clock ms, in whole seconds. */
  expiresAt: number
}

/** Signs grants with a secret that all processes of an installation share. */
export interface Signer {
  sign(grant: Grant): string
}

export const createSigner = (secret: string): Signer => ({
  // 128 bits: short enough for the 512 characters of a link button, far too long to guess.
  sign: grant =>
    createHmac('sha256', secret)
      .update(`${grant.key}\n${seconds(grant)}`)
      .digest()
      .subarray(0, 16)
      .toString('base64url'),
})

const seconds = (grant: Grant) => Math.floor(grant.expiresAt / 1000)

/** "/files/results/k3j9.mp4/tm2x1c/SIGNATURE/holiday-2x.mp4": the name comes last, so that players see the ending. */
export const linkPath = (signer: Signer, grant: Grant, fileName: string): string =>
  `/files/${grant.key}/${seconds(grant).toString(36)}/${signer.sign(grant)}/${encodeName(fileName)}`

/** Encoded, at most 240 characters; where it is longer, the end stays, because it tells players what this is. */
function encodeName(fileName: string): string {
  const letters = [...fileName]
  while (encodeURIComponent(letters.join('')).length > 240) letters.shift()
  return encodeURIComponent(letters.join(''))
}

/** The grant that a link carries; null when it was not signed by us. The caller looks at the time. */
export function readLink(
  signer: Signer,
  parts: { key: string; until: string; signature: string },
): Grant | null {
  const expires = Number.parseInt(parts.until, 36)
  if (!Number.isSafeInteger(expires)) return null
  const grant = { key: parts.key, expiresAt: expires * 1000 }
  const given = Buffer.from(parts.signature)
  const wanted = Buffer.from(signer.sign(grant))
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? grant : null
}
