/** Reading of bodies whose shape is not known yet: nothing here throws, a wrong shape reads as absent. */
export type Json = Record<string, unknown>

export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}

export function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

export function objectsIn(value: unknown): Json[] {
  return asArray(value)
    .map(asObject)
    .filter(item => item !== undefined)
}

export function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

export function stringsIn(value: unknown): string[] {
  return asArray(value).filter(item => typeof item === 'string')
}
