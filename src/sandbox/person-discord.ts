import type { DiscordState, SandboxMessage, SandboxUser } from './control.ts'
import { objectsIn } from './json.ts'
import { call, joinAs, type Member } from './member.ts'
import { type Ask, hear, type Person, type Seen } from './person.ts'
import { buttonsOf, filesOf, readable, selectsOf, videoOf } from './readable.ts'
import { readTyped } from './typed-options.ts'

const MESSAGE_COMMAND = 'Upscale video'
const ADMIN_COMMAND = 'upscale-admin'

/** Joins the sandbox's Discord server as one of its members. */
export async function discordPerson(url: string, name = 'Mira'): Promise<Person> {
  const member = await joinAs(url, name)
  let last: string | null = null
  const see = (message: SandboxMessage): Seen => seen(member, message)
  const raw = (message: Seen): SandboxMessage => {
    const found = member.messages().find(m => m.id === message.key)
    if (!found) throw new Error('that message is gone')
    return found
  }
  const person: Person = {
    platform: 'discord',
    name,
    async botOnline(timeoutMs = 60_000) {
      await member.until(
        'the bot to come online',
        () => member.state().bot_online && member.state().commands.length > 0,
        timeoutMs,
      )
    },
    messages: () =>
      member
        .messages()
        .filter(m => !m.loading)
        .map(see),
    now: message => see(raw(message)),
    async ask(request) {
      const { interaction, answer } = await ask(member, request)
      last = interaction
      return see(await answer)
    },
    async again() {
      if (last) await call(url, 'POST', '/sandbox/discord/redeliver', { id: last })
    },
    async press(message, label, deliveries = 1) {
      const found = buttonsOf(raw(message)).find(
        b => b.label?.startsWith(label) && !b.disabled && b.custom_id,
      )
      if (!found) throw new Error(`no button "${label}" to press in: ${message.text}`)
      last = await member.press(raw(message), found.custom_id!, { deliveries })
    },
    async choose(message, value) {
      await member.press(raw(message), selectsOf(raw(message))[0]!.custom_id!, { values: [value] })
    },
    admin: (typed, deliveries = 1) =>
      hear(person, async () => {
        const { word, options } = adminOptions(member.state(), typed)
        last = await member.slash(`${ADMIN_COMMAND} ${word}`, options, { deliveries })
      }),
    thread(card) {
      const { channels } = member.state()
      const own = channels.find(c => c.starter_message_id === card.key)?.id
      const place = own ?? (channels.find(c => c.id === card.place)?.type === 11 ? card.place : null)
      return member
        .messages()
        .filter(m => m.channel_id === place && m.author.bot && m.id > card.key && !m.ephemeral_for)
        .map(see)
    },
    until: member.until,
    onNews(listener) {
      member.on(event => {
        if (event.type === 'message' && event.message.author.bot && !event.message.loading)
          listener({ message: see(event.message) })
        if (event.type === 'refused')
          listener({ line: `${event.method} ${event.path}: ${event.code} ${event.message}` })
        if (event.type === 'interaction' && event.status === 'failed')
          listener({ line: 'The application did not respond.' })
      })
    },
    book: member.book,
    close: member.close,
  }
  return person
}

function seen(member: Member, message: SandboxMessage): Seen {
  const { users, roles } = member.state()
  const names = new Map([
    ...users.map(u => [u.id, nameOf(u)] as const),
    ...roles.map(r => [r.id, r.name] as const),
  ])
  return {
    key: message.id,
    place: message.channel_id,
    fromBot: message.author.bot === true,
    text: readable(message, id => names.get(id) ?? 'somebody', Date.now()),
    buttons: buttonsOf(message)
      .filter(b => !b.disabled)
      .map(b => ({ label: b.label ?? '', url: b.url ?? null })),
    menu: (selectsOf(message)[0]?.options ?? []).map(o => ({
      value: o.value,
      label: o.label,
      chosen: o.default === true,
    })),
    video: videoOf(message) ?? null,
    files: filesOf(message),
    mentionsMe:
      message.mentions.some(u => u.id === member.user.id) ||
      message.mention_roles.some(id => member.user.roles.includes(id)),
    onlyMe: message.ephemeral_for === member.user.id,
    edits: message.edits,
  }
}

/** The subcommand and its options, as Discord's client would have them filled in for what was typed. */
function adminOptions({ commands, users, roles }: DiscordState, typed: string) {
  const [word = '', ...rest] = typed.split(/\s+/)
  const command = objectsIn(commands).find(({ name }) => name === ADMIN_COMMAND)
  const declared = objectsIn(command?.options).find(({ name }) => name === word)
  const options = objectsIn(declared?.options).map(({ name, type }) => ({
    name: String(name),
    type: Number(type),
  }))
  const people = users.map(user => ({ id: user.id, name: nameOf(user) }))
  // A word that the command does not have is for Discord to refuse.
  return { word, options: declared ? readTyped(rest, options, { people, roles }) : {} }
}

const nameOf = (user: SandboxUser) => user.global_name ?? user.username

interface Asked {
  interaction: string
  answer: Promise<SandboxMessage>
}

async function ask(member: Member, request: Ask): Promise<Asked> {
  const { clip, link, factor, deliveries = 1, channel } = request
  const channelId = channel
    ? (member.state().channels.find(c => c.name === channel)?.id ?? channel)
    : undefined
  const where = { deliveries, ...(channelId && { channelId }) }
  if (request.way === 'message') {
    const file = await member.upload(clip!.bytes, clip!.name)
    const post = await member.post('', { files: [file.id], ...(channelId && { channelId }) })
    const interaction = await member.messageCommand(post, MESSAGE_COMMAND, { deliveries })
    const answer = member.until(`an answer about ${clip!.name}`, () => {
      const thread = member.state().channels.find(c => c.starter_message_id === post.id)
      const inThread = member.messages().find(m => thread && m.channel_id === thread.id && m.author.bot)
      const refused = member.messages().find(m => m.interaction?.id === interaction && !m.loading)
      const found = inThread ?? refused
      return found && !isReading(member, found) && found
    })
    return { interaction, answer }
  }
  const options: Record<string, string | number | boolean> =
    request.way === 'link' ? { url: link! } : { video: (await member.upload(clip!.bytes, clip!.name)).id }
  const interaction = await member.slash('upscale', { ...options, ...(factor && { factor }) }, where)
  const answer = member.until('an answer', () =>
    member.messages().find(m => m.interaction?.id === interaction && !m.loading),
  )
  return { interaction, answer }
}

/** The bot has taken the card's place, or says where it is; the answer is still to come. */
const isReading = (member: Member, message: SandboxMessage) =>
  /^(Reading|I am reading)/.test(seen(member, message).text)
