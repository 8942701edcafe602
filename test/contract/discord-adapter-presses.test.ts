import { describe, expect, it } from 'vitest'
import type { Button, View } from '../../src/core/view.ts'
import { hear, MANAGER } from '../../src/sandbox/person.ts'
import { discordPerson } from '../../src/sandbox/person-discord.ts'
import { openScene, type Scene, text } from './discord-adapter-kit.ts'

const button = (label: string, name: 'retry' | 'cancel' | 'confirm', version = 1): Button => ({
  kind: 'button',
  label,
  look: 'plain',
  action: { name, jobId: 'j1', version },
  ask: { title: 'Sure?', text: 'It may be charged twice.', yes: 'Try again for $1,234.56', no: 'No' },
})
const working = (buttons: Button[], words = 'Waiting for a place in line.'): View =>
  text(words, { tone: 'working', controls: buttons.length > 0 ? [buttons] : [] }, [
    { kind: 'note', text: ['Queued › Submitted › Done'] },
  ])

const manages = async (scene: Scene) => scene.inbox.presses.at(-1)!.presserManages()

describe('whether who presses runs the server', () => {
  it('is said by the press itself, without asking Discord', async () => {
    await using scene = await openScene()
    const { messageId } = await scene.adapter.chat.post(
      scene.ids.thread,
      working([button('Cancel', 'cancel')]),
      { key: 'k' },
    )
    const asked = async (name: string) => {
      const person = await discordPerson(scene.sandbox.url, name)
      const before = scene.inbox.count()
      const message = await person.until('the message', () =>
        person.messages().find(m => m.key === messageId),
      )
      await person.press(message, 'Cancel')
      await scene.inbox.reached(before + 1)
      person.close()
      await scene.adapter.chat.whisper(scene.inbox.presses.at(-1)!.reply, text('heard'))
      return manages(scene)
    }
    expect(await asked('Mira')).toBe(false)
    expect(await asked(MANAGER)).toBe(true)
  })
})

describe('whether who presses is in a group', () => {
  it('is said by the press itself, by the roles of its person', async () => {
    await using scene = await openScene()
    const approvers = scene.sandbox.discord.state().roles.find(({ name }) => name === 'Approvers')!.id
    const { messageId } = await scene.adapter.chat.post(
      scene.ids.thread,
      working([button('Cancel', 'cancel')]),
      { key: 'k' },
    )
    const pressedBy = async (user_id: string) => {
      const before = scene.inbox.count()
      await scene.press(messageId, 'u1:cancel:j1:1', { user_id })
      await scene.inbox.reached(before + 1)
      const { presserIsIn } = scene.inbox.presses.at(-1)!
      return Promise.all([presserIsIn([approvers]), presserIsIn([]), presserIsIn(['1', 'everyone'])])
    }
    expect(await pressedBy(scene.ids.jonas)).toEqual([true, false, true])
    expect(await pressedBy(scene.ids.mira)).toEqual([false, false, true])
  })
})

describe('buttons on a message that is edited', () => {
  it('come, change and go, also in a thread, and each press comes with what was drawn last', async () => {
    await using scene = await openScene()
    const { chat } = scene.adapter
    const jonas = await discordPerson(scene.sandbox.url, 'Jonas')
    const ref = await chat.post(scene.ids.thread, working([]), { key: 'progress' })
    const message = await jonas.until('it', () => jonas.messages().find(m => m.key === ref.messageId))
    expect(message.buttons).toEqual([])

    await chat.edit(ref, working([button('Cancel', 'cancel')]))
    await jonas.until('the button', () => jonas.now(message).buttons.length > 0)
    await jonas.press(message, 'Cancel')
    await scene.inbox.reached(1)

    await chat.edit(ref, working([button('Try again for $0.25', 'retry', 2), button('Ask', 'confirm', 2)]))
    await jonas.until('the others', () => jonas.now(message).buttons.length === 2)
    await expect(jonas.press(message, 'Cancel')).rejects.toThrow('no button "Cancel"')
    await jonas.press(message, 'Try again')
    await scene.inbox.reached(2)
    await jonas.press(message, 'Ask')
    await scene.inbox.reached(3)
    expect(scene.inbox.presses.map(press => press.action)).toEqual([
      { name: 'cancel', jobId: 'j1', version: 1 },
      { name: 'retry', jobId: 'j1', version: 2 },
      { name: 'confirm', jobId: 'j1', version: 2 },
    ])
    expect(scene.inbox.presses.map(press => press.message)).toEqual([ref, ref, ref])

    await chat.edit(ref, working([], 'Done.'))
    await jonas.until('none', () => jonas.now(message).buttons.length === 0)
    expect(jonas.now(message).text).toContain('Queued › Submitted › Done')
    jonas.close()
  })

  it('are answered to the presser alone, who hears it where the message stands', async () => {
    await using scene = await openScene()
    const { chat } = scene.adapter
    const ref = await chat.post(scene.ids.thread, working([button('Cancel', 'cancel')]), { key: 'k' })
    scene.inbox.behave = () => chat.whisper(scene.inbox.presses.at(-1)!.reply, text('Only Mira can.'))
    const [jonas, mira] = [
      await discordPerson(scene.sandbox.url, 'Jonas'),
      await discordPerson(scene.sandbox.url, 'Mira'),
    ]
    const message = await jonas.until('it', () => jonas.messages().find(m => m.key === ref.messageId))
    const heard = await hear(jonas, () => jonas.press(message, 'Cancel'))
    expect(heard).toMatchObject({ text: 'Only Mira can.', onlyMe: true, place: message.place })
    const again = await hear(jonas, () => jonas.press(message, 'Cancel'))
    expect(again.key).not.toBe(heard.key)
    expect(mira.messages().some(m => m.text === heard.text)).toBe(false)
    for (const person of [jonas, mira]) person.close()
  })
})
