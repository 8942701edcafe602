import { describe, expect, it } from 'vitest'
import { ChatError } from '../../src/core/chat.ts'
import type { Button, View } from '../../src/core/view.ts'
import { hear, MANAGER } from '../../src/sandbox/person.ts'
import { slackPerson } from '../../src/sandbox/person-slack.ts'
import { manifestWith } from './sandbox-slack.kit.ts'
import { openScene, type Scene, sendSigned, text } from './slack-adapter-kit.ts'

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

/** Somebody presses a button of ours; the press as it reaches the inbox. */
async function pressed(scene: Scene, by: string, where = 'clips') {
  const card = working([button('Cancel', 'cancel')])
  const { messageId } = await scene.adapter.chat.post(scene.at(where), card, { key: `${by} ${where}` })
  const before = scene.inbox.count()
  await scene.press(messageId, 'u1:cancel:j1:1', { by, in: where })
  await scene.inbox.reached(before + 1)
  return scene.inbox.presses.at(-1)!
}
const asksOf = (scene: Scene) =>
  scene.sandbox.slack.calls().filter(({ method }) => method === 'users.info').length

describe('whether who presses runs the workspace', () => {
  it('is asked of Slack, when somebody wants to know and not before', async () => {
    await using scene = await openScene()
    const [member, manager] = [await pressed(scene, 'Mira'), await pressed(scene, MANAGER)]
    expect(asksOf(scene)).toBe(0)
    expect(await member.presserManages()).toBe(false)
    expect(await manager.presserManages()).toBe(true)
    expect(asksOf(scene)).toBe(2)
  })

  it('is not so of somebody who runs another one, in a channel that both share', async () => {
    await using scene = await openScene()
    const guest = await pressed(scene, 'Ines', 'print-exchange')
    const { user } = await scene.web.users.info({ user: scene.user('Ines') })
    expect(user).toMatchObject({ is_admin: true })
    expect(await guest.presserManages()).toBe(false)
    expect(await (await pressed(scene, MANAGER, 'print-exchange')).presserManages()).toBe(true)
  })

  it('is not known, and so not so, where the app was installed before it asked for that; the log says what to do', async () => {
    const manifest = await manifestWith([], ['users:read'])
    await using scene = await openScene({ standIn: { manifest } })
    const manager = await pressed(scene, MANAGER)
    const before = scene.log.lines.length
    expect(await manager.presserManages()).toBe(false)
    expect(scene.log.lines.slice(before)).toEqual([
      {
        level: 'warn',
        facts: { tenantId: scene.channel('clips').team_id },
        message: expect.stringMatching(/not granted users:read .* install the app again/),
      },
    ])
  })

  it.each<[string, (scene: Scene) => Promise<unknown>, string]>([
    ['does not answer', scene => scene.sandbox.close(), 'unavailable'],
    ['has thrown the bot out', scene => scene.web.auth.revoke(), 'left'],
  ])('is not guessed where Slack %s', async (_, happens, code) => {
    await using scene = await openScene()
    const manager = await pressed(scene, MANAGER)
    await happens(scene)
    const asked = manager.presserManages()
    await expect(asked).rejects.toBeInstanceOf(ChatError)
    await expect(asked).rejects.toMatchObject({ code })
  })

  it('is not so of somebody whom Slack does not know there', async () => {
    await using scene = await openScene({ way: { events: 'http' } })
    const { id: channel_id, team_id } = scene.channel('print-exchange')
    const payload = {
      type: 'block_actions',
      team: { id: team_id },
      user: { id: 'U0NOBODY001', team_id: 'T0ELSEWHERE' },
      container: { channel_id, message_ts: '1732300000.000100' },
      response_url: 'https://hooks.slack.com/x',
      actions: [{ type: 'button', action_id: 'u1:cancel:j1:1', action_ts: '1732300001.000100' }],
    }
    await sendSigned(scene, new URLSearchParams({ payload: JSON.stringify(payload) }).toString(), {})
    await scene.inbox.reached(1)
    expect(await scene.inbox.presses[0]!.presserManages()).toBe(false)
    expect(asksOf(scene)).toBe(1)
  })

  it('is asked again after the pause that Slack wants', async () => {
    await using scene = await openScene()
    const manager = await pressed(scene, MANAGER)
    scene.fault('slack-ratelimited', true)
    expect(await manager.presserManages()).toBe(true)
    expect(scene.time.waits).toContain(1000)
  })
})

describe('whether who presses is in a group', () => {
  const teamOf = (scene: Scene) => scene.channel('clips').team_id
  const groupOf = (scene: Scene, team = teamOf(scene)) =>
    scene.sandbox.slack.state().user_groups.find(group => group.team_id === team)!
  const asks = (scene: Scene) =>
    scene.sandbox.slack.calls().filter(({ method }) => method === 'usergroups.users.list').length

  it('is asked of Slack each time, so that who was just taken out may not decide any more', async () => {
    await using scene = await openScene()
    const [member, stranger] = [await pressed(scene, 'Jonas'), await pressed(scene, 'Mira')]
    const { id: usergroup_id } = groupOf(scene)
    expect(asks(scene)).toBe(0)
    expect(await member.presserIsIn([usergroup_id])).toBe(true)
    expect(await stranger.presserIsIn([usergroup_id])).toBe(false)
    await scene.control('user-group', { usergroup_id, users: [scene.user('Mira')] })
    expect(await member.presserIsIn([usergroup_id])).toBe(false)
    expect(await stranger.presserIsIn([usergroup_id])).toBe(true)
    expect(asks(scene)).toBe(4)
  })

  it('is not so where no group is named, nor where what is named is none; nobody is asked', async () => {
    await using scene = await openScene()
    const member = await pressed(scene, 'Jonas')
    expect(await member.presserIsIn([])).toBe(false)
    expect(await member.presserIsIn(['approvers', '1234'])).toBe(false)
    expect(asks(scene)).toBe(0)
  })

  it('is so where any group holds them, whatever is the matter with the others', async () => {
    await using scene = await openScene()
    const member = await pressed(scene, 'Jonas')
    expect(await member.presserIsIn(['S0GONE00001', groupOf(scene).id])).toBe(true)
  })

  it.each<[string, (scene: Scene, usergroup_id: string) => Promise<unknown>, string]>([
    [
      'is disabled',
      (scene, id) => scene.control('user-group', { usergroup_id: id, disabled: true }),
      'unavailable',
    ],
    ['is of Slack that does not answer', scene => scene.sandbox.close(), 'unavailable'],
    ['is of a workspace that has thrown the bot out', scene => scene.web.auth.revoke(), 'left'],
  ])('is not guessed where the group %s', async (_, happens, code) => {
    await using scene = await openScene()
    const member = await pressed(scene, 'Jonas')
    const { id } = groupOf(scene)
    await happens(scene, id)
    const asked = member.presserIsIn([id])
    await expect(asked).rejects.toBeInstanceOf(ChatError)
    await expect(asked).rejects.toMatchObject({ code })
  })

  it('is not known where the app was installed before it asked for that; the log says what to do', async () => {
    const manifest = await manifestWith([], ['usergroups:read'])
    await using scene = await openScene({ standIn: { manifest } })
    const member = await pressed(scene, 'Jonas')
    await expect(member.presserIsIn([groupOf(scene).id])).rejects.toMatchObject({ code: 'unavailable' })
    expect(scene.log.lines.at(-1)).toMatchObject({
      level: 'warn',
      message: expect.stringMatching(/not granted usergroups:read .* install the app again/),
    })
  })
})

describe('buttons on a message that is edited', () => {
  it('come, change and go, also in a thread, and each press comes with what was drawn last', async () => {
    await using scene = await openScene()
    const { chat } = scene.adapter
    const jonas = await slackPerson(scene.sandbox.url, 'Jonas')
    const thread = scene.at('clips', await scene.say({ text: 'the reel' }))
    const ref = await chat.post(thread, working([]), { key: 'progress' })
    const isIt = (key: string) => key.endsWith(`/${ref.messageId}`)
    const message = await jonas.until('it', () => jonas.messages().find(m => isIt(m.key)))
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
    const thread = scene.at('clips', await scene.say({ text: 'the reel' }))
    const ref = await chat.post(thread, working([button('Cancel', 'cancel')]), { key: 'k' })
    scene.inbox.behave = () => chat.whisper(scene.inbox.presses.at(-1)!.reply, text('Only Mira can.'))
    const [jonas, mira] = [
      await slackPerson(scene.sandbox.url, 'Jonas'),
      await slackPerson(scene.sandbox.url, 'Mira'),
    ]
    const message = await jonas.until('it', () =>
      jonas.messages().find(m => m.key.endsWith(`/${ref.messageId}`)),
    )
    const heard = await hear(jonas, () => jonas.press(message, 'Cancel'))
    expect(heard).toMatchObject({ text: 'Only Mira can.', onlyMe: true, place: message.place })
    const again = await hear(jonas, () => jonas.press(message, 'Cancel'))
    expect(again.key).not.toBe(heard.key)
    expect(mira.messages().some(m => m.text === heard.text)).toBe(false)
    for (const person of [jonas, mira]) person.close()
  })
})
