import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { toChatError } from '../../adapters/slack/failures.ts'
import { filesOf, find, type SlackFile } from '../../adapters/slack/files.ts'
import type { Tenants } from '../../adapters/slack/tenants.ts'
import { ChatError, type UpscaleRequest } from '../../src/core/chat.ts'
import { MuranoError } from '../../src/core/errors.ts'
import type { SlackMessage, SlackTicket } from '../../src/sandbox/control.ts'
import { createDoor } from '../../src/sources/index.ts'
import { openScene, type Scene, withButton } from './slack-adapter-kit.ts'

const LINK = 'https://films.example/reel.mp4'

/** Whoever asks from a modal: opens it, and fills it in. */
async function openForm(scene: Scene) {
  const opened = scene.seen('view')
  await scene.slash('')
  return (await opened).view
}

const foundBy = async ({ found }: Pick<UpscaleRequest, 'found'>) =>
  typeof found === 'function' ? found() : found

/** What people alone were told, once all that was taken in has been dealt with. */
async function whispersOf(scene: Scene): Promise<string[]> {
  await scene.adapter.stop()
  return scene
    .messages('clips')
    .filter(m => m.ephemeral_for !== null)
    .map(m => m.text)
}

describe('what people do becomes a request', () => {
  it('a message shortcut: the clip in it, answered to the person alone, in the thread of that message', async () => {
    await using scene = await openScene()
    const file = await scene.upload()
    const ts = await scene.say({ files: [file], text: 'look 4x' })
    await scene.shortcut(ts, { by: 'Jonas' })
    await scene.inbox.reached(1)
    expect(scene.inbox.requests[0]).toMatchObject({
      platform: 'slack',
      place: {
        communityId: scene.channel('clips').team_id,
        channelId: scene.at('clips', ts),
        isThread: true,
      },
      requesterId: scene.user('Jonas'),
      factor: 2,
      fileName: 'fox walk.mp4',
      replySeenBy: 'requester',
      reply: { kind: 'slack', channelId: scene.at('clips') },
    })
    expect(await foundBy(scene.inbox.requests[0]!)).toMatchObject({
      clip: {
        url: file.url_private_download,
        origin: 'slack',
        access: scene.channel('clips').team_id,
        fileName: 'fox walk.mp4',
      },
      problem: null,
    })
  })

  it('a message shortcut in a thread stays in that thread', async () => {
    await using scene = await openScene()
    const parent = await scene.say({ text: 'the reel' })
    const ts = await scene.say({ files: [await scene.upload()], thread: parent })
    await scene.shortcut(ts)
    await scene.inbox.reached(1)
    const { place, reply } = scene.inbox.requests[0]!
    expect([place.channelId, reply!.channelId]).toEqual([
      scene.at('clips', parent),
      scene.at('clips', parent),
    ])
  })

  it('a mention: the clip or the link, the factor, in the thread of the mention, open to everybody', async () => {
    await using scene = await openScene()
    const me = scene.user('Murano')
    const first = await scene.say({ text: `<@${me}> 4x please`, files: [await scene.upload()] })
    await scene.inbox.reached(1)
    const second = await scene.say({ text: `<@${me}> <${LINK}>`, thread: first })
    await scene.inbox.reached(2)
    await scene.say({ text: `<@${me}> hello` })
    await scene.inbox.reached(3)
    const [withFile, withLink, empty] = scene.inbox.requests
    expect(withFile).toMatchObject({
      factor: 4,
      fileName: 'fox walk.mp4',
      found: expect.any(Function),
      place: { channelId: scene.at('clips', first), isThread: true },
      reply: null,
      replySeenBy: 'everybody',
    })
    expect(withLink).toMatchObject({
      factor: 2,
      fileName: 'reel.mp4',
      found: { clip: { url: LINK, origin: 'link', access: null, fileName: 'reel.mp4' } },
      place: { channelId: scene.at('clips', first) },
    })
    expect(second).not.toBe(first)
    expect(empty).toMatchObject({ fileName: '', found: { clip: null, problem: { code: 'no_clip' } } })
  })

  it('the command with a link, in its channel', async () => {
    await using scene = await openScene()
    await scene.slash(`${LINK} 4x`)
    await scene.inbox.reached(1)
    expect(scene.inbox.requests[0]).toMatchObject({
      factor: 4,
      found: { clip: { url: LINK, origin: 'link' } },
      place: { channelId: scene.at('clips'), isThread: false },
      replySeenBy: 'requester',
    })
  })

  it('the command with words that mean nothing is answered at once, to the person alone', async () => {
    await using scene = await openScene()
    const answered = scene.seen('message', ({ message }) => message.ephemeral_for !== null)
    await scene.slash('enhance!')
    const { message } = await answered
    expect(message.ephemeral_for).toBe(scene.user('Mira'))
    expect(message.text).toMatch(/can't make anything of[\s\S]*Nothing was charged/)
    // To be copied as it is: in code, with the colon of a real address.
    expect(JSON.stringify(message.blocks)).toContain(
      '"text":"/upscale https://example.com/clip.mp4 4x","style":{"code":true}',
    )
    expect(scene.inbox.count()).toBe(0)
  })

  it('the form: a file or a link; what is wrong is said beside the field, and it stays open', async () => {
    await using scene = await openScene()
    const view = await openForm(scene)
    const submit = (values: object) =>
      scene.control<{ outcome: string; errors: object }>('submit', {
        user_id: scene.user('Mira'),
        view_id: view.id,
        values,
      })
    const empty = await submit({})
    expect(empty).toMatchObject({
      outcome: 'errors',
      errors: { file: expect.stringContaining('Give a file') },
    })
    const file = await scene.upload('form.mp4')
    const good = await submit({ file: { file: [file.id] }, factor: { factor: '4' } })
    expect(good.outcome).toBe('closed')
    await scene.inbox.reached(1)
    expect(scene.inbox.requests[0]).toMatchObject({
      eventId: `slack:view:${view.id}`,
      factor: 4,
      place: { channelId: scene.at('clips'), isThread: false },
      requesterId: scene.user('Mira'),
      replySeenBy: 'requester',
    })
    expect(await foundBy(scene.inbox.requests[0]!)).toMatchObject({
      clip: { fileName: 'form.mp4', origin: 'slack', access: scene.channel('clips').team_id },
    })
  })

  it('is in place before the inbox is done: everything is acknowledged first', async () => {
    await using scene = await openScene()
    const gate = Promise.withResolvers<void>()
    scene.inbox.behave = () => gate.promise
    const acknowledged = scene.seen('interaction', ({ status }) => status === 'acknowledged')
    await scene.shortcut(await scene.say({ files: [await scene.upload()] }))
    expect((await acknowledged).ms).toBeLessThan(3000)
    gate.resolve()
  })
})

describe('a press', () => {
  it('comes with who, what and where; a link button comes to nothing', async () => {
    await using scene = await openScene()
    const view = withButton('the card')
    view.parts.push({ kind: 'link', url: 'https://films.example/', label: 'Open' })
    const { chat } = scene.adapter
    const { messageId } = await chat.post(scene.at('clips'), view, { key: 'card' })
    await scene.press(messageId, 'link:1', { by: 'Jonas' })
    await scene.press(messageId, 'u1:cancel:j1:1', { by: 'Jonas' })
    await scene.inbox.reached(1)
    expect(scene.inbox.presses).toHaveLength(1)
    expect(scene.inbox.presses[0]).toMatchObject({
      presserId: scene.user('Jonas'),
      message: { channelId: scene.at('clips'), messageId },
      action: { name: 'cancel', jobId: 'j1', version: 1 },
      redelivered: false,
      value: null,
    })
  })

  it('of somebody from another workspace in a shared channel is theirs, and comes with our own workspace', async () => {
    await using scene = await openScene()
    const { messageId } = await scene.adapter.chat.post(scene.at('print-exchange'), withButton('card'), {
      key: 'card',
    })
    await scene.press(messageId, 'u1:cancel:j1:1', { by: 'Ines', in: 'print-exchange' })
    await scene.inbox.reached(1)
    expect(scene.inbox.presses[0]).toMatchObject({
      presserId: scene.user('Ines'),
      message: { channelId: scene.at('print-exchange') },
    })
    const whispered = scene.seen('message', ({ message }) => message.ephemeral_for === scene.user('Ines'))
    await scene.adapter.chat.whisper(scene.inbox.presses[0]!.reply, withButton('only you'))
    await whispered
  })

  it('delivered again is the same press, and known to be', async () => {
    await using scene = await openScene()
    const { messageId } = await scene.adapter.chat.post(scene.at('clips'), withButton('card'), { key: 'c' })
    const ticket = await scene.press(messageId, 'u1:cancel:j1:1', { deliveries: 2 })
    await scene.inbox.reached(2)
    await scene.redeliver(ticket, 1)
    await scene.inbox.reached(3)
    expect(new Set(scene.inbox.presses.map(press => press.eventId)).size).toBe(1)
    expect(scene.inbox.presses.map(press => press.redelivered)).toEqual([false, true, true])
  })
})

describe('delivered three times, the same event has one id', () => {
  it.each(['socket', 'http'] as const)('over %s, at once and when Slack tries again', async events => {
    await using scene = await openScene({ way: { events } })
    const me = scene.user('Murano')
    const ts = await scene.say({ files: [await scene.upload()] })
    const shortcut = await scene.shortcut(ts, { deliveries: 2 })
    await scene.inbox.reached(2)
    await scene.slash(LINK, { deliveries: 3 })
    await scene.inbox.reached(5)
    await scene.say({ text: `<@${me}> ${LINK}`, deliveries: 3 })
    await scene.inbox.reached(8)
    await scene.redeliver(shortcut, 1)
    await scene.inbox.reached(9)
    const ids = scene.inbox.requests.map(request => request.eventId)
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^slack:./)
  })

  it('a command that opens the form opens one, and shows no error', async () => {
    await using scene = await openScene()
    const opened = scene.seen('view')
    const ticket = await scene.slash('', { deliveries: 2 })
    await opened
    scene.time.leap(61_000)
    await scene.redeliver(ticket, 2)
    expect(await whispersOf(scene)).toEqual([])
    expect(scene.views()).toHaveLength(1)
  })

  it('a command that another process has had opens no second form, and nothing untrue is said', async () => {
    await using scene = await openScene()
    const opened = scene.seen('view')
    const ticket = await scene.slash('')
    await opened
    const { adapter } = await scene.second()
    await scene.adapter.stop()
    await scene.redeliver(ticket, 1)
    await adapter.stop()
    const opens = scene.sandbox.slack.calls().filter(({ method }) => method === 'views.open')
    expect(opens.map(({ error }) => error)).toEqual([null, 'exchanged_trigger_id'])
    expect(await whispersOf(scene)).toEqual([])
  })

  it('a mention that another process has had is not said to be lost, when what breaks is here', async () => {
    await using scene = await openScene()
    const { ts, ticket } = await scene.control<SlackMessage & SlackTicket>('message', {
      user_id: scene.user('Mira'),
      channel_id: scene.channel('clips').id,
      text: `<@${scene.user('Murano')}> ${LINK}`,
    })
    await scene.inbox.reached(1)
    const { adapter, inbox } = await scene.second()
    inbox.behave = () => Promise.reject(new Error('the database is away'))
    await scene.adapter.stop()
    await scene.redeliver(ticket, 1)
    await inbox.reached(1)
    await adapter.stop()
    expect(scene.messages('clips').filter(m => m.thread_ts === ts)).toEqual([])
  })

  it('a command that is not understood is answered once', async () => {
    await using scene = await openScene()
    await scene.slash('nonsense', { deliveries: 3 })
    expect(await whispersOf(scene)).toEqual([expect.stringContaining('can\'t make anything of "nonsense"')])
  })

  it('a request that is on its way already is not said to be lost, when what breaks is its second delivery', async () => {
    await using scene = await openScene()
    const ts = await scene.say({ text: `<@${scene.user('Murano')}> ${LINK}`, deliveries: 2 })
    await scene.inbox.reached(2)
    scene.inbox.behave = () => Promise.reject(new Error('the database is away'))
    const ticket = await scene.slash(LINK)
    await scene.inbox.reached(3)
    await scene.redeliver(ticket, 1)
    await scene.inbox.reached(4)
    // Only the first delivery of the command was the first to break.
    expect(await whispersOf(scene)).toHaveLength(1)
    expect(scene.messages('clips').filter(m => m.thread_ts === ts)).toEqual([])
  })
})

describe('what is the matter with a file', () => {
  it.each([
    ['external', 'file_elsewhere', 'object'],
    ['gone', 'source_gone', 'object'],
    ['hidden', 'file_hidden', 'function'],
  ])('one that is %s is refused as %s, at once where the event shows it', async (kind, code, found) => {
    await using scene = await openScene()
    const ts = await scene.say({ files: [await scene.upload('a.mp4', { kind })] })
    await scene.shortcut(ts)
    await scene.inbox.reached(1)
    expect(typeof scene.inbox.requests[0]!.found).toBe(found)
    expect(await foundBy(scene.inbox.requests[0]!)).toMatchObject({ clip: null, problem: { code } })
  })

  it('one that came from a shared channel is asked for', async () => {
    await using scene = await openScene()
    const file = await scene.upload('stub.mp4', { kind: 'stub' })
    await scene.shortcut(await scene.say({ files: [file] }))
    await scene.inbox.reached(1)
    expect(await foundBy(scene.inbox.requests[0]!)).toMatchObject({ clip: { fileName: 'stub.mp4' } })
  })

  it('one from a shared channel that we may not see belongs to somebody else', async () => {
    await using scene = await openScene()
    const file = await scene.upload('theirs.mp4', { kind: 'stub' })
    const ts = await scene.say({ files: [file], in: 'festival-jury', by: 'Ada' }).catch(() => null)
    expect(ts).toBeNull() // Ada did not upload it, so she can't post it
    const adas = await scene.upload('theirs.mp4', { kind: 'stub', by: 'Ada' })
    await scene.shortcut(await scene.say({ files: [adas], in: 'festival-jury', by: 'Ada' }), {
      in: 'festival-jury',
      by: 'Ada',
    })
    await scene.inbox.reached(1)
    expect(await foundBy(scene.inbox.requests[0]!)).toMatchObject({
      clip: null,
      problem: { code: 'file_shared_elsewhere' },
    })
  })

  it('one that is still being scanned is waited for, once the request is on the disk', async () => {
    await using scene = await openScene()
    const file = await scene.upload('new.mp4', { kind: 'scanning' })
    await scene.shortcut(await scene.say({ files: [file] }))
    await scene.inbox.reached(1)
    expect(scene.time.waits).toEqual([])
    expect(await foundBy(scene.inbox.requests[0]!)).toMatchObject({ clip: { fileName: 'new.mp4' } })
    expect(scene.time.waits).toEqual([500, 1000])
  })

  it('no video among the files of a message: the first file, whose bytes will tell', async () => {
    await using scene = await openScene()
    const files = [await scene.upload('a.png'), await scene.upload('b.mp4'), await scene.upload('c.mp4')]
    await scene.shortcut(await scene.say({ files }))
    await scene.shortcut(await scene.say({ files: [files[0]!] }))
    await scene.inbox.reached(2)
    expect(scene.inbox.requests.map(({ fileName }) => fileName)).toEqual(['b.mp4', 'a.png'])
  })
})

/** A look at a file of the first workspace, whose token and whose answers are what `tenants` makes of them. */
async function look(
  scene: Scene,
  tenants: Pick<Tenants, 'ask' | 'token'>,
  file: SlackFile,
  origins: string[] = [],
) {
  const hosts = new Map([['slack', { ...filesOf(tenants), origins }]])
  const door = createDoor({ hosts, trusted: [], log: scene.log })
  try {
    const options = {
      door,
      log: scene.log,
      wait: scene.time.wait,
      tenants: { ...tenants, invite: async () => '/invite @murano' },
    }
    return await foundBy({ found: find(options, 'T0REELROOM1', { kind: 'file', file }) })
  } finally {
    await door.close()
  }
}

describe('what is the matter with us', () => {
  const away = () => Promise.reject(new Error('the database is away'))
  const unasked = { token: away, ask: away }

  it.each<[string, () => Promise<never>, string]>([
    [
      'a Slack that is out of reach',
      () => Promise.reject(toChatError(new TypeError('fetch failed'))),
      'busy',
    ],
    ['a token of no installation', () => Promise.reject(new ChatError('left', 'not here')), 'file_hidden'],
    ['a database that is away', away, 'internal'],
    ['a key that opens no row', () => Promise.reject(new MuranoError('vault_wrong_key', 'x')), 'internal'],
  ])('%s is what the file is refused for: %#', async (_, token, code) => {
    const files = filesOf({ token })
    await expect(files.credential!('T0REELROOM1')).rejects.toMatchObject({ name: 'Refusal', code })
  })

  it('an error of ours while a file is looked up is no fault of the file', async () => {
    await using scene = await openScene({ start: false })
    await expect(look(scene, unasked, { id: 'F1' })).rejects.toThrow('the database is away')
    const broken = { ...unasked, ask: () => Promise.reject(new ChatError('unavailable', 'no answer')) }
    expect(await look(scene, broken, { id: 'F1' })).toMatchObject({ problem: { code: 'busy' } })
  })

  it('a Slack that does not answer is not a file that nobody may see', async () => {
    await using scene = await openScene()
    await scene.shortcut(await scene.say({ files: [await scene.upload('stub.mp4', { kind: 'stub' })] }))
    await scene.inbox.reached(1)
    await scene.sandbox.close()
    expect(await foundBy(scene.inbox.requests[0]!)).toMatchObject({ problem: { code: 'busy' } })
  })
})

it('the token of a workspace goes to no host but Slack, whatever a file object says', async () => {
  await using scene = await openScene()
  const heard: (string | undefined)[] = []
  const stranger = createServer((request, response) => {
    heard.push(request.headers.authorization)
    response.end()
  })
  await new Promise<void>(resolve => stranger.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/a.mp4`
  const tenants = { token: async () => 'xoxb-secret', ask: () => Promise.reject(new Error('not asked')) }
  const file = { id: 'F1', name: 'a.mp4', mimetype: 'video/mp4', url_private: url }
  expect(await look(scene, tenants, file)).toMatchObject({ problem: { code: 'file_elsewhere' } })
  expect(heard).toEqual([])
  expect(await look(scene, tenants, file, [new URL(url).origin])).toMatchObject({ clip: { url } })
  expect(heard).toEqual(['Bearer xoxb-secret'])
  stranger.close()
})

describe('where something breaks', () => {
  it('the person is told what to look for, and that asking again costs nothing', async () => {
    await using scene = await openScene()
    scene.inbox.behave = () => Promise.reject(new Error('the database is away'))
    const told = scene.seen('message', ({ message }) => message.ephemeral_for !== null)
    await scene.slash(LINK)
    expect((await told).message.text).toMatch(/may not have been taken on.*asking charges nothing/)
    const inThread = scene.seen('message', ({ message }) => message.thread_ts !== null)
    await scene.say({ text: `<@${scene.user('Murano')}> ${LINK}` })
    expect((await inThread).message.text).toMatch(/asking charges nothing/)
  })

  it('logs hold no token and no response_url', async () => {
    await using scene = await openScene()
    scene.inbox.behave = () => Promise.reject(new Error('the database is away'))
    await scene.slash(LINK)
    await scene.seen('message', ({ message }) => message.ephemeral_for !== null)
    await scene.web.auth.revoke()
    await scene.adapter.chat.post(scene.at('clips'), withButton('x'), { key: 'x' }).catch(() => {})
    await scene.adapter.stop()
    const lines = JSON.stringify(scene.log.lines, (_, value) =>
      value instanceof Error
        ? { ...value, message: value.message, stack: value.stack, cause: value.cause }
        : value,
    )
    for (const secret of scene.sandbox.slack.secrets()) expect(lines).not.toContain(secret)
    expect(lines).not.toMatch(/slack\/response\/T/)
  })

  it('a stop waits for what was taken in', async () => {
    await using scene = await openScene()
    const gate = Promise.withResolvers<void>()
    scene.inbox.behave = () => gate.promise
    await scene.slash(LINK)
    await scene.inbox.reached(1)
    let stopped = false
    const stopping = scene.adapter.stop().then(() => {
      stopped = true
    })
    await scene.seen('bot', ({ online }) => !online)
    expect(stopped).toBe(false)
    gate.resolve()
    await stopping
    expect(scene.adapter.isConnected()).toBe(false)
  })
})
