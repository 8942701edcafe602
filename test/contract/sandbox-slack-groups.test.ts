import { expect, test } from 'vitest'
import { installByHand, listen, manifestWith, openStage, type Stage } from './sandbox-slack.kit.ts'

const refusalOf = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: { data: object }) => error.data,
  )
const GROUP = 'S0APPROVERS'

test('a workspace tells its user groups and who is in them, with as much as is asked for', async () => {
  await using stage = await openStage()
  const { web } = stage
  const [bare] = (await web.usergroups.list()).usergroups!
  expect(bare).toMatchObject({
    id: GROUP,
    team_id: stage.team('The Reel Room'),
    handle: 'approvers',
    name: 'Approvers',
    date_delete: 0,
  })
  expect(bare).not.toHaveProperty('users')
  expect(bare).not.toHaveProperty('user_count')
  const members = [stage.user('Ada'), stage.user('Jonas')]
  const [whole] = (await web.usergroups.list({ include_users: true, include_count: true })).usergroups!
  expect(whole).toMatchObject({ users: members, user_count: 2 })
  expect((await web.usergroups.users.list({ usergroup: GROUP })).users).toEqual(members)
})

test('a group that is disabled is told of only where that is asked for, and one elsewhere or nowhere never', async () => {
  await using stage = await openStage()
  const { web } = stage
  await stage.done('/user-group', { usergroup_id: GROUP, disabled: true })
  const members = (usergroup: string, include_disabled = false) =>
    refusalOf(web.usergroups.users.list({ usergroup, include_disabled }))
  expect(await members(GROUP)).toMatchObject({ error: 'no_such_subteam' })
  expect(await members(GROUP, true)).toBeNull()
  expect(await members('S0LANTERNAP')).toMatchObject({ error: 'no_such_subteam' })
  expect(await members('S0NOWHERE01')).toMatchObject({ error: 'no_such_subteam' })
  expect((await web.usergroups.list()).usergroups).toEqual([])
  const [disabled] = (await web.usergroups.list({ include_disabled: true })).usergroups!
  expect(disabled!.date_delete).toBeGreaterThan(0)
})

test('an app that was not granted usergroups:read is told of no group', async () => {
  await using stage = await openStage({ slack: { manifest: await manifestWith([], ['usergroups:read']) } })
  const { web } = stage
  const refusal = {
    error: 'missing_scope',
    needed: 'usergroups:read',
    provided: expect.stringContaining('users:read'),
  }
  expect(await refusalOf(web.usergroups.list())).toMatchObject(refusal)
  expect(await refusalOf(web.usergroups.users.list({ usergroup: GROUP }))).toMatchObject(refusal)
})

test('a token of an organisation has to say whose groups are meant', async () => {
  await using stage = await openStage({ slack: { rateLimits: false } })
  const { access_token } = await installByHand(stage, 'E0LANTERN01')
  const { usergroups } = stage.client(access_token)
  expect(await refusalOf(usergroups.list())).toMatchObject({ error: 'missing_argument' })
  const team_id = stage.team('Lantern Slides')
  expect((await usergroups.list({ team_id })).usergroups).toMatchObject([{ id: 'S0LANTERNAP' }])
  const { users } = await usergroups.users.list({ usergroup: 'S0LANTERNAP', team_id })
  expect(users).toEqual([stage.user('Tomas'), stage.user('Ines')])
})

/** The text of a command as the app gets it. */
async function typed(stage: Stage, command: string, text: string): Promise<unknown> {
  await using app = await listen(stage)
  const acknowledged = stage.event('interaction')
  await stage.done('/slash', {
    user_id: stage.user('Mira'),
    channel_id: stage.channel('clips'),
    command,
    text,
  })
  await acknowledged
  return (app.payloads.at(-1) as { text: string }).text
}

test('a command that asks for it gets people, groups and links as messages have them, others what was typed', async () => {
  await using stage = await openStage()
  const line = 'approval 1 @Jonas @ines @Approvers mail@ada @nobody, R&D <b> https://a.example/?b&c'
  expect(await typed(stage, '/upscale', line)).toBe(line)
  expect(await typed(stage, '/upscale-admin', line)).toBe(
    `approval 1 <@${stage.user('Jonas')}|jonas.frames> @ines <!subteam^${GROUP}|@approvers> mail@ada ` +
      '@nobody, R&amp;D &lt;b&gt; <https://a.example/?b&amp;c>',
  )
})

test('nobody can write in direct messages that are read-only, nor use a command there', async () => {
  await using stage = await openStage()
  const user_id = stage.user('Mira')
  const { channel: channel_id } = await stage.web.chat.postMessage({ channel: user_id, text: 'Here it is.' })
  const refused = await Promise.all([
    stage.act('/message', { user_id, channel_id, text: 'Thanks' }),
    stage.act('/slash', { user_id, channel_id, command: '/upscale', text: '' }),
  ])
  expect(refused.map(({ status }) => status)).toEqual([403, 403])
})
