import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test } from 'vitest'
import type { DiscordEvent, ReadyLine } from '../../src/sandbox/control.ts'
import { openStage } from './sandbox-discord.kit.ts'

const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

function start(...args: string[]) {
  const child = spawn(process.execPath, ['src/sandbox/main.ts', ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  running.push(child)
  let complaint = ''
  child.stderr.on('data', chunk => {
    complaint += chunk
  })
  const lines = createInterface({ input: child.stdout })
  const ready = once(lines, 'line').then(([line]) => JSON.parse(line) as ReadyLine)
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return { child, ready, ended, complaint: () => complaint }
}

describe('the sandbox as a process', () => {
  test('it says where it is in one line, and ends when its parent does', async () => {
    const { child, ready, ended } = start('--with-parent', '--dialect', 'observed', '--fault', 'cdn-slow')
    const { url, env } = await ready
    expect(env).toEqual({
      VENICE_BASE_URL: `${url}/venice/api/v1`,
      VENICE_API_KEY: expect.any(String),
      DISCORD_TOKEN: expect.any(String),
      DISCORD_API_URL: `${url}/discord/api`,
      SLACK_BOT_TOKEN: expect.stringMatching(/^xoxb-/),
      SLACK_APP_TOKEN: expect.stringMatching(/^xapp-/),
      SLACK_API_URL: `${url}/slack/api`,
      TRUSTED_ORIGINS: url,
      OPERATORS: expect.stringMatching(/^discord:\d+,slack:\w+$/),
    })
    const faults = (await (await fetch(`${url}/sandbox/faults`)).json()) as { name: string; on: boolean }[]
    expect(faults.filter(fault => fault.on).map(fault => fault.name)).toEqual(['cdn-slow'])
    expect(await (await fetch(`${url}/sandbox/venice/book`)).json()).toMatchObject({ dialect: 'observed' })
    child.stdin.end()
    expect(await ended).toBe(0)
  })

  test('a port that is taken is no reason not to start', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const { ready, child, ended } = start('--port', String(port))
    const { url } = await ready
    expect(new URL(url).port).not.toBe(String(port))
    taken.close()
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  test.each([
    ['--fault', 'nope', 'There is no fault "nope". There are: discord-500'],
    ['--dialect', 'latin', '--dialect takes one of guide, spec, observed'],
    ['--premium-tier', '9', '--premium-tier takes a number from 0 to 3'],
  ])('%s %s is refused with what there is', async (option, value, sentence) => {
    const { ended, complaint } = start(option, value)
    expect(await ended).toBe(2)
    expect(complaint()).toContain(sentence)
  })
})

describe('the control routes', () => {
  test('the event stream tells a member what happens, and the state what is there', async () => {
    await using stage = await openStage()
    const { url } = stage.sandbox
    const stream = await fetch(`${url}/sandbox/discord/events`)
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    await stage.rest.post(`/channels/${stage.channel('general')}/messages`, { body: { content: 'hello' } })
    let text = ''
    for await (const chunk of stream.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      if (text.includes('data: ')) break
    }
    const event = JSON.parse(text.match(/^data: (.*)$/m)![1]!) as DiscordEvent
    expect(event).toMatchObject({ type: 'message', message: { content: 'hello', edits: 0, loading: false } })
    const state = await (await fetch(`${url}/sandbox/discord/state`)).json()
    expect(state).toMatchObject({ guild: { name: 'The Reel Room' }, bot_online: false })
  })

  test('a clip is described with its size as shown, a broken one without', async () => {
    await using stage = await openStage()
    const clip = new Uint8Array(await readFile('test/fixtures/clips/rotated-phone.mp4'))
    const { url: _url, proxy_url: _proxy, id: _id, ...told } = await stage.upload('clip.mp4', clip)
    expect(told).toEqual({
      filename: 'clip.mp4',
      size: clip.length,
      content_type: 'video/mp4',
      width: 180,
      height: 320,
      ephemeral: true,
    })
    const broken = await stage.upload('broken.mp4', clip.slice(0, 500))
    expect(broken.width).toBeUndefined()
    expect((await stage.upload('empty.mp4', new Uint8Array(0))).size).toBe(0)
  })

  test.each([
    ['an unknown command', '/discord/slash', { name: 'nope' }, 404],
    ['a missing required option', '/discord/slash', { options: {} }, 400],
    ['a value that is none of the choices', '/discord/slash', { options: { factor: '3' } }, 400],
    ['an option that does not exist', '/discord/slash', { options: { factor: '2', speed: 1 } }, 400],
    ['a member that does not exist', '/discord/slash', { user_id: '1'.repeat(18) }, 404],
    ['a body that is none', '/discord/slash', { user_id: 7 }, 400],
    ['a message that does not exist', '/discord/press', { message_id: '1'.repeat(18), custom_id: 'go' }, 404],
  ])('%s is refused', async (_what, path, change, status) => {
    await using stage = await openStage()
    const factor = {
      type: 3,
      name: 'factor',
      description: 'How much',
      required: true,
      choices: [{ name: '2x', value: '2' }],
    }
    const commands = `/applications/${stage.sandbox.discord.state().application_id}/commands` as const
    await stage.rest.put(commands, { body: [{ name: 'upscale', description: 'x', options: [factor] }] })
    const use = {
      user_id: stage.user('Mira'),
      channel_id: stage.channel('general'),
      name: 'upscale',
      options: { factor: '2' },
    }
    expect((await stage.act('/discord/slash', use)).status).toBe(200)
    const answer = await stage.act(path, { ...use, ...change })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toEqual({ error: expect.any(String) })
  })
})
