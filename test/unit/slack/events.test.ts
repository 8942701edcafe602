import { describe, expect, it } from 'vitest'
import { readRemoval } from '../../../adapters/slack/events.ts'
import { findFile } from '../../../adapters/slack/files.ts'
import { readPress } from '../../../adapters/slack/presses.ts'
import {
  readMentionEvent,
  readShortcut,
  readSlash,
  readSubmission,
} from '../../../adapters/slack/requests.ts'

const hook = { response_url: 'https://hooks.slack.com/x', trigger_id: '1.2.3' }
const person = { id: 'U012', username: 'mira', team_id: 'T012' }
const workspace = { team: { id: 'T012', domain: 'reel' }, enterprise: null, is_enterprise_install: false }
/** As for an app that is installed for a whole organisation. */
const organisation = { team: null, enterprise: { id: 'E09', name: 'House' }, is_enterprise_install: true }

const shortcut = (message: object, where: object = workspace) => ({
  type: 'message_action',
  callback_id: 'upscale_video',
  message_ts: '1732300000.000100',
  channel: { id: 'C012', name: 'clips' },
  user: person,
  message: { type: 'message', text: '', ...message },
  ...hook,
  ...where,
})
const mp4 = { id: 'F1', name: 'a.mp4', mimetype: 'video/mp4', url_private: 'https://files.slack.com/a' }

describe('a slash command', () => {
  const slash = {
    command: '/upscale',
    text: '',
    team_id: 'T012',
    channel_id: 'C012',
    user_id: 'U012',
    is_enterprise_install: 'false',
    ...hook,
  }
  it('names its workspace, or the organisation too where it is installed there', () => {
    expect(readSlash(slash, 5)).toMatchObject({
      tenantId: 'T012',
      eventId: 'slack:1.2.3',
      place: { communityId: 'T012', channelId: 'T012/C012', isThread: false },
      reply: { at: 5, userId: 'U012', channelId: 'T012/C012' },
    })
    // A workspace of an organisation that has the app for itself is only itself.
    expect(readSlash({ ...slash, enterprise_id: 'E09' }, 5).tenantId).toBe('T012')
    const org = { ...slash, enterprise_id: 'E09', is_enterprise_install: 'true' }
    expect(readSlash(org, 5).place.channelId).toBe('E09.T012/C012')
  })
})

describe('a message shortcut', () => {
  it('of an organisation-wide app has no team; the person has', () => {
    const asked = readShortcut(shortcut({ files: [mp4] }, organisation), 5)
    expect(asked.place).toEqual({
      communityId: 'E09',
      channelId: 'E09.T012/C012/1732300000.000100',
      isThread: true,
    })
  })

  it('takes the video of the message, or of one that it forwards, before a link in its text', () => {
    const wanted = (message: object) => readShortcut(shortcut(message), 5).wanted
    const png = { id: 'F0', name: 'a.png', mimetype: 'image/png' }
    expect(wanted({ files: [png, mp4] })).toMatchObject({ kind: 'file', file: { id: 'F1' } })
    expect(wanted({ attachments: [{ files: [mp4] }] })).toMatchObject({ kind: 'file', file: { id: 'F1' } })
    expect(wanted({ files: [mp4], text: '<https://a.example/b.mp4>' })).toMatchObject({ kind: 'file' })
    expect(wanted({ files: [png], text: '<https://a.example/b.mp4>' })).toEqual({
      kind: 'link',
      url: 'https://a.example/b.mp4',
    })
    expect(wanted({ files: [png] })).toMatchObject({ kind: 'file', file: { id: 'F0' } })
    expect(wanted({ text: 'hello' })).toEqual({ kind: 'nothing' })
  })
})

describe('a mention', () => {
  const mention = (event: object, outer: object = {}) => ({
    type: 'event_callback',
    event_id: 'Ev1',
    team_id: 'T012',
    authorizations: [{ team_id: 'T012', enterprise_id: null, is_enterprise_install: false }],
    event: { type: 'app_mention', user: 'U012', text: '', ts: '1.000100', channel: 'C012', ...event },
    ...outer,
  })

  it('belongs to the workspace whose installation hears of it, not to the writer’s', () => {
    const shared = { team_id: 'T999', authorizations: [{ team_id: 'T012' }] }
    expect(readMentionEvent(mention({}, shared))?.tenantId).toBe('T012')
    const org = {
      authorizations: [{ team_id: null, enterprise_id: 'E09', is_enterprise_install: true }],
      context_team_id: 'T012',
    }
    expect(readMentionEvent(mention({}, org))?.tenantId).toBe('E09.T012')
  })

  it('by a bot is not answered', () => {
    expect(readMentionEvent(mention({ bot_id: 'B1' }))).toBeNull()
    expect(readMentionEvent(mention({ user: undefined }))).toBeNull()
  })
})

describe('a press', () => {
  const press = {
    type: 'block_actions',
    user: { ...person, id: 'U777', team_id: 'T999' },
    ...workspace,
    container: { type: 'message', message_ts: '2.000100', channel_id: 'C012', thread_ts: '1.000100' },
    actions: [
      {
        type: 'static_select',
        action_id: 'u1:factor:j1:2',
        action_ts: '9.1',
        selected_option: { value: '4' },
      },
    ],
    ...hook,
  }
  it('is known by who, what and when, and stands in its thread', () => {
    expect(readPress(press, 5)).toMatchObject({
      eventId: 'slack:T012:9.1:U777',
      presserId: 'U777',
      message: { channelId: 'T012/C012/1.000100', messageId: '2.000100' },
      action: { name: 'factor', jobId: 'j1', version: 2 },
      value: '4',
    })
  })

  it('by somebody of another workspace belongs to the workspace that the card was posted for', () => {
    const theirs = { ...press, team: { id: 'T999' } }
    const tenantOf = (message: object) => readPress({ ...theirs, message }, 5).message.channelId.split('/')[0]
    expect(tenantOf({ team: 'T012' })).toBe('T012')
    expect(tenantOf({ bot_profile: { team_id: 'T012' }, team: 'T999' })).toBe('T012')
    expect(tenantOf({ bot_profile: {}, team: 'E09' })).toBe('T999')
    const org = { ...press, ...organisation, message: { team: 'T012' } }
    expect(readPress(org, 5).message.channelId).toBe('E09.T012/C012/1.000100')
  })

  it('on something that is not ours has no action', () => {
    const [action] = press.actions
    expect(readPress({ ...press, actions: [{ ...action, action_id: 'x' }] }, 5).action).toBeNull()
    expect(() => readPress({ ...press, actions: [] }, 5)).toThrow()
  })
})

describe('a form', () => {
  const submission = (private_metadata: string) => ({
    type: 'view_submission',
    user: person,
    ...organisation,
    view: { id: 'V1', callback_id: 'upscale_form', private_metadata, state: { values: {} } },
  })
  it('knows from its opener where it belongs', () => {
    const opener = { channelId: 'E09.T012/C012', responseUrl: 'https://hooks.slack.com/x' }
    expect(readSubmission(submission(JSON.stringify(opener)), 5).asked).toMatchObject({
      eventId: 'slack:view:V1',
      tenantId: 'E09.T012',
      place: { communityId: 'E09', channelId: 'E09.T012/C012', isThread: false },
    })
    expect(readSubmission(submission('{}'), 5).asked).toBeNull()
  })
})

describe('that the bot was removed', () => {
  it('is heard where it is the bot’s own token that was revoked', () => {
    const body = (event: object) => ({ team_id: 'T012', event })
    expect(readRemoval(body({ type: 'app_uninstalled' }))).toEqual({
      said: 'app_uninstalled',
      teamId: 'T012',
      enterpriseId: null,
      orgWide: false,
    })
    expect(readRemoval(body({ type: 'tokens_revoked', tokens: { bot: ['U1'], oauth: [] } }))).not.toBeNull()
    expect(readRemoval(body({ type: 'tokens_revoked', tokens: { oauth: ['U1'] } }))).toBeNull()
  })

  it('names an organisation where there is no authorization any more, and never nobody', () => {
    const event = { type: 'app_uninstalled' }
    const said = 'app_uninstalled'
    const authorizations = [{ team_id: null, enterprise_id: 'E09', is_enterprise_install: true }]
    expect(readRemoval({ team_id: 'T012', authorizations, event })).toEqual({
      said,
      teamId: 'T012',
      enterpriseId: 'E09',
      orgWide: true,
    })
    expect(readRemoval({ enterprise_id: 'E09', event })).toMatchObject({ enterpriseId: 'E09', orgWide: true })
    expect(readRemoval({ enterprise_id: 'E09', team_id: 'T012', event })).toMatchObject({
      teamId: 'T012',
      enterpriseId: 'E09',
      orgWide: null,
    })
    expect(readRemoval({ authorizations: [{}], event })).toBeNull()
  })
})

describe('the clip among files', () => {
  it('is the first video, else one of which nothing is known, else any', () => {
    const png = { id: 'P', mimetype: 'image/png', name: 'movie.mp4' }
    const stub = { id: 'S', mode: 'file_access', file_access: 'check_file_info' }
    const odd = { id: 'O', mimetype: 'application/octet-stream', name: 'clip.MOV' }
    expect(findFile([png, stub, mp4])).toEqual({ file: mp4, isVideo: true })
    expect(findFile([png, stub])).toEqual({ file: stub, isVideo: true })
    expect(findFile([png, odd])).toEqual({ file: odd, isVideo: true })
    expect(findFile([png])).toEqual({ file: png, isVideo: false })
    expect(findFile([])).toBeNull()
  })
})
