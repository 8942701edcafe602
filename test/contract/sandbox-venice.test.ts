import { readFile } from 'node:fs/promises'
import { fetch } from 'undici'
import { describe, expect, test } from 'vitest'
import { type Clip, clipPath, clips } from '../fixtures/clips/clips.ts'
import { bytesOf, jsonOf, MODEL, measure, retimed, type Served, SOON, serve } from './sandbox-venice.kit.ts'

const order = (videoUrl: string, factor: number, more: object = {}) => ({
  model: MODEL,
  video_url: videoUrl,
  upscale_factor: factor,
  ...more,
})

async function queued(venice: Served, body: object): Promise<{ queueId: string; downloadUrl: unknown }> {
  const response = await venice.post('/video/queue', body)
  const answer = await jsonOf(response)
  expect(response.status, JSON.stringify(answer)).toBe(200)
  expect(answer.model).toBe(MODEL)
  return { queueId: String(answer.queue_id), downloadUrl: answer.download_url }
}

/** The result is the source enlarged: every frame, the same length, upright, no sound. */
async function expectEnlarged(bytes: Uint8Array, clip: Clip, factor: number): Promise<void> {
  const made = await measure(bytes)
  expect(made).toMatchObject({
    width: clip.displayWidth * factor,
    height: clip.displayHeight * factor,
    rotation: 0,
    codec: 'avc',
    frames: clip.frames,
    hasAudio: false,
  })
  expect(Math.abs(made.durationS - clip.durationS)).toBeLessThan(1 / clip.fps)
}

describe('the guide dialect', () => {
  test('takes an https address or a loopback one, and gives the result behind a url', async () => {
    await using venice = await serve({ dialect: 'guide' })
    const { queueId, downloadUrl } = await queued(venice, order(venice.clipUrl(clips.mp4Sound), 2))
    expect(downloadUrl).toBeUndefined()
    const answer = await jsonOf(await venice.settle(queueId))
    expect(answer).toEqual({ status: 'completed', url: expect.stringContaining('http://127.0.0.1:') })
    const file = await fetch(String(answer.url))
    expect(file.headers.get('content-type')).toBe('video/mp4')
    await expectEnlarged(await bytesOf(file), clips.mp4Sound, 2)

    const finalized = await venice.post('/video/complete', { queue_id: queueId })
    expect(await jsonOf(finalized)).toEqual({ status: 'completed', url: answer.url })
    expect((await venice.post('/video/retrieve', { queue_id: queueId })).status).toBe(200)
  })

  test('enlarges by 2 where no factor is given and ignores whatever duration says', async () => {
    await using venice = await serve({ dialect: 'guide' })
    const video_url = venice.clipUrl(clips.silent)
    const { queueId } = await queued(venice, { model: MODEL, video_url, duration: 77 })
    expect(venice.job(queueId).upscale_factor).toBe(2)
  })

  test('refuses prompt and resolution, and nothing is accepted', async () => {
    await using venice = await serve({ dialect: 'guide' })
    const url = venice.clipUrl(clips.silent)
    const withResolution = await venice.post('/video/queue', order(url, 2, { resolution: '1080p' }))
    expect(withResolution.status).toBe(400)
    expect(await jsonOf(withResolution)).toEqual({ error: 'Use upscale_factor instead of resolution' })
    const withPrompt = await venice.post('/video/queue', order(url, 2, { prompt: '' }))
    expect(withPrompt.status).toBe(400)
    expect((await jsonOf(withPrompt)).error).toContain('prompt')
    expect(venice.venice.book().jobs).toEqual([])
    expect(venice.venice.book().queue_requests.map(entry => entry.status)).toEqual([400, 400])
  })

  test('says completed without an address where asked to, and complete tells it', async () => {
    await using venice = await serve({ dialect: 'guide' })
    venice.venice.faults.set('no-url', true)
    const { queueId } = await queued(venice, order(venice.clipUrl(clips.fast60), 1))
    expect(await jsonOf(await venice.settle(queueId))).toEqual({ status: 'completed' })
    const { url } = await jsonOf(await venice.post('/video/complete', { queue_id: queueId }))
    await expectEnlarged(await bytesOf(await fetch(String(url))), clips.fast60, 1)
  })

  test('quotes by seconds and height, takes the dearest tier without a height, and refuses the spec form', async () => {
    await using venice = await serve({ dialect: 'guide' })
    const quote = async (body: object) =>
      jsonOf(await venice.post('/video/quote', { model: MODEL, ...body }, { authorization: '' }))
    expect(await quote({ duration: '10', input_height: 480 })).toEqual({ quote: 0.25 })
    expect(await quote({ duration: '10', input_height: 720 })).toEqual({ quote: 1 })
    expect(await quote({ duration: '30', input_height: 1080, upscale_factor: 2 })).toEqual({ quote: 3 })
    expect(await quote({ duration: '10', input_height: 360, upscale_factor: 4 })).toEqual({ quote: 1 })
    expect(await quote({ duration: '10', input_height: 360, upscale_factor: 1 })).toEqual({ quote: 0.13 })
    expect(await quote({ duration: '10' })).toEqual({ quote: 1 })
    expect((await quote({ duration: 'Auto', video_url: venice.clipUrl(clips.silent) })).error).toContain(
      'duration',
    )
  })
})

describe('the spec dialect', () => {
  test('requires prompt and a duration from its list, and names what is wrong', async () => {
    await using venice = await serve({ dialect: 'spec' })
    const url = venice.clipUrl(clips.silent)
    const bare = await venice.post('/video/queue', order(url, 2))
    expect(bare.status).toBe(400)
    expect(await jsonOf(bare)).toMatchObject({
      error: expect.stringMatching(/duration.*prompt/),
      details: { duration: { _errors: ['Required'] }, prompt: { _errors: ['Required'] } },
    })
    const real = await venice.post('/video/queue', order(url, 2, { prompt: '', duration: '2.00' }))
    expect(real.status).toBe(400)
    await queued(venice, order(url, 2, { prompt: '', duration: '2s' }))
    await queued(venice, order(url, 2, { prompt: '', duration: 'Auto' }))
  })

  test('tells a download address at queue, serves it five times, and knows the clip no more after complete', async () => {
    await using venice = await serve({ dialect: 'spec' })
    const { queueId, downloadUrl } = await queued(
      venice,
      order(venice.clipUrl(clips.rotatedPhone), 2, { prompt: '', duration: 'Auto' }),
    )
    expect(await jsonOf(await venice.settle(queueId))).toEqual({
      status: 'COMPLETED',
      average_execution_time: expect.any(Number),
      execution_duration: expect.any(Number),
    })
    await expectEnlarged(await bytesOf(await fetch(String(downloadUrl))), clips.rotatedPhone, 2)
    const part = await fetch(String(downloadUrl), { headers: { range: 'bytes=0-99' } })
    expect([part.status, (await bytesOf(part)).length]).toEqual([206, 100])
    for (let use = 3; use <= 5; use++) expect((await fetch(String(downloadUrl))).status).toBe(200)
    expect((await fetch(String(downloadUrl))).status).toBe(410)

    const name = { model: MODEL, queue_id: queueId }
    expect(await jsonOf(await venice.post('/video/complete', name))).toEqual({ success: true })
    expect((await venice.post('/video/retrieve', name)).status).toBe(404)
    expect((await venice.post('/video/complete', name)).status).toBe(404)
    expect(venice.job(queueId).status).toBe('DELETED')
  })

  test('sends the file itself where queue told no address, and deletes it then where asked to', async () => {
    await using venice = await serve({ dialect: 'spec' })
    venice.venice.faults.set('inline-result', true)
    const body = order(venice.clipUrl(clips.webmVp9), 1, { prompt: '', duration: 'Auto' })
    const { queueId, downloadUrl } = await queued(venice, body)
    expect(downloadUrl).toBeUndefined()
    const done = await venice.settle(queueId)
    expect(done.headers.get('content-type')).toBe('video/mp4')
    await expectEnlarged(await bytesOf(done), clips.webmVp9, 1)
    const name = { model: MODEL, queue_id: queueId }
    const last = await venice.post('/video/retrieve', { ...name, delete_media_on_completion: true })
    expect(last.status).toBe(200)
    await bytesOf(last)
    await expect.poll(() => venice.job(queueId).status, SOON).toBe('DELETED')
  })

  test('requires the model in retrieve and complete and allows nothing unknown there', async () => {
    await using venice = await serve({ dialect: 'spec' })
    expect((await venice.post('/video/retrieve', { queue_id: 'x' })).status).toBe(400)
    expect((await venice.post('/video/complete', { queue_id: 'x' })).status).toBe(400)
    const extra = { model: MODEL, queue_id: 'x', verbose: true }
    expect((await venice.post('/video/retrieve', extra)).status).toBe(400)
  })

  test('quotes exactly what it then charges', async () => {
    await using venice = await serve({ dialect: 'spec' })
    for (const clip of [clips.fast60, clips.vfr, clips.rotatedPhone]) {
      const url = venice.clipUrl(clip)
      const body = order(url, 4, { duration: 'Auto' })
      const { quote } = await jsonOf(await venice.post('/video/quote', body, { authorization: '' }))
      const { queueId } = await queued(venice, { ...body, prompt: '' })
      expect(venice.job(queueId).charged_usd).toBe(quote)
    }
  })
})

describe('the observed dialect', () => {
  test('wants the real duration as a string: no number, no Auto, nothing far off', async () => {
    await using venice = await serve({ dialect: 'observed' })
    const url = venice.clipUrl(clips.silent)
    for (const duration of [undefined, 2, 'Auto', '2s', '9.5']) {
      const response = await venice.post('/video/queue', order(url, 2, { duration }))
      expect([duration, response.status]).toEqual([duration, 400])
      expect((await jsonOf(response)).error).toContain('duration')
    }
    await queued(venice, order(url, 2, { duration: '2.00', prompt: '' }))
  })

  test('sends the file as the body of retrieve, and complete deletes it', async () => {
    await using venice = await serve({ dialect: 'observed' })
    const { queueId } = await queued(venice, order(venice.clipUrl(clips.vfr), 2, { duration: '2.97' }))
    const done = await venice.settle(queueId)
    expect(done.headers.get('content-type')).toBe('video/mp4')
    const bytes = await bytesOf(done)
    expect(Number(done.headers.get('content-length'))).toBe(bytes.length)
    await expectEnlarged(bytes, clips.vfr, 2)
    const name = { model: MODEL, queue_id: queueId }
    expect(await jsonOf(await venice.post('/video/complete', name))).toEqual({ success: true })
    expect((await venice.post('/video/retrieve', name)).status).toBe(404)
  })

  test('quotes from the file and from numbers', async () => {
    await using venice = await serve({ dialect: 'observed' })
    const fromFile = {
      model: MODEL,
      duration: 'Auto',
      video_url: venice.clipUrl(clips.fast60),
      upscale_factor: 4,
    }
    expect(await jsonOf(await venice.post('/video/quote', fromFile))).toEqual({ quote: 0.026 })
    const fromNumbers = { model: MODEL, duration: '10', input_height: 480 }
    expect(await jsonOf(await venice.post('/video/quote', fromNumbers))).toEqual({ quote: 0.25 })
  })
})

describe('topaz-video-precision', () => {
  const precise = { model: 'topaz-video-precision' }

  test.each([
    ['H.265 by itself', {}, 'hevc'],
    ['H.264 where it is asked for', { h264_output: true }, 'avc'],
    ['H.265 where H.264 is not wanted', { h264_output: false }, 'hevc'],
  ] as const)('makes %s', async (_what, more, codec) => {
    await using venice = await serve()
    const response = await venice.post('/video/queue', {
      ...order(venice.clipUrl(clips.moovLast), 2),
      ...precise,
      ...more,
    })
    const told = await jsonOf(response)
    expect(told).toEqual({ ...precise, queue_id: expect.any(String) })
    const queueId = String(told.queue_id)
    const { url } = await jsonOf(await venice.settle(queueId, precise.model))
    expect(await measure(await bytesOf(await fetch(String(url))))).toMatchObject({
      width: 640,
      height: 360,
      codec,
      frames: clips.moovLast.frames,
    })
    expect(venice.job(queueId)).toMatchObject({ ...precise, charged_usd: 0.0125 })
    const usage = await jsonOf(await venice.get('/billing/usage-history'))
    expect(usage.data).toMatchObject([{ sku: precise.model, amount: -0.0125, pricePerUnitUsd: 0.0125 }])
  })

  test('is quoted by its own prices, by numbers and from the file', async () => {
    await using venice = await serve({ dialect: 'observed' })
    const quote = async (body: object) => (await jsonOf(await venice.post('/video/quote', body))).quote
    expect(await quote({ ...precise, duration: '10', input_height: 1080 })).toBe(0.75)
    const video_url = venice.clipUrl(clips.fast60)
    expect(await quote({ ...precise, duration: 'Auto', video_url, upscale_factor: 4 })).toBe(0.025)
  })

  test('is a model of its own: h264_output is refused for the other, and its jobs are not known there', async () => {
    await using venice = await serve()
    const plain = order(venice.clipUrl(clips.moovLast), 1)
    const refused = async (body: object) => {
      const response = await venice.post('/video/queue', { ...plain, ...body })
      return [response.status, (await jsonOf(response)).error]
    }
    const aboutField = [400, expect.stringContaining('h264_output')]
    expect(await refused({ h264_output: true })).toEqual(aboutField)
    expect(await refused({ ...precise, h264_output: 'true' })).toEqual(aboutField)
    expect(await refused({ model: 'topaz-video' })).toEqual([400, 'Invalid model specified'])
    expect(venice.venice.book()).toMatchObject({ jobs: [], credit_usd: 100 })

    const { queue_id } = await jsonOf(await venice.post('/video/queue', { ...plain, ...precise }))
    await venice.settle(String(queue_id), precise.model)
    for (const path of ['/video/retrieve', '/video/complete']) {
      const ask = async (model: string) => (await venice.post(path, { model, queue_id })).status
      expect([path, await ask(MODEL), await ask('topaz-video')]).toEqual([path, 404, 400])
      expect([path, await ask(precise.model)]).toEqual([path, 200])
    }
  })

  test('stands beside the older one in the list of models', async () => {
    await using venice = await serve()
    const { data } = await jsonOf(await venice.get('/models?type=video'))
    expect(data).toMatchObject([
      { id: MODEL, type: 'video' },
      { id: precise.model, type: 'video', model_spec: { name: 'Topaz Video Precision' } },
    ])
    expect((await jsonOf(await venice.get('/models?type=text'))).data).toEqual([])
  })
})

describe('reading the source', () => {
  test.each(Object.values(clips).map(clip => [clip.file, clip] as const))(
    'reads %s exactly',
    async (_file, clip: Clip) => {
      await using venice = await serve()
      const { queueId } = await queued(venice, order(venice.clipUrl(clip), 1))
      const { source } = venice.job(queueId)
      expect(source).toMatchObject({
        width: clip.displayWidth,
        height: clip.displayHeight,
        codec: clip.videoCodec,
        has_audio: clip.hasAudio,
        bytes: (await readFile(clipPath(clip))).length,
      })
      expect(source.fps).toBeCloseTo(clip.fps, 2)
      expect(source.duration_s).toBeCloseTo(clip.durationS, 3)
      const { url } = await jsonOf(await venice.settle(queueId))
      await expectEnlarged(await bytesOf(await fetch(String(url))), clip, 1)
    },
  )

  test('takes a data URL', async () => {
    await using venice = await serve()
    const base64 = (await readFile(clipPath(clips.movSound))).toString('base64')
    const { queueId } = await queued(venice, order(`data:video/quicktime;base64,${base64}`, 2))
    const { url } = await jsonOf(await venice.settle(queueId))
    await expectEnlarged(await bytesOf(await fetch(String(url))), clips.movSound, 2)
  })

  test('follows a redirect', async () => {
    await using venice = await serve()
    await queued(venice, order(`${venice.url}/moved/silent.mp4`, 1))
  })

  test('refuses what it cannot fetch or read, with 400 and no charge', async () => {
    await using venice = await serve()
    for (const url of [
      'nonsense',
      `${venice.url}/missing.mp4`,
      `${venice.url}/text.mp4`,
      'data:text/plain;base64,AAAA',
      'data:video/mp4;base64,AAAA',
      'data:video/mp4;base64,',
    ]) {
      const response = await venice.post('/video/queue', order(url, 2))
      expect([url, response.status]).toEqual([url, 400])
      expect((await jsonOf(response)).error).toEqual(expect.any(String))
    }
    expect(venice.venice.book()).toMatchObject({ credit_usd: 100, jobs: [] })
  })

  test('fetches nothing over plain http from another machine, nor over other protocols, nor by redirect', async () => {
    await using venice = await serve()
    const away = `${venice.url}/away?to=${encodeURIComponent('http://192.0.2.1/a.mp4')}`
    for (const url of ['http://192.0.2.1/a.mp4', 'ftp://127.0.0.1/a.mp4', 'file:///etc/hosts', away]) {
      const { error } = await jsonOf(await venice.post('/video/queue', order(url, 2)))
      expect([url, error]).toEqual([url, expect.stringContaining('must be an https URL')])
    }
  })

  test('refuses a clip above 300 s or with hardly a frame, with 422 and no charge', async () => {
    await using venice = await serve()
    const long = await venice.post('/video/queue', order(await retimed(clips.silent, 301), 1))
    expect(long.status).toBe(422)
    expect(await jsonOf(long)).toMatchObject({ code: 'VIDEO_DURATION_TOO_LONG', credits_refunded: true })
    const short = await venice.post('/video/queue', order(await retimed(clips.silent, 0.05), 1))
    expect(short.status).toBe(422)
    expect(await jsonOf(short)).not.toHaveProperty('credits_refunded')
    expect(venice.venice.book()).toMatchObject({ credit_usd: 100, jobs: [] })
    const { queueId } = await queued(venice, order(await retimed(clips.silent, 300), 1))
    expect(venice.job(queueId).charged_usd).toBe(3.9)
  })

  test('refuses a data URL above 67 MB with 413, and a body far above it too', async () => {
    await using venice = await serve()
    for (const length of [67_000_001, 75_000_000]) {
      const response = await venice.post(
        '/video/queue',
        order(`data:video/mp4;base64,${'A'.repeat(length)}`, 2),
      )
      expect(response.status).toBe(413)
      expect(await jsonOf(response)).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
    }
  })

  test('wants JSON: another content type is 415, broken JSON is 400', async () => {
    await using venice = await serve()
    const form = await venice.post('/video/queue', 'model=x', {
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(form.status).toBe(415)
    expect((await venice.post('/video/queue', '{"model":')).status).toBe(400)
    expect((await venice.post('/video/queue', '[]')).status).toBe(400)
    expect((await venice.post('/video/queue', order(venice.clipUrl(clips.silent), 3))).status).toBe(400)
    expect((await venice.post('/video/queue', { ...order('x', 2), model: 'other' })).status).toBe(400)
  })
})
