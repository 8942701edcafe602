import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type App, startApp } from '../../src/app.ts'
import { type Config, readConfig, secretsOf } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { freePort } from '../../src/sandbox/bot-process.ts'
import type { SandboxMessage } from '../../src/sandbox/control.ts'
import { call, joinAs, type Member } from '../../src/sandbox/member.ts'
import type { Person } from '../../src/sandbox/person.ts'
import { discordPerson } from '../../src/sandbox/person-discord.ts'
import { type SlackPerson, slackPerson } from '../../src/sandbox/person-slack.ts'
import { buttonNamed, readable } from '../../src/sandbox/readable.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts'
import { pgliteFolder } from './backends.ts'

/** The real bot, in this process, on a sandbox of its own. */
export interface Stage extends AsyncDisposable {
  sandbox: Sandbox
  app: App
  config: Config
  dataDir: string
  /** Lets the bot's clock jump; the sandbox's stays. */
  skip(ms: number): void
  join(name?: string): Promise<Member>
  /** Somebody in the sandbox, in words that are the same on every platform. */
  person(platform: Person['platform'], name?: string): Promise<Person>
  slackPerson(name?: string): Promise<SlackPerson>
  /** Puts a file on a web server, and returns the link to it. */
  web(name: string, bytes: Uint8Array): Promise<string>
  fault(name: string, on: boolean): Promise<void>
  /** Everything that the bot logged. */
  logs: string[]
  /** Files that the bot keeps, by their path in its folder. */
  keptFiles(): Promise<string[]>
}

/** Slack's other ways: many workspaces by OAuth, events by signed requests. */
export interface SlackWays {
  many?: boolean
  http?: boolean
}

export async function openStage(
  options: SandboxOptions & { env?: Record<string, string>; slackWays?: SlackWays } = {},
): Promise<Stage> {
  const folder = await pgliteFolder()
  const dataDir = folder.path
  const sandbox = await startSandbox({
    playground: false,
    ...options,
    venice: { processingMs: 0, ...options.venice },
  })
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  const config = readConfig({
    ...sandbox.env,
    DATA_DIR: dataDir,
    PORT: String(port),
    PUBLIC_URL: publicUrl,
    ...slackEnv(sandbox, options.slackWays ?? {}),
    ...options.env,
  })
  const logs: string[] = []
  let offset = 0
  const app = await startApp(config, {
    log: createLog({
      level: 'debug',
      secrets: secretsOf(config),
      write: line => logs.push(line),
    }),
    clock: () => Date.now() + offset,
    onFatal: error => logs.push(`FATAL ${error.message}`),
  })
  // As a person does it in the app's settings, once there is something that answers.
  if (options.slackWays?.http) await sandbox.slack.setRequestUrl(`${publicUrl}/slack/events`)
  const members: { close(): void }[] = []
  const joined = async <T extends { close(): void }>(joining: Promise<T>): Promise<T> => {
    const member = await joining
    members.push(member)
    return member
  }
  return {
    sandbox,
    app,
    config,
    dataDir,
    logs,
    skip: ms => {
      offset += ms
    },
    join: name => joined(joinAs(sandbox.url, name)),
    person: (platform, name) =>
      joined((platform === 'slack' ? slackPerson : discordPerson)(sandbox.url, name)),
    slackPerson: name => joined(slackPerson(sandbox.url, name)),
    async web(name, bytes) {
      const response = await fetch(`${sandbox.url}/sandbox/web/${name}`, {
        method: 'PUT',
        body: bytes as Uint8Array<ArrayBuffer>,
      })
      if (!response.ok) throw new Error(await response.text())
      return `${sandbox.url}/web/${name}`
    },
    async fault(name, on) {
      await call(sandbox.url, 'POST', '/sandbox/faults', { name, on })
    },
    async keptFiles() {
      const folders = ['sources', 'results', 'scratch']
      const lists = await Promise.all(
        folders.map(async f => (await readdir(join(dataDir, 'files', f))).map(n => `${f}/${n}`)),
      )
      return lists.flat()
    },
    async [Symbol.asyncDispose]() {
      for (const member of members) member.close()
      await app.close()
      await sandbox.close()
      folder.remove()
    },
  }
}

function slackEnv(sandbox: Sandbox, { many, http }: SlackWays): Record<string, string> {
  const { clientId, clientSecret, signingSecret } = sandbox.slack.oauthApp
  return {
    ...(many && {
      SLACK_BOT_TOKEN: '',
      SLACK_CLIENT_ID: clientId,
      SLACK_CLIENT_SECRET: clientSecret,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    }),
    ...(http && { SLACK_APP_TOKEN: '', SLACK_SIGNING_SECRET: signingSecret }),
  }
}

/** What a member says aloud of a message. */
export function aloud(member: Member, message: SandboxMessage): string {
  const names = new Map(member.state().users.map(u => [u.id, u.global_name ?? u.username]))
  return readable(message, id => names.get(id) ?? 'somebody', Date.now())
}

/** Asks for a clip and waits for the bot's answer: the card, or a refusal. */
export async function ask(
  member: Member,
  clip: { path?: string; bytes?: Uint8Array; name: string },
  options: { factor?: number; channelId?: string; deliveries?: number } = {},
): Promise<SandboxMessage> {
  const file = await member.upload(clip.bytes ?? (await readFile(clip.path!)), clip.name)
  const { factor, ...where } = options
  const interaction = await member.slash('upscale', { video: file.id, ...(factor ? { factor } : {}) }, where)
  return member.until(`an answer about ${clip.name}`, () =>
    member.messages().find(m => m.interaction?.id === interaction && !m.loading),
  )
}

/** Presses the button whose label begins so. */
export async function pressNamed(
  member: Member,
  message: SandboxMessage,
  label: string,
  deliveries = 1,
): Promise<string> {
  const button = buttonNamed(message, label)
  if (!button) throw new Error(`no button "${label}" to press in: ${aloud(member, message)}`)
  return member.press(message, button.custom_id!, { deliveries })
}

/** The bot's messages in the thread of a card, oldest first. */
export const threadOf = (member: Member, card: SandboxMessage): SandboxMessage[] => {
  const thread = member.state().channels.find(c => c.starter_message_id === card.id)
  return thread ? member.messages().filter(m => m.channel_id === thread.id) : []
}

/** The message that mentions the requester: the result, or what went wrong. */
export const closingOf = (member: Member, card: SandboxMessage): Promise<SandboxMessage> =>
  member.until('the closing message', () =>
    threadOf(member, card).find(m => m.mentions.some(u => u.id === member.user.id)),
  )

/** The newest of a message. */
export const now = (member: Member, message: SandboxMessage): SandboxMessage =>
  member.messages().find(m => m.id === message.id) ?? message
