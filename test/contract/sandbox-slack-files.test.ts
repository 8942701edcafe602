import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SlackFile } from '../../src/sandbox/control.ts'
import { installByHand, openStage, refusalOf, type Stage } from './sandbox-slack.kit.ts'

const said = async (call: Promise<unknown>) => (await refusalOf(call)).error
const clip = randomBytes(300_000)
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const get = (url: string, token: string | null, headers: Record<string, string> = {}) =>
  fetch(url, {
    redirect: 'manual',
    headers: token === null ? headers : { authorization: `Bearer ${token}`, ...headers },
  })

/** Mira shares a file in a channel. */
async function share(stage: Stage, channel: string, file: SlackFile): Promise<void> {
  await stage.done('/message', {
    user_id: stage.user('Mira'),
    channel_id: stage.channel(channel),
    file_ids: [file.id],
  })
}

/** The first two of the three steps. */
async function uploadByApp(stage: Stage, body: BodyInit, length = clip.length): Promise<string> {
  const { upload_url, file_id } = await stage.web.files.getUploadURLExternal({
    filename: 'fox-4x.mp4',
    length,
  })
  const answer = await fetch(upload_url!, { method: 'POST', body })
  expect([answer.status, await answer.text()]).toEqual([200, `OK - ${length}`])
  return file_id!
}

test('a file opens for a token that can see it, whole and in parts; the page needs none', async () => {
  await using stage = await openStage()
  const { botToken } = stage.sandbox.slack
  const file = await stage.upload('fox walk.mp4', clip)
  await share(stage, 'clips', file)
  const { file: info } = await stage.web.files.info({ file: file.id })
  expect(info).toMatchObject({
    mimetype: 'video/mp4',
    filetype: 'mp4',
    mode: 'hosted',
    size: clip.length,
    url_private: file.url_private,
  })
  const whole = await get(file.url_private_download, botToken)
  expect(digest(await whole.bytes())).toBe(digest(clip))
  expect(whole.headers.get('content-disposition')).toContain('fox walk.mp4')
  const part = await get(file.url_private, botToken, { range: 'bytes=10-19' })
  expect([part.status, part.headers.get('content-range'), part.headers.get('content-length')]).toEqual([
    206,
    `bytes 10-19/${clip.length}`,
    '10',
  ])
  expect(Buffer.from(await part.bytes())).toEqual(clip.subarray(10, 20))
  const etag = part.headers.get('etag') ?? ''
  const going_on = (ifRange: string) =>
    get(file.url_private, botToken, { range: 'bytes=10-', 'if-range': ifRange })
  expect([(await going_on(etag)).status, (await going_on('"another"')).status]).toEqual([206, 200])
  expect((await get(file.url_private, botToken, { range: 'bytes=999999-' })).status).toBe(416)
  expect((await get(file.sandbox_url, null)).status).toBe(200)
})

test('whoever may not see a file is sent to a page that asks to sign in', async () => {
  await using stage = await openStage()
  const { access_token } = await installByHand(stage, stage.team('Lantern Slides'))
  const file = await stage.upload('fox.mp4', clip)
  await share(stage, 'clips', file)
  for (const token of [null, 'xoxb-made-up', stage.sandbox.slack.appToken, access_token!]) {
    const answer = await get(file.url_private, token)
    expect(answer.status).toBe(302)
    const page = await get(new URL(answer.headers.get('location') ?? '', file.url_private).href, token)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  }
  expect(await said(stage.client(access_token).files.info({ file: file.id }))).toBe('file_not_found')
  await stage.web.auth.revoke()
  expect((await get(file.url_private, stage.sandbox.slack.botToken)).status).toBe(302)
})

test('a file of a private channel is there only for a bot that is in it', async () => {
  await using stage = await openStage()
  const ada = stage.user('Ada')
  const file = await stage.upload('scores.mp4', clip, { user: ada })
  const jury = stage.channel('festival-jury')
  await stage.done('/message', { user_id: ada, channel_id: jury, file_ids: [file.id] })
  expect(await said(stage.web.files.info({ file: file.id }))).toBe('file_not_found')
  expect((await get(file.url_private, stage.sandbox.slack.botToken)).status).toBe(302)
  await stage.done('/membership', { channel_id: jury, bot: true })
  const { file: info } = await stage.web.files.info({ file: file.id })
  expect(info?.shares?.private?.[jury]).toHaveLength(1)
})

test('a file that was shared with another workspace opens for both', async () => {
  await using stage = await openStage()
  const { access_token } = await installByHand(stage, stage.team('Lantern Slides'))
  const file = await stage.upload('strip.mp4', clip)
  await share(stage, 'print-exchange', file)
  expect((await get(file.url_private, access_token!)).status).toBe(200)
})

test('each kind of file behaves as its like on Slack', async () => {
  await using stage = await openStage()
  const { botToken } = stage.sandbox.slack
  const external = await stage.upload('far.mp4', clip, { kind: 'external' })
  const stub = await stage.upload('stub.mp4', clip, { kind: 'stub' })
  const hidden = await stage.upload('hidden.mp4', clip, { kind: 'hidden' })
  const gone = await stage.upload('gone.mp4', clip, { kind: 'gone' })
  const scanning = await stage.upload('new.mp4', clip, { kind: 'scanning' })
  const channel = stage.channel('clips')
  for (const file of [external, stub, hidden, gone, scanning]) await share(stage, 'clips', file)
  const info = async (file: SlackFile) => (await stage.web.files.info({ file: file.id })).file
  expect(await info(external)).toMatchObject({ mode: 'external', is_external: true })
  expect((await info(external))?.url_private).not.toContain(stage.sandbox.url)
  expect(await info(stub)).toMatchObject({ mode: 'hosted', url_private: stub.url_private })
  const { messages } = await stage.web.conversations.history({ channel, limit: 5 })
  expect(messages?.flatMap(message => message.files ?? []).find(file => file.id === stub.id)).toEqual({
    id: stub.id,
    mode: 'file_access',
    file_access: 'check_file_info',
    created: 0,
  })
  expect(await said(stage.web.files.info({ file: hidden.id }))).toBe('file_not_found')
  expect(await info(gone)).toMatchObject({ mode: 'tombstone' })
  expect((await get(gone.url_private, botToken)).status).toBe(404)
  expect((await get(scanning.url_private, botToken)).status).toBe(404)
  await info(scanning)
  expect((await get(scanning.url_private, botToken)).status).toBe(404)
  await info(scanning)
  expect((await get(scanning.url_private, botToken)).status).toBe(200)
})

test('with slack-file-scanning every new file has to be waited for', async () => {
  await using stage = await openStage({ faults: ['slack-file-scanning'] })
  const file = await stage.upload('fox.mp4', clip)
  expect((await get(file.url_private, stage.sandbox.slack.botToken)).status).toBe(404)
})

test('an upload in three steps becomes a message a moment after the answer', async () => {
  const later: (() => void)[] = []
  const after = (_ms: number, act: () => void) => {
    later.push(act)
    return () => {}
  }
  await using stage = await openStage({ slack: { after } })
  const channel_id = stage.channel('upscale-lab')
  const parent = await stage.web.chat.postMessage({ channel: channel_id, text: 'Your clip' })
  const id = await uploadByApp(stage, clip)
  expect(await said(stage.web.files.info({ file: id }))).toBe('file_not_found')
  const shared = stage.event('message')
  const completed = await stage.web.files.completeUploadExternal({
    files: [{ id, title: 'Fox, four times' }],
    channel_id,
    thread_ts: parent.ts!,
    initial_comment: 'Here it is',
  })
  expect(completed.files).toEqual([{ id, title: 'Fox, four times' }])
  expect((await stage.web.files.info({ file: id })).file?.shares).toEqual({})
  for (const act of later) act()
  const { message } = await shared
  expect(message).toMatchObject({
    channel: channel_id,
    thread_ts: parent.ts,
    text: 'Here it is',
    files: [{ id }],
  })
  const { file } = await stage.web.files.info({ file: id })
  expect(file?.shares?.public?.[channel_id]).toMatchObject([{ ts: message.ts, thread_ts: parent.ts }])
  const bytes = await (await get(file!.url_private!, stage.sandbox.slack.botToken)).bytes()
  expect(digest(bytes)).toBe(digest(clip))
  const again = stage.web.files.completeUploadExternal({ files: [{ id }], channel_id })
  expect(await said(again)).toBe('file_not_found')
})

test('the bytes may come as a form, cut anywhere', async () => {
  await using stage = await openStage()
  const form = new FormData()
  form.set('body', new Blob([clip]), 'fox-4x.mp4')
  const id = await uploadByApp(stage, form)
  await stage.web.files.completeUploadExternal({ files: [{ id }] })
  const { file } = await stage.web.files.info({ file: id })
  const bytes = await (await get(file!.url_private!, stage.sandbox.slack.botToken)).bytes()
  expect(digest(bytes)).toBe(digest(clip))
  // A boundary that is cut in two by the chunks, and bytes that look like the beginning of one.
  const tricky = Buffer.from('abc\r\n--bou and \r\n--bound but not the end')
  const whole = Buffer.concat([
    Buffer.from('--boundary\r\ncontent-disposition: form-data; name="body"\r\n\r\n'),
    tricky,
    Buffer.from('\r\n--boundary--\r\n'),
  ])
  const single = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of whole) controller.enqueue(Uint8Array.of(byte))
      controller.close()
    },
  })
  const { upload_url, file_id } = await stage.web.files.getUploadURLExternal({
    filename: 'tricky.txt',
    length: tricky.length,
  })
  const headers = { 'content-type': 'multipart/form-data; boundary=boundary' }
  const sent = await fetch(upload_url!, {
    method: 'POST',
    headers,
    body: single,
    duplex: 'half',
  } as RequestInit)
  expect(await sent.text()).toBe(`OK - ${tricky.length}`)
  await stage.web.files.completeUploadExternal({ files: [{ id: file_id! }] })
  const kept = (await stage.web.files.info({ file: file_id! })).file
  const text = await (await get(kept!.url_private!, stage.sandbox.slack.botToken)).text()
  expect(text).toBe(tricky.toString())
})

test('bytes of another length than announced are refused, and the upload can be tried again', async () => {
  await using stage = await openStage()
  const { upload_url, file_id } = await stage.web.files.getUploadURLExternal({
    filename: 'fox.mp4',
    length: clip.length,
  })
  const send = async (body: BodyInit) => (await fetch(upload_url!, { method: 'POST', body })).status
  expect(await send(clip.subarray(1))).toBe(400)
  const early = stage.web.files.completeUploadExternal({ files: [{ id: file_id! }] })
  expect(await said(early)).toBe('file_not_found')
  expect(await send(clip)).toBe(200)
  expect(await send(clip)).toBe(404)
  await stage.web.files.completeUploadExternal({ files: [{ id: file_id! }] })
})

test('where a file may not be shared, Slack says why, and the upload is not used up', async () => {
  await using stage = await openStage()
  const id = await uploadByApp(stage, clip)
  const complete = (name: string, more = {}) =>
    said(
      stage.web.files.completeUploadExternal({ files: [{ id }], channel_id: stage.channel(name), ...more }),
    )
  expect(await complete('projection')).toBe('channel_not_found')
  await stage.done('/membership', { channel_id: stage.channel('general'), bot: false })
  expect(await complete('general')).toBe('not_in_channel')
  await stage.done('/channel', { channel_id: stage.channel('clips'), posting: 'admins_only' })
  expect(await complete('clips')).toBe('posting_to_channel_denied')
  await stage.done('/channel', { channel_id: stage.channel('clips'), archived: true })
  expect(await complete('clips')).toBe('is_archived')
  const markdown = [{ type: 'markdown', text: '**x**' }]
  expect(await complete('upscale-lab', { blocks: markdown })).toBe('internal_error')
  expect(await complete('upscale-lab', { blocks: [{ type: 'divider', x: 1 }] })).toBe('invalid_blocks')
  const shared = stage.event('message')
  await stage.web.files.completeUploadExternal({
    files: [{ id }],
    channel_id: stage.channel('upscale-lab'),
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '*Done*' } }],
  })
  expect((await shared).message.blocks).toHaveLength(1)
})

test('uploads are refused by the workspace, by its storage and by their size', async () => {
  await using stage = await openStage()
  const ask = (length: number) => said(stage.web.files.getUploadURLExternal({ filename: 'fox.mp4', length }))
  expect(await ask(1024 ** 3 + 1)).toBe('file_upload_size_restricted')
  expect(await ask(0)).toBe('invalid_arguments')
  const { faults } = stage.sandbox.slack
  faults.set('slack-storage-full', true)
  expect(await ask(10)).toBe('storage_limit_reached')
  faults.set('slack-upload-refused', true)
  expect(await ask(10)).toBe('file_uploads_disabled')
})

test('with slack-post-lost an upload is completed although nobody hears of it', async () => {
  await using stage = await openStage()
  const id = await uploadByApp(stage, clip)
  stage.sandbox.slack.faults.set('slack-post-lost', true)
  const shared = stage.event('message')
  const channel_id = stage.channel('clips')
  const call = stage.web.files.completeUploadExternal({ files: [{ id }], channel_id })
  await expect(call).rejects.toThrow('fetch failed')
  expect((await shared).message.files).toMatchObject([{ id }])
})

test("the app deletes its own files and nobody else's", async () => {
  await using stage = await openStage()
  const theirs = await stage.upload('fox.mp4', clip)
  expect(await said(stage.web.files.delete({ file: theirs.id }))).toBe('cant_delete_file')
  const id = await uploadByApp(stage, clip)
  await stage.web.files.completeUploadExternal({ files: [{ id }] })
  const { file } = await stage.web.files.info({ file: id })
  await stage.web.files.delete({ file: id })
  expect(await said(stage.web.files.info({ file: id }))).toBe('file_deleted')
  expect((await get(file!.url_private!, stage.sandbox.slack.botToken)).status).toBe(404)
})

test('nothing is left on the disk when the stand-in is closed', async () => {
  const workDir = await mkdtemp(join(tmpdir(), 'slack-files-'))
  {
    await using stage = await openStage({ slack: { workDir } })
    await stage.upload('fox.mp4', clip)
    expect(await readdir(workDir)).toHaveLength(1)
  }
  expect(await readdir(workDir)).toEqual([])
  await rm(workDir, { recursive: true })
})
