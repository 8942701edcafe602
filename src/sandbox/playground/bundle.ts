import { rolldown } from 'rolldown'

/**
 * One script for the browser from the page's TypeScript, in memory. 0.1 s on two cores (22 November 2026); not minified, because
 * it travels over loopback only and is nicer to read in the browser's tools.
 */
export async function bundlePage(entry: string): Promise<string> {
  await using build = await rolldown({ input: entry, platform: 'browser', logLevel: 'warn' })
  const { output } = await build.generate({ format: 'esm', codeSplitting: false })
  return output[0].code
}
