import type { Caps } from '../core/caps.ts'
import type { Chat } from '../core/chat.ts'
import { CONTAINER_TYPES } from '../core/clip.ts'
import type { Job, ResultFile } from '../core/job.ts'
import type { Names } from '../core/messages/words.ts'
import type {
  Books,
  Clock,
  Files,
  JobStore,
  Log,
  Media,
  Rulebook,
  SourceForProvider,
  Upscaler,
  WorkQueue,
  WriteTable,
} from '../core/ports.ts'
import type { Forecasts } from './forecasts.ts'
import type { Progress } from './progress.ts'

/** Everything that the flows need from outside, joined in `app.ts`. */
export interface World {
  store: JobStore
  books: Books
  rulebook: Rulebook
  /** Of the whole installation; communities may set lower ones. */
  caps: Readonly<Caps>
  /** Who runs this installation: "platform:person". */
  operators: ReadonlySet<string>
  queue: WorkQueue
  upscaler: Upscaler
  forecasts: Forecasts
  media: Media
  files: Files
  csv: WriteTable
  chats: ReadonlyMap<string, Chat>
  progress: Progress
  clock: Clock
  timer: Timer
  /** Short, lower-case, unguessable. */
  newId: () => string
  log: Log
}

/** Calls back once after `ms`; the answer cancels it. */
export type Timer = (ms: number, callback: () => void) => () => void

export const namesOf = (world: World): Names => ({
  provider: world.upscaler.name,
  creditsUrl: world.upscaler.creditsUrl,
})

/** The chat that a job came from. @throws when its adapter is not running: the job waits until it is */
export function chatOf(world: World, job: Pick<Job, 'platform'>): Chat {
  const chat = world.chats.get(job.platform)
  if (!chat) throw new Error(`no adapter is running for ${job.platform}`)
  return chat
}

/** How long a finished video can be fetched by its link. */
export const RESULT_LINK_MS = 7 * 24 * 60 * 60_000
/** Attachments of commands are removed by their platform after a time that it does not tell. */
const SOURCE_URL_MS = 30 * 60_000
/** Long enough for the provider to fetch a source, however slowly it gets to it. */
const SOURCE_LINK_MS = 2 * 60 * 60_000

/** The source as the provider can have it: by our own link where that is reachable, else by where it came from. */
export function sourceFor(
  world: World,
  job: {
    createdAt: number
    sourceKey: string
    sourceUrl: string | null
    clip: { sizeBytes: number; container: keyof typeof CONTAINER_TYPES }
  },
): SourceForProvider {
  const fresh = world.clock() - job.createdAt < SOURCE_URL_MS
  const ours = world.files.publicLink(
    job.sourceKey,
    `source.${job.clip.container}`,
    world.clock() + SOURCE_LINK_MS,
  )
  return {
    // Where it came from lives only for a while; later the copy itself has to be sent.
    url: ours ?? (fresh && job.sourceUrl?.startsWith('https:') ? job.sourceUrl : null),
    path: world.files.path(job.sourceKey),
    contentType: CONTAINER_TYPES[job.clip.container],
    sizeBytes: job.clip.sizeBytes,
  }
}

/** A link to a finished video, and whether people elsewhere can open it. */
export const resultLink = (world: World, { key, fileName }: ResultFile, until: number) => ({
  url: world.files.link(key, fileName, until),
  until,
  reachable: world.files.publicLink(key, fileName, until) !== null,
})
