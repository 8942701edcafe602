import { Client, type ClientEvents, Events, GatewayIntentBits, REST, type RESTOptions } from 'discord.js'
import { type Attachment, type DiscordEvent, MOUNT, type SandboxMessage } from '../../src/sandbox/control.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts'

/**
 * The sandbox's Venice brings undici 8 into this process. From then on discord.js' own undici 6 sends through undici
 * 8's global dispatcher, which refuses its FormData: every upload fails. Node's fetch takes both.
 */
const makeRequest: RESTOptions['makeRequest'] = async (url, init) =>
  (await fetch(url, init as RequestInit)) as unknown as Awaited<ReturnType<RESTOptions['makeRequest']>>

/** A sandbox with the hands of its members and the real discord.js on the other side. */
export interface Stage extends AsyncDisposable {
  sandbox: Sandbox
  /** discord.js' own REST client, without retries. */
  rest: REST
  /** A logged-in discord.js client; closed with the stage. */
  login(intents?: GatewayIntentBits[]): Promise<Client<true>>
  /** POSTs to a control route. */
  act(path: string, body: unknown): Promise<Response>
  upload(filename: string, bytes: Uint8Array<ArrayBuffer>): Promise<Attachment>
  /** The next event that fits. */
  event<T extends DiscordEvent['type']>(
    type: T,
    fits?: (event: Extract<DiscordEvent, { type: T }>) => boolean,
  ): Promise<Extract<DiscordEvent, { type: T }>>
  channel(name: string): string
  user(name: string): string
  message(id: string): SandboxMessage | undefined
}

export async function openStage(options: SandboxOptions = {}): Promise<Stage> {
  const sandbox = await startSandbox({ playground: false, ...options })
  const { discord, env, url } = sandbox
  const clients: Client[] = []
  const rest = new REST({ api: env.DISCORD_API_URL, retries: 0, makeRequest }).setToken(env.DISCORD_TOKEN)
  const named = <T extends { id: string }>(list: T[], fits: (item: T) => boolean): string => {
    const found = list.find(fits)
    if (!found) throw new Error('not in the seed world')
    return found.id
  }
  return {
    sandbox,
    rest,
    async login(intents = [GatewayIntentBits.Guilds]) {
      const client = new Client({ intents, rest: { api: env.DISCORD_API_URL, makeRequest } })
      clients.push(client)
      client.on('error', () => {})
      const ready = once(client, Events.ClientReady)
      await client.login(env.DISCORD_TOKEN)
      await ready
      return client as Client<true>
    },
    act: (path, body) =>
      fetch(`${url}${MOUNT.control}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    async upload(filename, bytes) {
      const query = new URLSearchParams({ filename })
      const answer = await fetch(`${url}${MOUNT.control}/discord/attachments?${query}`, {
        method: 'POST',
        body: bytes,
      })
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
      return (await answer.json()) as Attachment
    },
    event: (type, fits = () => true) =>
      new Promise(resolve => {
        const stop = discord.on(event => {
          const wanted = event as Extract<DiscordEvent, { type: typeof type }>
          if (event.type !== type || !fits(wanted)) return
          stop()
          resolve(wanted)
        })
      }),
    channel: name => named(discord.state().channels, channel => channel.name === name),
    user: name => named(discord.state().users, user => (user.global_name ?? user.username) === name),
    message: id => discord.state().messages.find(message => message.id === id),
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map(client => client.destroy()))
      await sandbox.close()
    },
  }
}

/** The next event of a discord.js client that fits. */
export function once<K extends keyof ClientEvents>(
  client: Client,
  name: K,
  fits: (...args: ClientEvents[K]) => boolean = () => true,
): Promise<ClientEvents[K]> {
  return new Promise(resolve => {
    const listener = (...args: ClientEvents[K]) => {
      if (!fits(...args)) return
      client.off(name, listener as never)
      resolve(args)
    }
    client.on(name, listener as never)
  })
}
