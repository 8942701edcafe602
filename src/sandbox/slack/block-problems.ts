import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** What a value breaks of a schema, in the words and with the places (JSON pointers) that Slack gives them. */
export function problemsOf(schema: z.ZodType, value: unknown, at: string): string[] {
  const read = schema.safeParse(value)
  if (read.success) return []
  return read.error.issues.flatMap(issue =>
    sentencesFor(issue, value).map(([words, path]) => `${words} [json-pointer:${at}${pointer(path)}]`),
  )
}

function sentencesFor(issue: Issue, root: unknown): [words: string, path: PropertyKey[]][] {
  const { path } = issue
  switch (issue.code) {
    case 'too_big':
      if (issue.origin === 'string')
        return [[`must be less than ${Number(issue.maximum) + 1} characters`, path]]
      if (issue.origin === 'array') return [[`no more than ${issue.maximum} items allowed`, path]]
      return [[`must be no more than ${issue.maximum}`, path]]
    case 'too_small':
      if (issue.origin === 'string')
        return [[`must be more than ${Number(issue.minimum) - 1} characters`, path]]
      if (issue.origin === 'array') return [[`must have at least ${issue.minimum} item`, path]]
      return [[`must be at least ${issue.minimum}`, path]]
    case 'unrecognized_keys':
      return issue.keys.map(key => [`invalid additional property: ${key}`, path])
    case 'invalid_union': {
      // Of a choice by type: the type is none of those. Of any other choice: none of the branches fits.
      const given = valueAt(root, path)
      if (issue.discriminator !== undefined)
        return [
          [
            given === undefined ? 'missing required field: type' : `unsupported type: ${String(given)}`,
            path.slice(0, -1),
          ],
        ]
      return [['failed to match all allowed schemas', path]]
    }
    case 'invalid_type':
      if (valueAt(root, path) === undefined && path.length > 0)
        return [[`missing required field: ${String(path.at(-1))}`, path.slice(0, -1)]]
      return [[`must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`, path]]
    case 'invalid_value':
      return [[`must be a valid enum value`, path]]
    case 'invalid_format':
      return [[issue.format === 'url' ? 'must be a valid URL' : issue.message, path]]
    default:
      return [[issue.message, path]]
  }
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    root,
  )
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map(key => `/${String(key)}`).join('')
}
