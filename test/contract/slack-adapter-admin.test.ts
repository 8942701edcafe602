import { describe, expect, it } from 'vitest'
import { ADMIN_ACTS } from '../../src/core/chat.ts'
import { MANAGER } from '../../src/sandbox/person.ts'
import { slackPerson } from '../../src/sandbox/person-slack.ts'
import { openScene, type Scene, text } from './slack-adapter-kit.ts'

const answering = (scene: Scene, words = 'Nothing was spent.') => {
  scene.inbox.behave = () => scene.adapter.chat.whisper(scene.inbox.admins.at(-1)!.reply, text(words))
}
const asksOf = (scene: Scene) =>
  scene.sandbox.slack.calls().filter(({ method }) => method === 'users.info').length

describe('the command for those in charge', () => {
  it('reaches the inbox with who, where and what, and is answered to that person alone', async () => {
    await using scene = await openScene()
    answering(scene)
    const ada = await slackPerson(scene.sandbox.url, MANAGER)
    for (const act of ADMIN_ACTS) {
      const answer = await ada.admin(act)
      expect(answer).toMatchObject({ text: 'Nothing was spent.', onlyMe: true })
    }
    expect(scene.inbox.admins.map(({ act }) => act)).toEqual(['spend', 'freeze', 'unfreeze'])
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

  it.each([
    ['SPEND ', 'spend'],
    ['  freeze', 'freeze'],
    ['', null],
    ['melt', null],
    ['freeze everything', null],
  ])('said with "%s" means %s', async (word, act) => {
    await using scene = await openScene()
    answering(scene)
    const ada = await slackPerson(scene.sandbox.url, MANAGER)
    await ada.admin(word)
    expect(scene.inbox.admins.map(request => request.act)).toEqual([act])
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
    expect(scene.inbox.admins.map(({ act }) => act)).toEqual(['freeze', 'unfreeze'])
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
