/**
 * Names for what the bot writes, by what its database driver is given: known by the SQL that is sent, so that no line of
 * the bot has to know of this. A write that has no name here is said at the end of a run, so that it can be given one.
 */

/** What the driver was given that changes something: null for reads and for what belongs to the queue's own tables. */
export function nameOfWrite(sql: string, params: readonly unknown[]): string | null {
  // Tables are made and changed before there is anything to lose.
  if (/migration|^\s*(create|alter|drop) /i.test(sql)) return null
  if (!/\b(insert into|update|delete from)\b/i.test(sql) || /bullmq|\bqueue\b/i.test(sql)) return null
  for (const [pattern, name] of WRITES) {
    if (!pattern.test(sql)) continue
    return typeof name === 'string' ? name : name(params)
  }
  return `unnamed: ${sql.replace(/\s+/g, ' ').slice(0, 120)}`
}

/** The first that fits. */
const WRITES: readonly [RegExp, string | ((params: readonly unknown[]) => string)[][0]][] = [
  [/insert into "seen_events"/, 'job created'],
  [/update "jobs" set "state" =/, params => `job ${eventIn(params)}`],
  [/update "jobs" set "posts" = posts/, params => `note ${notedIn(params)}`],
  [/update "jobs" set "told" =/, 'told'],
  [/delete from "jobs"/, 'job forgotten'],
  [/with "turns" as .* update "jobs"/s, 'due claimed'],
  [/update jobs set due_at = .* from turns/s, 'polls claimed'],
  [/insert into "postings"/, 'posting begun'],
  [/update "postings"/, 'posting noted'],
  [/insert into "run_times"/, 'run time noted'],
  [/insert into limits as l \(name, tat/, 'limit taken'],
  [/insert into limits as l \(name, failures/, 'failure counted'],
  [/insert into "limits"/, 'limit held'],
  [/insert into "rule_changes"/, 'rule changed'],
  [/insert into "settings"/, 'setting'],
  [/delete from/, 'pruned'],
  // What migrations do to rows.
  [/^\s*update\s+jobs\s+set\s+(data|posts)\s+=\s/, 'migrated'],
]

/** The move that a write makes: its event's type. */
const eventIn = (params: readonly unknown[]): string => firstMatch(params, /^\{"type":"(\w+)"/) ?? 'moved'

/** Which post is noted: the last name in it, as the others are facts beside it. */
const notedIn = (params: readonly unknown[]): string => firstMatch(params, /^\{"(\w+)":/) ?? 'posts'

/** The job that a move writes, and its clip's name. */
export function jobIn(params: readonly unknown[]): { id: string; fileName: string } | null {
  const data = params.find(param => typeof param === 'string' && /^\{.*"fileName":/s.test(param))
  if (typeof data !== 'string') return null
  const { id, fileName } = JSON.parse(data) as { id?: string; fileName?: string }
  return id && fileName ? { id, fileName } : null
}

function firstMatch(params: readonly unknown[], pattern: RegExp): string | null {
  for (const param of params) {
    const found = typeof param === 'string' && pattern.exec(param)?.[1]
    if (found) return found
  }
  return null
}
