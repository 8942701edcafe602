import type { ViewStateValue } from '@slack/bolt'
import { describe, expect, it } from 'vitest'
import { notUnderstood } from '../../../adapters/slack/apologies.ts'
import {
  FORM,
  readCommand,
  readForm,
  readMention,
  readOpener,
  uploadForm,
} from '../../../adapters/slack/commands.ts'
import { missingScopes, missingScopesText, runs, SCOPES } from '../../../adapters/slack/permissions.ts'
import { modalProblems } from '../../../src/sandbox/slack/block-rules.ts'
import { faultsOfModal } from './block-kit.ts'

const URL_ = 'https://files.example/a_b.mp4?x=1&y=2'
const link = (factor: number, url = URL_) => ({ kind: 'link', url, factor })

describe('what is typed behind the command', () => {
  it.each<[string, unknown]>([
    ['', { kind: 'form', factor: 2 }],
    ['   ', { kind: 'form', factor: 2 }],
    ['4x', { kind: 'form', factor: 4 }],
    [URL_, link(2)],
    [`${URL_} 4x`, link(4)],
    [`4X   ${URL_}`, link(4)],
    [`x1 ${URL_}`, link(1)],
    ['<https://files.example/a_b.mp4?x=1&amp;y=2> 4x', link(4)],
    ['<https://files.example/a_b.mp4?x=1&amp;y=2|my nice clip>', link(2)],
    ['http://files.example/a.mp4', link(2, 'http://files.example/a.mp4')],
    [`<@U012AB3CD> ${URL_}`, link(2)],
  ])('%j is understood', (text, expected) => {
    expect(readCommand(text)).toEqual(expected)
  })

  it.each([
    ['3x', '"3x" is not a size to choose'],
    [`${URL_} 16x`, '"16x" is not a size to choose'],
    [`${URL_} 4`, '"4" is not a size to choose'],
    ['files.example/clip.mp4', 'not a whole link'],
    ['ftp://files.example/clip.mp4', 'not a whole link'],
    ['javascript:alert(1)', "can't make anything of"],
    ['please', 'can\'t make anything of "please"'],
    [`${URL_} https://files.example/b.mp4`, 'more than one link'],
    [`${URL_} 2x 4x`, 'more than one size'],
    ['<!channel', "can't make anything of"],
    ['x'.repeat(3000), 'x…"'],
  ])('%j is answered in words, with an example to copy', (text, words) => {
    const typed = readCommand(text)
    expect(typed).toEqual({ kind: 'problem', problem: expect.stringContaining(words) })
    const { parts, summary } = notUnderstood((typed as { problem: string }).problem)
    expect(parts).toMatchObject([
      { text: [expect.stringContaining(words), { code: expect.stringMatching(/^\/upscale https:/) }] },
    ])
    expect(summary).toContain('Nothing was charged.')
    expect(summary.length).toBeLessThan(250)
  })
})

it('reads a link and a size out of a sentence that mentions the bot, and lets the rest be', () => {
  expect(
    readMention(`<@U0BOT> could you do these 2 clips, 4x? <${URL_.replace('&', '&amp;')}|a b> thanks!`),
  ).toEqual({
    url: URL_,
    factor: 4,
  })
  expect(readMention('<@U0BOT> 4x please')).toEqual({ url: null, factor: 4 })
  expect(readMention('<@U0BOT>')).toEqual({ url: null, factor: 2 })
})

describe('the form', () => {
  const opener = { channelId: 'T012AB3CD/C012AB3CD', responseUrl: 'https://hooks.slack.com/commands/T/1/x' }

  it('has one file, one link and the size that was asked for', () => {
    const form = uploadForm(opener, 4)
    expect(faultsOfModal(form)).toEqual([])
    expect(modalProblems(form)).toEqual({ problems: [], too_large: false })
    expect(form).toMatchObject({ type: 'modal', callback_id: FORM, submit: { text: 'Show prices' } })
    expect(form.blocks).toMatchObject([
      { block_id: 'file', optional: true, element: { type: 'file_input', max_files: 1 } },
      { block_id: 'link', optional: true, element: { type: 'url_text_input' } },
      { block_id: 'factor', optional: false, element: { initial_option: { value: '4' } } },
      { type: 'context' },
    ])
    expect(JSON.stringify(form)).toContain('Up to 10 MB here. Larger:')
  })

  it('remembers where it was asked for, and takes nothing else for that', () => {
    expect(readOpener(uploadForm(opener, 2).private_metadata!)).toEqual(opener)
    for (const other of [
      '',
      'null',
      '[]',
      '{',
      '"x"',
      '{"channelId":1,"responseUrl":"x"}',
      '{"channelId":"x"}',
    ]) {
      expect(readOpener(other), other).toBeNull()
    }
  })

  const values = (over: { link?: string | null; files?: string[]; factor?: string }) => {
    const file: unknown = { type: 'file_input', files: (over.files ?? []).map(id => ({ id })) }
    const size: unknown = {
      type: 'static_select',
      selected_option: over.factor ? { value: over.factor } : null,
    }
    return {
      file: { file: file as ViewStateValue },
      link: { link: { type: 'url_text_input', value: over.link ?? null } },
      factor: { factor: size as ViewStateValue },
    }
  }

  it.each<[string, Parameters<typeof values>[0], unknown]>([
    ['a file', { files: ['F1'], factor: '4' }, { kind: 'file', fileId: 'F1', factor: 4 }],
    ['a link', { link: ` ${URL_} `, factor: '1' }, link(1)],
    ['a size that is none', { files: ['F1'], factor: '3' }, { kind: 'file', fileId: 'F1', factor: 2 }],
    ['nothing', {}, { kind: 'errors', errors: { file: 'Give a file, or a link below.' } }],
    ['a blank link', { link: '  ' }, { kind: 'errors', errors: { file: 'Give a file, or a link below.' } }],
    [
      'both',
      { files: ['F1'], link: URL_ },
      { kind: 'errors', errors: { link: 'Give a file or a link, not both.' } },
    ],
    [
      'no link',
      { link: 'files.example' },
      { kind: 'errors', errors: { link: 'That is not a link. It has to begin with https://.' } },
    ],
    [
      'another scheme',
      { link: 'file:///etc/passwd' },
      { kind: 'errors', errors: { link: expect.any(String) } },
    ],
  ])('with %s', (_, given, expected) => {
    expect(readForm(values(given))).toEqual(expected)
  })

  it('says in its errors only blocks that it has, and reads an empty state', () => {
    const blocks = uploadForm(opener, 2).blocks.map(block => block.block_id)
    for (const given of [{}, { files: ['F1'], link: URL_ }, { link: 'x' }]) {
      const read = readForm(values(given))
      for (const block of Object.keys(read.kind === 'errors' ? read.errors : { none: '' })) {
        expect(blocks).toContain(block)
      }
    }
    expect(readForm({})).toMatchObject({ kind: 'errors' })
  })
})

describe('who runs a workspace', () => {
  const admin = { id: 'U1', team_id: 'T1', deleted: false, is_admin: true }
  const at = (teamId: string, enterpriseId: string | null = null) => ({ teamId, enterpriseId })
  it('is an admin or an owner of that one, also where an organisation counts them to another', () => {
    expect(runs(admin, at('T1'))).toBe(true)
    expect(runs({ ...admin, is_admin: false, is_owner: true }, at('T1'))).toBe(true)
    expect(runs({ ...admin, is_admin: false, is_primary_owner: true }, at('T1'))).toBe(true)
    const organisation = { ...admin, enterprise_user: { teams: ['T1', 'T2'], is_owner: true } }
    expect(runs(organisation, at('T2'))).toBe(true)
  })

  it('is nobody else, and nobody who has left', () => {
    expect(runs({ ...admin, is_admin: false }, at('T1'))).toBe(false)
    expect(runs({ id: 'U1', team_id: 'T1' }, at('T1'))).toBe(false)
    expect(runs({ ...admin, deleted: true }, at('T1'))).toBe(false)
    expect(runs(admin, at('T2'))).toBe(false)
    // Of another workspace of the same organisation.
    expect(runs({ ...admin, enterprise_user: { teams: ['T1', 'T2'] } }, at('T2'))).toBe(false)
    expect(runs({ ...admin, enterprise_user: { is_admin: true, teams: ['T1'] } }, at('T2'))).toBe(false)
  })

  it('is, where an organisation has installed the app, whoever runs that organisation', () => {
    const of = (enterprise_user: object) => runs({ ...admin, enterprise_user }, at('T1', 'E1'))
    expect(of({ enterprise_id: 'E1', is_owner: true })).toBe(true)
    expect(of({ enterprise_id: 'E1', is_admin: true })).toBe(true)
    expect(of({ enterprise_id: 'E1', teams: ['T1'] })).toBe(false)
    expect(of({ enterprise_id: 'E2', is_owner: true, teams: ['T1'] })).toBe(false)
  })
})

describe('scopes', () => {
  it('are missed by name, each with what it is for', () => {
    const granted = Object.keys(SCOPES).filter(scope => scope !== 'files:write' && scope !== 'commands')
    expect(missingScopes(granted)).toEqual(['commands', 'files:write'])
    expect(missingScopes([...Object.keys(SCOPES), 'channels:read'])).toEqual([])
    expect(missingScopesText(missingScopes(granted))).toContain('files:write (posts the finished videos)')
  })
})
