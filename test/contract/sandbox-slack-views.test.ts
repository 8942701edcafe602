import { expect, test } from 'vitest'
import { installByHand, listen, openStage, refusalOf, type Stage } from './sandbox-slack.kit.ts'

const said = async (call: Promise<unknown>) => (await refusalOf(call)).error

const text = (text: string) => ({ type: 'plain_text' as const, text })
const modal = (more: Record<string, unknown> = {}) => ({
  type: 'modal' as const,
  title: text('Upscale'),
  submit: text('Show prices'),
  blocks: [
    {
      type: 'input' as const,
      block_id: 'clip',
      label: text('Clip'),
      element: { type: 'file_input' as const, action_id: 'file', filetypes: ['mp4'], max_files: 1 },
    },
  ],
  ...more,
})

/** A person types the command; the app gets a trigger_id. */
async function useCommand(stage: Stage): Promise<void> {
  const acknowledged = stage.event('interaction')
  const use = {
    user_id: stage.user('Mira'),
    channel_id: stage.channel('clips'),
    command: '/upscale',
    text: '',
  }
  await stage.done('/slash', use)
  expect((await acknowledged).status).toBe('acknowledged')
}

test('a trigger opens one modal, which its person sees', async () => {
  await using stage = await openStage()
  await using app = await listen(stage)
  await useCommand(stage)
  const shown = stage.event('view')
  const trigger_id = app.trigger()
  const { view } = await stage.web.views.open({ trigger_id, view: modal({ callback_id: 'upscale' }) })
  expect(view).toMatchObject({ callback_id: 'upscale', previous_view_id: null, root_view_id: view?.id })
  expect((await shown).view).toMatchObject({ id: view?.id, user_id: stage.user('Mira'), errors: {} })
  expect(await said(stage.web.views.open({ trigger_id, view: modal() }))).toBe('exchanged_trigger_id')
  const unknown = stage.web.views.open({ trigger_id: 'made.up', view: modal() })
  expect(await said(unknown)).toBe('invalid_trigger_id')
})

test('a trigger ends after three seconds, and is none of another workspace', async () => {
  let now = Date.parse('2026-11-22T12:00:00Z')
  await using stage = await openStage({ slack: { clock: () => now } })
  await using app = await listen(stage)
  const { access_token } = await installByHand(stage, stage.team('Lantern Slides'))
  await useCommand(stage)
  const opening = { trigger_id: app.trigger(), view: modal() }
  expect(await said(stage.client(access_token).views.open(opening))).toBe('invalid_trigger_id')
  now += 3001
  expect(await said(stage.web.views.open(opening))).toBe('expired_trigger_id')
})

test('a mistake in the view is named with its place, and does not use the trigger up', async () => {
  await using stage = await openStage()
  await using app = await listen(stage)
  await useCommand(stage)
  const trigger_id = app.trigger()
  const bad = modal({ title: text('A title that is longer than it may be'), submit: undefined })
  expect(await refusalOf(stage.web.views.open({ trigger_id, view: bad }))).toEqual({
    error: 'invalid_arguments',
    messages: [
      '[ERROR] must be less than 25 characters [json-pointer:/view/title/text]',
      '[ERROR] must define `submit` to use an `input` block in modals [json-pointer:/view/submit]',
    ],
  })
  const section = { type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(2900) } }
  const large = modal({ blocks: Array(100).fill(section) })
  expect(await said(stage.web.views.open({ trigger_id, view: large }))).toBe('view_too_large')
  await stage.web.views.open({ trigger_id, view: modal() })
})

test('three modals lie on top of each other and no more; a new one takes the place of all', async () => {
  await using stage = await openStage()
  await using app = await listen(stage)
  await useCommand(stage)
  await stage.web.views.open({ trigger_id: app.trigger(), view: modal({ title: text('One') }) })
  for (const title of ['Two', 'Three']) {
    await useCommand(stage)
    await stage.web.views.push({ trigger_id: app.trigger(), view: modal({ title: text(title) }) })
  }
  const [one, two, three] = stage.state().views
  expect(three?.view).toMatchObject({ title: text('Three') })
  await useCommand(stage)
  const fourth = stage.web.views.push({ trigger_id: app.trigger(), view: modal() })
  expect(await said(fourth)).toBe('push_limit_reached')
  await useCommand(stage)
  const { view } = await stage.web.views.open({ trigger_id: app.trigger(), view: modal() })
  expect(stage.state().views.map(({ id }) => id)).toEqual([view?.id])
  expect([one?.id, two?.id]).not.toContain(view?.id)
})

test('an update with an old hash is refused, and one by the id that the app gave is found', async () => {
  await using stage = await openStage()
  await using app = await listen(stage)
  await useCommand(stage)
  const { view } = await stage.web.views.open({
    trigger_id: app.trigger(),
    view: modal({ external_id: 'job-1' }),
  })
  const other = modal({ title: text('Prices'), external_id: 'job-1' })
  const { view: changed } = await stage.web.views.update({ external_id: 'job-1', view: other })
  expect(changed).toMatchObject({ id: view?.id, title: text('Prices') })
  const stale = stage.web.views.update({ view_id: view!.id!, hash: view!.hash!, view: other })
  expect(await said(stale)).toBe('hash_conflict')
  await stage.web.views.update({ view_id: view!.id!, hash: changed!.hash!, view: other })
  expect(await said(stage.web.views.update({ view_id: 'V0NONE', view: other }))).toBe('not_found')
  await useCommand(stage)
  const twice = stage.web.views.push({ trigger_id: app.trigger(), view: other })
  expect(await said(twice)).toBe('duplicate_external_id')
})
