import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const CURE = 'apt-get install chromium'

function findChromium(): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      if (folder && existsSync(join(folder, name))) return join(folder, name)
    }
  }
  return null
}

/**
 * Whether there is a browser, for `describe.skipIf(!hasChromium())`. Where there is none this says so, with the cure,
 * and in CI it throws, so that nothing is skipped there.
 */
export function hasChromium(): boolean {
  if (findChromium()) return true
  const message = `SKIPPED: chromium is not installed: ${CURE}`
  if (process.env.CI) throw new Error(message)
  process.stderr.write(`\n${message}\n\n`)
  return false
}

/** A headless Chromium that finds no name but this machine's address, so that nothing it loads comes from elsewhere. */
export function openBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  if (!executablePath) throw new Error(`chromium is not installed: ${CURE}`)
  return chromium.launch({
    executablePath,
    args: [
      // Tests may run as root, in containers, without a graphics card, and must not speak to the browser's maker.
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  })
}

/** A page, and everything about it that would mean that something is wrong. */
export interface WatchedPage {
  page: Page
  /** Console errors, exceptions, and requests to anywhere but this machine. */
  complaints: string[]
  /** How many requests it made. */
  requests(): number
}

export async function openPage(
  browser: Browser,
  url: string,
  viewport: { width: number; height: number },
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport, locale: 'en-GB', reducedMotion: 'reduce' })
  const page = await context.newPage()
  // What does not appear in this time will not: an upscaled clip takes the stand-in some seconds.
  page.setDefaultTimeout(30_000)
  const complaints: string[] = []
  let requests = 0
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', error => complaints.push(`exception: ${error.message}`))
  page.on('request', request => {
    requests++
    const { protocol, hostname } = new URL(request.url())
    const local = protocol === 'blob:' || protocol === 'data:' || hostname === '127.0.0.1'
    if (!local) complaints.push(`request to ${request.url()}`)
  })
  await page.goto(url)
  return { page, complaints, requests: () => requests }
}

const ARTIFACTS = fileURLToPath(new URL('../../artifacts/', import.meta.url))

/** Where a picture is kept for people to look at; CI keeps the folder. */
export async function artifact(name: string): Promise<string> {
  await mkdir(ARTIFACTS, { recursive: true })
  return join(ARTIFACTS, name)
}
