import { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { Router } from 'express'
import type { Coverage, FaultSwitch, SlackCall, SlackSandboxEvent, SlackState } from '../control.ts'
import { apiRouter } from './api.ts'
import { controlRouter } from './control-routes.ts'
import { COVERAGE } from './coverage.ts'
import { type After, createDelivery } from './delivery.ts'
import { createFaults } from './faults.ts'
import { fileRouter } from './file-routes.ts'
import { createIds, createTs } from './ids.ts'
import { readManifest } from './manifest.ts'
import { authMethods } from './methods-auth.ts'
import { chatMethods } from './methods-chat.ts'
import { conversationMethods } from './methods-conversations.ts'
import { fileMethods } from './methods-files.ts'
import { oauthMethods } from './methods-oauth.ts'
import { userGroupMethods } from './methods-user-groups.ts'
import { userMethods } from './methods-users.ts'
import { viewMethods } from './methods-views.ts'
import { oauthRouter } from './oauth-pages.ts'
import { responseRouter } from './response-routes.ts'
import { seedWorld } from './seed.ts'
import type { Stage } from './stage.ts'
import { slackState } from './state.ts'
import { uploadRouter } from './upload-routes.ts'

export interface SlackOptions {
  /** Wall-clock ms: message times, codes, triggers and the life of tokens go by it. */
  clock?: () => number
  /** What time is measured with: answers that are due, events that come again, uploads that become messages. */
  after?: After
  /** Where uploaded files are kept, in a folder that `close` removes; the system's own place by default. */
  workDir?: string
  /** Tokens of new installations end after 12 hours and are refreshed. */
  tokenRotation?: boolean
  /** What the app declares; by default the project's own slack-manifest.yaml. */
  manifest?: URL
  /** Whether methods answer 429 when they are called too often (default true). */
  rateLimits?: boolean
  log?: (line: string) => void
}

export interface SlackStandIn {
  api: Router
  files: Router
  upload: Router
  response: Router
  oauth: Router
  control: Router
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Of the workspace where the app is installed from the start. */
  botToken: string
  /** For apps.connections.open. */
  appToken: string
  oauthApp: { clientId: string; clientSecret: string; signingSecret: string }
  /** Everything that must not come to light, now or before: the app's own secrets, tokens, codes. */
  secrets(): string[]
  /**
   * From now on payloads are POSTed here, signed; null: over sockets again.
   * @throws Error when the address does not answer Slack's challenge
   */
  setRequestUrl(url: string | null): Promise<void>
  state(): SlackState
  on(listener: (event: SlackSandboxEvent) => void): () => void
  /** The last 500 Web API calls, oldest first. */
  calls(): SlackCall[]
  faults: { list(): FaultSwitch[]; set(name: string, on: boolean): boolean }
  coverage: Coverage
  /** Where this is reached from outside; links to files, uploads and sockets begin with it. */
  setBaseUrl(url: string): void
  close(): Promise<void>
}

const CALLS_KEPT = 500
/** Slack shares a file a moment after it answered that it will. */
const SOON_MS = 20

/** A Slack of two workspaces, in this process: Web API, Socket Mode and signed POSTs, files, OAuth, and its people's hands. */
export function createSlack(options: SlackOptions = {}): SlackStandIn {
  const clock = options.clock ?? Date.now
  const manifest = readManifest(options.manifest)
  const world = seedWorld(manifest, options.tokenRotation ?? false)
  const events = new EventEmitter<{ event: [SlackSandboxEvent] }>().setMaxListeners(0)
  const calls: SlackCall[] = []
  const after = options.after ?? inRealTime
  const pending = new Set<() => void>()
  const faults = createFaults()
  let baseUrl = 'http://127.0.0.1'
  let folder: Promise<string> | undefined
  const delivery = createDelivery(() => stage, { after })
  faults.onSet((name, on) => {
    if (name === 'slack-socket-drop' && on && delivery.drop() > 0) faults.clear('slack-socket-drop')
  })
  const stage: Stage = {
    world,
    manifest,
    delivery,
    faults,
    clock,
    nextTs: createTs(clock),
    nextId: createIds(),
    emit: event => void events.emit('event', event),
    called(call) {
      calls.push(call)
      if (calls.length > CALLS_KEPT) calls.shift()
    },
    soon(work) {
      const cancel = after(SOON_MS, () => {
        pending.delete(cancel)
        work()
      })
      pending.add(cancel)
    },
    log: options.log ?? (() => {}),
    baseUrl: () => baseUrl,
    workDir: () => {
      folder ??= mkdtemp(join(options.workDir ?? tmpdir(), 'murano-slack-'))
      return folder
    },
  }
  const on = (listener: (event: SlackSandboxEvent) => void) => {
    events.on('event', listener)
    return () => void events.off('event', listener)
  }
  const methods = [
    ...authMethods(stage),
    ...oauthMethods(stage),
    ...chatMethods(stage),
    ...conversationMethods(stage),
    ...userMethods(stage),
    ...userGroupMethods(stage),
    ...fileMethods(stage),
    ...viewMethods(stage),
  ]
  const [installed] = [...world.workspaces.values()].flatMap(({ installation }) => installation ?? [])
  return {
    api: apiRouter(stage, methods, { rateLimits: options.rateLimits ?? true }),
    files: fileRouter(stage),
    upload: uploadRouter(stage),
    response: responseRouter(stage),
    oauth: oauthRouter(stage),
    control: controlRouter(stage, { coverage: COVERAGE, calls: () => [...calls], on }),
    handleUpgrade: (request, socket, head) => delivery.handleUpgrade(request, socket, head),
    botToken: installed?.bot_token ?? '',
    appToken: world.app.app_token,
    oauthApp: {
      clientId: world.app.client_id,
      clientSecret: world.app.client_secret,
      signingSecret: world.app.signing_secret,
    },
    secrets() {
      const { client_secret, signing_secret, app_token } = world.app
      return [client_secret, signing_secret, app_token, ...world.issued, ...world.codes.keys()]
    },
    setRequestUrl: url => delivery.setRequestUrl(url),
    state: () => slackState(stage),
    on,
    calls: () => [...calls],
    faults: { list: faults.list, set: faults.set },
    coverage: COVERAGE,
    setBaseUrl: url => {
      baseUrl = url
    },
    async close() {
      for (const cancel of pending) cancel()
      await delivery.close()
      if (folder) await rm(await folder, { recursive: true, force: true })
    },
  }
}

const inRealTime: After = (ms, act) => {
  const timer = setTimeout(act, ms)
  return () => clearTimeout(timer)
}
