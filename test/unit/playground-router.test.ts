import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPlayground } from '../../src/sandbox/playground/index.ts'

let url = ''
const server = createServer()

beforeAll(async () => {
  server.on('request', express().use('/', await createPlayground()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

it('serves everything that the page asks for, and names no other host', async () => {
  const page = await fetch(url)
  const html = await page.text()
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
  const wanted = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(match => match[1]!)
  expect(wanted).toHaveLength(3)
  for (const path of wanted) {
    expect(path).toMatch(/^\//)
    const response = await fetch(url + path)
    expect([path, response.status]).toEqual([path, 200])
  }
  const css = await (await fetch(`${url}/playground/style.css`)).text()
  expect(css).not.toMatch(/url\(|@import/)
})

it('bundles the page into one script that imports nothing more', async () => {
  const response = await fetch(`${url}/playground/page.js`)
  const script = await response.text()
  expect(response.headers.get('content-type')).toContain('javascript')
  expect(script).toContain('composer-file')
  expect(script).not.toMatch(/^\s*import\b/m)
})

it('has a small clip for those who have none at hand, in parts where a player asks for parts', async () => {
  const response = await fetch(`${url}/playground/sample.mp4`, { headers: { range: 'bytes=4-7' } })
  expect(response.status).toBe(206)
  expect(response.headers.get('content-type')).toBe('video/mp4')
  expect(Number(response.headers.get('content-range')?.split('/')[1])).toBeLessThan(300_000)
  expect(await response.text()).toBe('ftyp')
})
