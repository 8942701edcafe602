import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Action } from '../../src/core/action.ts'
import type { AdminAsk } from '../../src/core/admin.ts'
import { type AdminRequest, type Chat, ChatError, type Press } from '../../src/core/chat.ts'
import type { Job, JobIn, MessageRef, State } from '../../src/core/job.ts'
import { postingsOf } from '../../src/core/ledger.ts'
import type { Media, Upscaler, Work } from '../../src/core/ports.ts'
import { TOPAZ_VIDEO_UPSCALE } from '../../src/core/pricing.ts'
import { dueAt } from '../../src/core/schedule.ts'
import type { Button, Enclosure, View } from '../../src/core/view.ts'
import { writeCsv } from '../../src/csv.ts'
import { createForecasts } from '../../src/flows/forecasts.ts'
import { createProgress } from '../../src/flows/progress.ts'
import { onWork } from '../../src/flows/step.ts'
import type { Timer, World } from '../../src/flows/world.ts'
import { openFolder } from '../../src/storage/folder.ts'
import { createSigner } from '../../src/storage/link.ts'
import { openStore } from '../../src/store/index.ts'
import { pgliteFolder } from './backends.ts'
import { NO_CAPS } from './caps.ts'
import { NOON, sampleJob } from './jobs.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
/** Nobody waits in a test. */
const timer: Timer = (_, callback) => {
  callback()
  return () => {}
}
const never = () => Promise.reject(new Error('not expected to be asked'))

/** What people see, by the id of the message. */
export interface Shown {
  key: string
  view: View
  posts: number
  edits: number
}

/**
 * The flows on a real database and a real folder. Only the far sides are stood in for: the platform notes what it is
 * told, and the provider answers what a test says.
 */
export async function openWorld() {
  const folder = await pgliteFolder()
  let now = NOON
  let made = 0
  const clock = () => now
  const store = await openStore({ dataDir: folder.path, databaseUrl: null, log, clock })
  const root = join(folder.path, 'files')
  const files = await openFolder({
    root,
    publicUrl: 'https://murano.example',
    reachable: false,
    signer: createSigner('00'.repeat(32)),
    clock,
  })

  const messages = new Map<string, Shown>()
  const whispers: View[] = []
  const enclosed: (Enclosure & { text: string })[] = []
  const refuses = { files: false }
  const chat: Chat = {
    platform: 'somewhere',
    reply: async () => null,
    async whisper(_, view, file) {
      if (file && refuses.files) throw new ChatError('file_refused', 'no files here')
      whispers.push(view)
      if (file) enclosed.push({ ...file, text: await readFile(file.path, 'utf8') })
    },
    async post(channelId, view, { key }) {
      const id = `m-${key}`
      const there = messages.get(id)
      if (there) there.posts++
      else messages.set(id, { key, view, posts: 1, edits: 0 })
      return { channelId, messageId: id }
    },
    async edit({ messageId }, view) {
      const there = messages.get(messageId) ?? { key: messageId, posts: 0, edits: 0 }
      messages.set(messageId, { ...there, view, edits: there.edits + 1 })
    },
    openThread: async () => 'thread',
    uploadLimit: async () => 0,
    isIn: async () => true,
    editWait: () => 0,
  }
  const upscaler: Upscaler = {
    name: 'Acme',
    creditsUrl: 'https://acme.example/credits',
    maxInlineBytes: 1e9,
    profile: TOPAZ_VIDEO_UPSCALE,
    quote: never,
    balance: async () => ({ kind: 'ok', leftUsd: null }),
    submit: never,
    grantPolls: never,
    poll: never,
    charges: never,
    bill: async () => null,
    fetchResult: never,
    discard: never,
  }
  const media: Media = { probeSource: never, probeFile: never, copy: never, joinSound: never }
  const queued: Work[] = []
  const world: World = {
    store,
    books: store.books,
    rulebook: store.rulebook,
    caps: NO_CAPS,
    operators: new Set(['somewhere:1000']),
    queue: { add: async work => void queued.push(work), start() {}, async close() {} },
    upscaler,
    forecasts: createForecasts({ runTimes: store.runTimes, clock, log }),
    media,
    files,
    csv: writeCsv,
    chats: new Map([['somewhere', chat]]),
    progress: createProgress({ clock, timer, log, intervalMs: 0 }),
    clock,
    timer,
    newId: () => `job${++made}`,
    log,
  }

  return {
    world,
    upscaler,
    /** Everything that was whispered, oldest first. */
    whispers,
    /** The files that went with them, and what was in them then. */
    enclosed,
    /** What the platform does not take. */
    refuses,
    at: (ms: number) => {
      now = ms
    },
    /** A job of its own in that state, with its card posted and its source on the disk. */
    async put<S extends State>(state: S, over: Partial<JobIn<S>> = {}): Promise<JobIn<S>> {
      const id = world.newId()
      const { place, requesterId } = { ...sampleJob('quoting'), ...over }
      const start = { ...sampleJob('quoting'), id, place, requesterId }
      await store.create(start, `event ${id}`)
      const job = {
        ...sampleJob(state),
        sourceKey: `sources/${id}.mp4`,
        reply: null,
        ...over,
        id,
      } as unknown as JobIn<S>
      await store.save(start, job, { type: 'cancelled' }, dueAt(job), postingsOf(start, job))
      const card: MessageRef = { channelId: '2', messageId: `card-${id}` }
      await store.notePosts(id, { card, cardDone: state !== 'quoted', threadId: 'thread' })
      await writeFile(join(root, `sources/${id}.mp4`), 'a clip')
      return job
    },
    job: async (id: string): Promise<Job> => (await store.get(id))!,
    press(job: Job, name: Action['name'], over: Partial<Press> & { version?: number } = {}): Press {
      const { version = job.version, ...rest } = over
      return {
        platform: 'somewhere',
        eventId: 'e',
        presserId: job.requesterId,
        presserManages: () => Promise.reject(new Error('not expected to be asked')),
        presserIsIn: () => Promise.reject(new Error('not expected to be asked')),
        message: { channelId: '2', messageId: `card-${job.id}` },
        redelivered: false,
        action: { name, jobId: job.id, version },
        value: null,
        reply: {},
        ...rest,
      }
    },
    /** The command for those in charge, used by one of them. */
    admin: (ask: Partial<AdminAsk>, over: Partial<AdminRequest> = {}): AdminRequest => ({
      platform: 'somewhere',
      eventId: 'e',
      communityId: '1',
      personId: '99',
      manages: async () => true,
      ask: { word: null, options: {}, groups: [], people: [], ...ask },
      reply: {},
      ...over,
    }),
    /** The message that was posted under this key, as it is now. */
    shown: (key: string): Shown | undefined => messages.get(`m-${key}`) ?? messages.get(key),
    /** Everything that was posted, oldest first, as it is now. */
    posted: (): Shown[] => [...messages.values()],
    /** Lets the worker do what is queued for this job. */
    async work(id: string): Promise<void> {
      const mine = queued.filter(work => work.jobId === id)
      for (const work of mine) await onWork(world, work)
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      folder.remove()
    },
  }
}
export type TestWorld = Awaited<ReturnType<typeof openWorld>>

/** Every word of a view. */
export const wordsOf = (view: View | undefined): string => JSON.stringify(view?.parts ?? [])
export const labelsOf = (view: View | undefined): string[] =>
  (view?.controls.flat() ?? []).map(control => (control as Button).label)
