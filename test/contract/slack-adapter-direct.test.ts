import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { directKey } from '../../adapters/slack/direct.ts'
import { readHandle } from '../../adapters/slack/handle.ts'
import type { Enclosure, View } from '../../src/core/view.ts'
import { MANAGER } from '../../src/sandbox/person.ts'
import { slackPerson } from '../../src/sandbox/person-slack.ts'
import { openScene, type Scene, text } from './slack-adapter-kit.ts'

const TABLE = 'who,what,usd\r\nmira,fox walk,3.00\r\n'

let folder: string
let file: Enclosure
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'murano-slack-direct-'))
  const path = join(folder, 'table')
  await writeFile(path, TABLE)
  file = { path, fileName: 'spend 2026-10.csv', contentType: 'text/csv', sizeBytes: TABLE.length }
})
afterAll(() => rm(folder, { recursive: true }))

const view = text('Mira spent $3.00.', {}, [
  { kind: 'file', fileName: 'spend 2026-10.csv', description: 'all' },
])
const POINTS_THERE = /^Mira spent \$3\.00\.\nThe file is in your direct messages with this bot\.$/

/** Answers the command with these words and the table. */
const answering = (scene: Scene, say: View = view) => {
  scene.inbox.behave = () => scene.adapter.chat.whisper(scene.inbox.admins.at(-1)!.reply, say, file)
}
const direct = (scene: Scene) => {
  const ids = scene.sandbox.slack.state().channels.flatMap(({ id }) => (id.startsWith('D') ? id : []))
  return scene.sandbox.slack.state().messages.filter(({ channel }) => ids.includes(channel))
}
/** The handle of a use of the command that nothing was answered to yet. */
async function asked(scene: Scene) {
  const use = { user_id: scene.user(MANAGER), channel_id: scene.channel('clips').id, text: 'spend' }
  await scene.control('slash', { ...use, command: '/upscale-admin' })
  await scene.inbox.reached(1)
  return scene.inbox.admins[0]!.reply
}

describe('a file for one person alone', () => {
  it('comes byte for byte in their direct messages with the bot, below the words; the line says where', async () => {
    await using scene = await openScene()
    answering(scene)
    const [ada, mira] = [
      await slackPerson(scene.sandbox.url, MANAGER),
      await slackPerson(scene.sandbox.url, 'Mira'),
    ]
    const heard = await ada.admin('spend')
    expect(heard).toMatchObject({ text: expect.stringMatching(POINTS_THERE), onlyMe: true })
    expect(heard.files.map(({ name }) => name)).toEqual(['spend 2026-10.csv'])
    expect(await (await fetch(heard.files[0]!.url)).text()).toBe(TABLE)
    expect(direct(scene)).toMatchObject([
      { files: [] },
      { blocks: [], files: [{ name: 'spend 2026-10.csv' }] },
    ])
    expect(JSON.stringify(direct(scene)[0]!.blocks)).toContain('Mira spent $3.00.')
    expect(mira.messages().flatMap(({ files }) => files)).toEqual([])
    for (const person of [ada, mira]) person.close()
  })

  it('is another one each time that it is asked for, in the same direct messages', async () => {
    await using scene = await openScene()
    answering(scene)
    const ada = await slackPerson(scene.sandbox.url, MANAGER)
    const [first, second] = [await ada.admin('spend'), await ada.admin('spend')]
    expect(first.files).toHaveLength(1)
    expect(second.files).toHaveLength(1)
    expect(second.files[0]!.url).not.toBe(first.files[0]!.url)
    expect(new Set(direct(scene).map(({ channel }) => channel)).size).toBe(1)
    ada.close()
  })

  it('is there once, however often it is said: at once, again, and in another process', async () => {
    await using scene = await openScene()
    const reply = await asked(scene)
    const { chat } = scene.adapter
    await Promise.all([chat.whisper(reply, view, file), chat.whisper(reply, view, file)])
    await chat.whisper(reply, view, file)
    await (await scene.second()).adapter.chat.whisper(reply, view, file)
    expect(direct(scene).map(({ files }) => files.length)).toEqual([0, 1])
  })

  it('is there once where the answers of Slack are lost', async () => {
    await using scene = await openScene()
    const reply = await asked(scene)
    scene.fault('slack-post-lost', true)
    await scene.adapter.chat.whisper(reply, view, file)
    expect(direct(scene).filter(({ files }) => files.length > 0)).toHaveLength(1)
  })

  it('is not sent anew where a process died between the steps, nor its words', async () => {
    await using scene = await openScene()
    const reply = await asked(scene)
    const key = directKey(readHandle(reply), file)
    const { channel } = await scene.web.chat.postMessage({ channel: scene.user(MANAGER), text: 'Spent.' })
    await scene.postings.begin(`${key}-words`)
    await scene.postings.note(`${key}-words`, { channel: channel! })
    const { upload_url, file_id } = await scene.web.files.getUploadURLExternal({
      filename: 'a.csv',
      length: 3,
    })
    await fetch(upload_url!, { method: 'POST', body: 'a,b' })
    await scene.postings.begin(`${key}-file`)
    await scene.postings.note(`${key}-file`, { fileId: file_id! })
    await scene.adapter.chat.whisper(reply, view, file)
    expect(direct(scene)).toMatchObject([{ text: 'Spent.', files: [] }, { files: [{ name: 'a.csv' }] }])
  })

  it('can be said again where its bytes were refused before: its words are there once', async () => {
    await using scene = await openScene()
    const reply = await asked(scene)
    scene.fault('slack-upload-refused', true)
    const { chat } = scene.adapter
    await expect(chat.whisper(reply, view, file)).rejects.toMatchObject({ code: 'file_refused' })
    scene.fault('slack-upload-refused', false)
    await chat.whisper(reply, view, file)
    expect(direct(scene).map(({ files }) => files.length)).toEqual([0, 1])
  })

  it('is refused where the app has no direct messages; the words can be said without it', async () => {
    const manifest = await manifestWithoutMessages()
    await using scene = await openScene({ standIn: { manifest } })
    const reply = await asked(scene)
    const { chat } = scene.adapter
    await expect(chat.whisper(reply, view, file)).rejects.toMatchObject({
      name: 'ChatError',
      code: 'file_refused',
      message: expect.stringContaining('messages_tab_disabled'),
    })
    expect(scene.messages('clips').filter(m => m.ephemeral_for)).toEqual([])
    await chat.whisper(reply, view)
    expect(scene.messages('clips').filter(m => m.ephemeral_for)).toHaveLength(1)
  })

  it('can be tried again where Slack does not answer', async () => {
    await using scene = await openScene()
    const reply = await asked(scene)
    await scene.sandbox.close()
    const whisper = scene.adapter.chat.whisper(reply, view, file)
    await expect(whisper).rejects.toMatchObject({ code: 'unavailable' })
  })
})

async function manifestWithoutMessages(): Promise<URL> {
  const own = await readFile(new URL('../../slack-manifest.yaml', import.meta.url), 'utf8')
  const path = join(folder, 'slack-manifest.yaml')
  await writeFile(path, own.replace('messages_tab_enabled: true', 'messages_tab_enabled: false'))
  return pathToFileURL(path)
}
