/**
 * The door of every npm script. Plain JavaScript, so that a Node too old for the rest can still read it and say
 * what to do. `node src/run.mjs` checks; `node src/run.mjs FILE ARGS...` checks and then runs FILE.
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const WANTED = 24

const major = Number(process.versions.node.split('.')[0])
if (major < WANTED) {
  console.error(
    [
      `Murano needs Node ${WANTED} or newer; this is ${process.version}.`,
      'On Linux (x64, arm64) the project brings its own: run `npm ci` (without --omit=optional), then use the npm scripts.',
      `Elsewhere install Node ${WANTED} from nodejs.org, or with a version manager: \`nvm install ${WANTED}\`, \`fnm install ${WANTED}\`.`,
    ].join('\n'),
  )
  process.exit(1)
}

const [, , entry, ...args] = process.argv
if (entry) {
  process.argv = [process.argv[0], resolve(entry), ...args]
  await import(pathToFileURL(resolve(entry)).href)
}
