import { describe, expect, it } from 'vitest'
import { ADMIN_ACTS, readAdmin } from '../../src/core/admin.ts'
import { MANAGER } from '../../src/sandbox/person.ts'
import { slackPerson } from '../../src/sandbox/person-slack.ts'
import { manifestWith } from './sandbox-slack.kit.ts'
import { openScene, type Scene, sendSigned, text } from './slack-adapter-kit.ts'

const answering = (scene: Scene, words = 'Nothing was spent.') => {
  scene.inbox.behave = () => scene.adapter.chat.whisper(scene.inbox.admins.at(-1)!.reply, text(words))
}
const wordsIn = (scene: Scene) => scene.inbox.admins.map(({ ask }) => ask.word)
const asksOf = (scene: Scene) =>
  scene.sandbox.slack.calls().filter(({ method }) => method === 'users.info').length

const groupAsksOf = (scene: Scene) =>
  scene.sandbox.slack.calls().filter(({ method }) => method.startsWith('usergroups')).length
const approvers = (scene: Scene) =>
  scene.sandbox.slack.state().user_groups.find(g => g.team_id === scene.channel('clips').team_id)!

/** As Slack sends it where it does not know a name. */
const typedAsItIs = (scene: Scene, typed: string) => {
  const { id: channel_id, team_id } = scene.channel('clips')
  const use = {
    command: '/upscale-admin',
    text: typed,
    team_id,
    channel_id,
    user_id: scene.user(MANAGER),
    trigger_id: '1.2.3',
    response_url: 'https://hooks.slack.com/commands/x',
  }
  return sendSigned(scene, new URLSearchParams(use).toString(), {})
}

describe('the command for those in charge', () => {
  it('reaches the inbox with who, where and what, and is answered to that person alone', async () => {
    await using scene = await openScene()
    answering(scene)
    const ada = await slackPerson(scene.sandbox.url, MANAGER)
    for (const act of ADMIN_ACTS) {
      const answer = await ada.admin(act)
      expect(answer).toMatchObject({ text: 'Nothing was spent.', onlyMe: true })
    }
    expect(wordsIn(scene)).toEqual(ADMIN_ACTS)
    expect(scene.inbox.admins[0]).toMatchObject({
      platform: 'slack',
      eventId: expect.stringMatching(/^slack:\d+\./),
      communityId: scene.channel('clips').team_id,
      personId: scene.user(MANAGER),
    })
    ada.close()
  })

  it('is acknowledged at once, however long the inbox takes, and without a word', async () => {
    await using scene = await openScene()
    const done = Promise.withResolvers<void>()
    scene.inbox.behave = () => done.promise
    const ada = await slackPerson(scene.sandbox.url, MANAGER)
    const acknowledged = scene.seen('interaction')
    const before = scene.messages('clips').length
    const answer = ada.admin('freeze')
    expect(await acknowledged).toMatchObject({ status: 'acknowledged' })
    expect(scene.messages('clips')).toHaveLength(before)
    done.resolve()
    await scene.inbox.reached(1)
    await scene.adapter.chat.whisper(scene.inbox.admins[0]!.reply, text('Stopped.'))
    expect((await answer).text).toBe('Stopped.')
    ada.close()
  })

  it('can be typed by anybody: whether they run the workspace is asked of Slack when somebody wants to know', async () => {
    await using scene = await openScene()
    answering(scene)
    const [ada, mira] = [
      await slackPerson(scene.sandbox.url, MANAGER),
      await slackPerson(scene.sandbox.url, 'Mira'),
    ]
    const { key } = await ada.admin('spend')
    const own = await mira.admin('spend')
    expect(asksOf(scene)).toBe(0)
    expect(await Promise.all(scene.inbox.admins.map(({ manages }) => manages()))).toEqual([true, false])
    expect(asksOf(scene)).toBe(2)
    expect(mira.messages().some(message => message.key === key)).toBe(false)
    expect(ada.messages().some(message => message.key === own.key)).toBe(false)
    for (const person of [ada, mira]) person.close()
  })

  it('names people and groups by their ids, which Slack puts in their place', async () => {
    await using scene = await openScene()
    answering(scene)
    const ada = await slackPerson(scene.sandbox.url, MANAGER)
    await ada.admin('approval 1.00 @Approvers @Jonas person @mira')
    expect(scene.inbox.admins[0]!.ask).toEqual({
      word: 'approval',
      options: { above: '1.00' },
      groups: [approvers(scene).id],
      people: [scene.user('Jonas'), scene.user('Mira')],
    })
    expect(groupAsksOf(scene)).toBe(0)
    ada.close()
  })

  it('takes the bot itself, which approves nothing, for nobody', async () => {
    await using scene = await openScene()
    answering(scene)
    const ada = await slackPerson(scene.sandbox.url, MANAGER)
    await ada.admin('approval 1 @Jonas @murano')
    const { ask } = scene.inbox.admins[0]!
    expect(ask.people).toEqual([scene.user('Jonas')])
    expect(readAdmin(ask)).toMatchObject({ problem: 'option', option: 'person', given: '@murano' })
    ada.close()
  })

  it('finds a group whose handle Slack has left as it was typed, and says which name is nobody', async () => {
    await using scene = await openScene({ way: { events: 'http' } })
    await typedAsItIs(scene, 'approval 1 @Approvers person @nobody')
    await scene.inbox.reached(1)
    expect(scene.inbox.admins[0]!.ask).toEqual({
      word: 'approval',
      options: { above: '1', person: '@nobody' },
      groups: [approvers(scene).id],
      people: [],
    })
    expect(groupAsksOf(scene)).toBe(1)
  })

  it('changes nothing where it can not be told which group is meant, and says so', async () => {
    const manifest = await manifestWith([], ['usergroups:read'])
    await using scene = await openScene({ standIn: { manifest } })
    const ada = await slackPerson(scene.sandbox.url, MANAGER)
    const heard = await ada.admin('approval 1 @night-shift')
    expect(heard.text).toMatch(/did not tell which group is meant, so nothing was changed/)
    expect(scene.inbox.admins).toEqual([])
    expect(scene.log.lines.at(-1)).toMatchObject({
      level: 'warn',
      message: expect.stringMatching(/not granted usergroups:read .* install the app again/),
    })
    ada.close()
  })

  it('is one request, however often it is delivered', async () => {
    await using scene = await openScene()
    answering(scene)
    const ada = await slackPerson(scene.sandbox.url, MANAGER)
    await ada.admin('freeze', 3)
    await ada.again(1)
    // What comes behind them has been through: so have they.
    await ada.admin('unfreeze')
    expect(wordsIn(scene)).toEqual(['freeze', 'unfreeze'])
    expect(ada.messages().filter(({ onlyMe }) => onlyMe)).toHaveLength(2)
    ada.close()
  })

  it('has one id in every process that it is delivered to', async () => {
    await using scene = await openScene()
    answering(scene)
    const ada = await slackPerson(scene.sandbox.url, MANAGER)
    await ada.admin('freeze')
    const { inbox, adapter } = await scene.second()
    await scene.adapter.stop()
    await ada.again(2)
    await inbox.reached(1)
    expect(inbox.admins[0]!.eventId).toBe(scene.inbox.admins[0]!.eventId)
    await adapter.stop()
    ada.close()
  })

  it('is not left without an answer where something breaks', async () => {
    await using scene = await openScene()
    scene.inbox.behave = async () => {
      throw new Error('no database')
    }
    const ada = await slackPerson(scene.sandbox.url, MANAGER)
    expect((await ada.admin('freeze')).text).toMatch(/may not have been done\. No money was moved\./)
    expect(scene.log.lines).toContainEqual(expect.objectContaining({ level: 'error' }))
    ada.close()
  })
})
