import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const files = ['src', 'adapters'].flatMap(dir =>
  readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' })
    .filter(name => /\.(ts|mts)$/.test(name))
    .map(name => `${dir}/${name}`),
)
const textOf = (file: string) => readFileSync(join(root, file), 'utf8')

/** Everything that a file imports: files of ours by their path from the root, packages by their name. */
function importsOf(file: string): string[] {
  const specifiers = [...textOf(file).matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(m => m[1]!)
  return specifiers.map(s => (s.startsWith('.') ? relative(root, resolve(root, dirname(file), s)) : s))
}

/** "src/venice/wire.ts" -> "src/venice"; the adapters each are an area of their own. */
const areaOf = (file: string) => file.split('/').slice(0, 2).join('/')
const isOurs = (imported: string) => /^(src|adapters)\//.test(imported)
const crossing = (file: string) => importsOf(file).filter(i => isOurs(i) && areaOf(i) !== areaOf(file))

const COMPOSERS = [
  'src/app.ts',
  'src/main.ts',
  'src/local-sandbox.ts',
  'src/reencrypt.ts',
  'src/ledger-check.ts',
]
const AREAS = [
  'src/core',
  'src/flows',
  'src/venice',
  'src/media',
  'src/queue',
  'src/store',
  'src/storage',
  'src/http',
  'src/sandbox',
  'src/sources',
  'src/vault',
  'adapters/discord',
  'adapters/slack',
]

describe('who imports whom', () => {
  it('knows every area there is', () => {
    const areas = new Set(files.map(areaOf).filter(area => !area.endsWith('.ts')))
    expect([...areas].sort()).toEqual([...AREAS].sort())
  })

  it('the core imports nothing outside the core', () => {
    for (const file of files.filter(f => f.startsWith('src/core/'))) {
      expect(
        importsOf(file).filter(i => !i.startsWith('src/core/')),
        file,
      ).toEqual([])
    }
  })

  it('the flows import only the core, and no package', () => {
    for (const file of files.filter(f => f.startsWith('src/flows/'))) {
      expect(
        importsOf(file).filter(i => !/^src\/(core|flows)\//.test(i)),
        file,
      ).toEqual([])
    }
  })

  it('plugs and adapters import only the core and what is their own', () => {
    const plugs = AREAS.filter(a => !['src/core', 'src/flows', 'src/sandbox'].includes(a))
    for (const file of files.filter(f => plugs.includes(areaOf(f)))) {
      expect(
        crossing(file).filter(i => areaOf(i) !== 'src/core'),
        file,
      ).toEqual([])
    }
  })

  it('the sandbox imports no bot code, and the bot none of the sandbox', () => {
    for (const file of files) {
      const others = crossing(file)
      if (areaOf(file) === 'src/sandbox') expect(others, file).toEqual([])
      else
        expect(
          others.filter(i => areaOf(i) === 'src/sandbox'),
          file,
        ).toEqual([])
    }
  })

  it('only the composers see more than one plug', () => {
    for (const file of files.filter(f => /^src\/[^/]+\.ts$/.test(f) && !COMPOSERS.includes(f))) {
      expect(
        crossing(file).filter(
          i => i.includes('/') && areaOf(i) !== 'src/core' && !/^src\/[^/]+\.ts$/.test(i),
        ),
        file,
      ).toEqual([])
    }
  })

  it('core and flows name no platform, no store and no provider', () => {
    for (const file of files.filter(f => /^src\/(core|flows)\//.test(f))) {
      expect(textOf(file).match(/discord|slack|bullmq|redis|postgres|venice/gi) ?? [], file).toEqual([])
    }
  })

  it('the adapters have the same files, each with the same duty', () => {
    // Slack has no sessions that could be gone on with: it sends events again by itself, and presses never. Discord shows
    // a file to one person alone, where Slack needs direct messages.
    const only = ['missed.ts', 'replay.ts', 'sessions.ts', 'direct.ts']
    const filesOf = (adapter: string) =>
      files
        .filter(f => f.startsWith(`adapters/${adapter}/`))
        .map(f => f.slice(f.lastIndexOf('/') + 1))
        .filter(name => !only.includes(name))
    expect(filesOf('slack').sort()).toEqual(filesOf('discord').sort())
    expect(filesOf('slack').length).toBeGreaterThan(10)
  })

  it('only the entry and the config ask the environment or whether this is the sandbox', () => {
    const askers = files.filter(f => /process\.env/.test(textOf(f)) && areaOf(f) !== 'src/sandbox')
    expect(askers.sort()).toEqual(['src/ledger-check.ts', 'src/main.ts', 'src/reencrypt.ts'])
    const sandboxed = files.filter(
      f =>
        /sandbox/i.test(textOf(f)) &&
        areaOf(f) !== 'src/sandbox' &&
        !COMPOSERS.includes(f) &&
        f !== 'src/config.ts',
    )
    expect(sandboxed).toEqual([])
  })
})
