import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { neededPermissions } from '../../adapters/discord/permissions.ts'
import { SETTINGS } from '../../src/config.ts'
import { STATES } from '../kit/jobs.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const README = read('README.md')
const ARCHITECTURE = read('src/ARCHITECTURE.md')
const project = JSON.parse(read('package.json')) as { version: string; scripts: Record<string, string> }

const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(match => match[1]!)
const cell = (text: string) => text.replaceAll('|', '\\|')

describe('the README', () => {
  it('has every setting, in the words of the config', () => {
    const rows = SETTINGS.map(({ name, about }) => `| \`${name}\` | ${cell(about)} |`)
    const table = ['| Setting | What it is |', '| --- | --- |', ...rows].join('\n')
    const shown = /<!-- settings[^>]*-->\n([\s\S]*?)\n<!-- \/settings -->/.exec(README)?.[1]
    expect(shown).toBe(table)
  })

  it('names every option of `npm run try`, and no other', () => {
    const source = read('src/sandbox/try.ts')
    const usage = /const USAGE = `([\s\S]*?)`/.exec(source)?.[1] ?? ''
    const options = new Set(matches(usage, /^ {2}(--[a-z]+)/gm))
    expect(options.size).toBeGreaterThan(0)
    expect(new Set(matches(README, /^\| `(--[a-z]+)/gm))).toEqual(options)
  })

  it('asks for the permissions that the adapter needs, and no more', () => {
    expect(matches(README, /permissions=(\d+)/g)).toEqual([String(neededPermissions())])
  })

  it('shows a picture that is there and is not heavy', () => {
    const [picture] = matches(README, /<img src="([^"]+)"/g)
    expect(statSync(join(root, picture!)).size).toBeLessThan(300_000)
    expect(readFileSync(join(root, picture!)).subarray(1, 4).toString()).toBe('PNG')
  })
})

describe('the pages about the project', () => {
  it.each(['README.md', 'CHANGELOG.md', 'src/ARCHITECTURE.md'])('%s has no link that leads nowhere', file => {
    const links = matches(read(file), /\]\(([^)#]+)\)/g).filter(link => !link.includes('://'))
    expect(links.filter(link => !existsSync(resolve(root, dirname(file), link)))).toEqual([])
  })

  it.each(['README.md', 'CHANGELOG.md', 'src/ARCHITECTURE.md'])(
    '%s names only commands that there are',
    file => {
      const scripts = matches(read(file), /npm (?:run ([\w:-]+)|start|test)\b/g).map(name => name ?? 'start')
      expect(scripts.filter(script => !project.scripts[script])).toEqual([])
    },
  )

  it('the changelog begins with this version', () => {
    expect(matches(read('CHANGELOG.md'), /^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$/gm)[0]).toBe(
      project.version,
    )
  })

  it('the image starts the bot as `npm start` does', () => {
    const [command] = matches(read('Dockerfile'), /^CMD (\[.+\])$/gm)
    // npm starts a shell, which `exec` replaces, so that signals reach the bot; the image has none.
    expect(`exec ${(JSON.parse(command!) as string[]).join(' ')}`).toBe(project.scripts.start)
  })
})

describe('src/ARCHITECTURE.md', () => {
  it('names only files and folders that there are', () => {
    const paths = matches(ARCHITECTURE, /`([a-z]+\/[\w./-]*|[a-z-]+\.(?:ts|mjs))`/g)
    expect(paths.length).toBeGreaterThan(30)
    const homes = ['', 'src', 'adapters/discord', 'test']
    expect(paths.filter(path => !homes.some(home => existsSync(join(root, home, path))))).toEqual([])
  })

  it('has every folder of src and adapters', () => {
    const folders = ['src', 'adapters'].flatMap(dir =>
      readdirSync(join(root, dir), { withFileTypes: true })
        .filter(entry => entry.isDirectory())
        .map(entry => `${dir}/${entry.name}/`),
    )
    expect(folders.filter(folder => !ARCHITECTURE.includes(`\`${folder}\``))).toEqual([])
  })

  it('has every state of a job, and no other', () => {
    const table = /\| State \|[^\n]*\n([\s\S]*?)\n\n/.exec(ARCHITECTURE)?.[1] ?? ''
    const named = table.split('\n').flatMap(row => matches(row.split('|')[1] ?? '', /`(\w+)`/g))
    expect(named.sort()).toEqual([...STATES].sort())
  })

  it('quotes only titles of tests that there are', () => {
    const invariants = /## Invariants[^\n]*\n([\s\S]*?)\n## /.exec(ARCHITECTURE)?.[1] ?? ''
    const proofs = [...invariants.matchAll(/`(test\/\S+)`:((?:[^`](?!\n {3}- |\n\d))*[^`\n])/g)]
    expect(proofs.length).toBeGreaterThan(10)
    for (const [, file, quoted] of proofs) {
      const titles = matches(quoted!, /"((?:[^"]|"%s")+)"/g)
      expect(titles.length, `${file}: ${quoted}`).toBeGreaterThan(0)
      for (const title of titles) expect(read(file!), file).toContain(title)
    }
  })
})
