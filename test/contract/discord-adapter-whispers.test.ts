import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Enclosure } from '../../src/core/view.ts'
import { hear, MANAGER } from '../../src/sandbox/person.ts'
import { discordPerson } from '../../src/sandbox/person-discord.ts'
import { openScene, type Scene, text } from './discord-adapter-kit.ts'

const TABLE = 'when,who,usd\n2026-10-02,Mira,0.25\n'
const MIB = 1024 * 1024

let folder: string
let file: Enclosure
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'murano-discord-whispers-'))
  const path = join(folder, 'books')
  await writeFile(path, TABLE)
  file = { path, fileName: 'spend 2026-10.csv', contentType: 'text/csv', sizeBytes: TABLE.length }
})
afterAll(() => rm(folder, { recursive: true }))

const tooLarge = async (): Promise<Enclosure> => {
  const path = join(folder, 'large')
  await writeFile(path, '')
  await truncate(path, 11 * MIB)
  return { ...file, path, sizeBytes: 11 * MIB }
}

const answering = (scene: Scene, words: string, enclosed: Enclosure) => {
  const { inbox, adapter } = scene
  const reply = () => (inbox.admins.at(-1) ?? inbox.presses.at(-1))!.reply
  inbox.behave = () => adapter.chat.whisper(reply(), text(words), enclosed)
}
const contentOf = async ({ files }: { files: { url: string }[] }) => (await fetch(files[0]!.url)).text()

/** A card whose button Jonas presses. */
async function pressedByJonas(scene: Scene) {
  const card = text('?', {
    controls: [
      [{ kind: 'button', label: 'Ask', look: 'plain', action: { name: 'cancel', jobId: 'j1', version: 1 } }],
    ],
  })
  const { messageId } = await scene.adapter.chat.post(scene.ids.lab, card, { key: 'card' })
  const jonas = await discordPerson(scene.sandbox.url, 'Jonas')
  const seen = await jonas.until('the card', () => jonas.messages().find(m => m.key === messageId))
  return { jonas, press: () => jonas.press(seen, 'Ask') }
}

describe('a file that goes with a line for one person', () => {
  it('is in the answer to the command for those in charge, which nobody else sees', async () => {
    await using scene = await openScene()
    answering(scene, '$0.25 in October.', file)
    const [ada, mira] = [
      await discordPerson(scene.sandbox.url, MANAGER),
      await discordPerson(scene.sandbox.url, 'Mira'),
    ]
    const answer = await ada.admin('spend 2026-10')
    expect(answer).toMatchObject({ onlyMe: true, files: [{ name: 'spend_2026-10.csv' }] })
    expect(answer.text).toBe('$0.25 in October.\n[file: spend_2026-10.csv]')
    expect(await contentOf(answer)).toBe(TABLE)
    expect(mira.messages().some(({ key }) => key === answer.key)).toBe(false)
    for (const person of [ada, mira]) person.close()
  })

  it('takes the place of the one before, where it is said again', async () => {
    await using scene = await openScene()
    answering(scene, 'The books.', file)
    const ada = await discordPerson(scene.sandbox.url, MANAGER)
    const answer = await ada.admin('spend')
    await scene.adapter.chat.whisper(scene.inbox.admins[0]!.reply, text('The books.'), file)
    await ada.until('the edit', () => ada.now(answer).edits === 1)
    expect(ada.now(answer).files).toEqual([expect.objectContaining({ name: 'spend_2026-10.csv' })])
    ada.close()
  })

  it('is in the answer to a press, which nobody else sees', async () => {
    await using scene = await openScene()
    answering(scene, 'As you asked.', file)
    const { jonas, press } = await pressedByJonas(scene)
    const heard = await hear(jonas, press)
    expect(heard).toMatchObject({ onlyMe: true, files: [{ name: 'spend_2026-10.csv' }] })
    expect(await contentOf(heard)).toBe(TABLE)
    jonas.close()
  })

  it('is shown where the view has a place for it, once', async () => {
    await using scene = await openScene()
    const view = text('Above.', {}, [
      { kind: 'file', fileName: file.fileName, description: '' },
      { kind: 'note', text: ['Below.'] },
    ])
    scene.inbox.behave = () => scene.adapter.chat.whisper(scene.inbox.admins[0]!.reply, view, file)
    const ada = await discordPerson(scene.sandbox.url, MANAGER)
    expect((await ada.admin('spend')).text).toBe('Above.\n[file: spend_2026-10.csv]\nBelow.')
    ada.close()
  })

  it.each(['admin', 'press'])(
    'is refused where it is too large, and words can still be said: %s',
    async of => {
      await using scene = await openScene({ sandbox: { discord: { memberUploadLimit: 10 * MIB } } })
      const enclosed = await tooLarge()
      const refused = Promise.withResolvers<unknown>()
      const { chat } = scene.adapter
      scene.inbox.behave = async () => {
        const { reply } = (scene.inbox.admins[0] ?? scene.inbox.presses[0])!
        refused.resolve(await chat.whisper(reply, text('With it.'), enclosed).catch(error => error))
        await chat.whisper(reply, text('Without it.'))
      }
      if (of === 'admin') {
        const ada = await discordPerson(scene.sandbox.url, MANAGER)
        expect(await ada.admin('spend')).toMatchObject({ text: 'Without it.', files: [] })
        ada.close()
      } else {
        const { jonas, press } = await pressedByJonas(scene)
        expect(await hear(jonas, press)).toMatchObject({ text: 'Without it.', files: [] })
        jonas.close()
      }
      expect(await refused.promise).toMatchObject({ code: 'file_refused' })
    },
  )
})
