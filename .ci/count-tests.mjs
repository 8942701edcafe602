/** Prints "PASSED FAILED" from vitest's JSON report; a file that broke before its tests and a skipped test are failures. */
import { readFileSync } from 'node:fs'

let report
try {
  report = JSON.parse(readFileSync(process.argv[2], 'utf8'))
} catch {
  // No report: the step before it has failed, and is counted as a step.
  console.log('0 0')
  process.exit(0)
}
const broken = report.testResults.filter(
  file => file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed'),
)
const skipped = report.testResults.flatMap(file =>
  file.assertionResults
    .filter(test => !['passed', 'failed'].includes(test.status))
    .map(test => test.fullName),
)
for (const file of broken) console.error(`broken before its tests: ${file.name}`)
for (const name of skipped) console.error(`skipped, which nothing may be here: ${name}`)
console.log(`${report.numPassedTests} ${report.numFailedTests + broken.length + skipped.length}`)
