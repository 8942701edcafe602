import type { Job, Posts } from '../core/job.ts'

/** Columns from which a job is read. `state` and `version` are those of the row, which is what writers are held to. */
export interface JobRow {
  data: unknown
  posts: unknown
}

/**
 * JSON that jsonb takes. It refuses NUL and halves of surrogate pairs, which file names and cut quotations can hold;
 * a job must not be lost over one odd character, so they become U+FFFD.
 */
export const toJson = (value: object): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'string' ? part.replaceAll('\0', '\uFFFD').toWellFormed() : part,
  )

export function encodeJob(job: Job): { data: string; posts: string } {
  const { posts, ...data } = job
  return { data: toJson(data), posts: toJson(posts) }
}

/** Only we write these rows, and `encodeJob` is how; so what they hold is a job. */
export const decodeJob = (row: JobRow): Job =>
  ({ ...(row.data as object), posts: row.posts as Posts }) as unknown as Job
