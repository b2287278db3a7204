import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Prints, of the accounts that jest has written into a folder (`--json`), each test that failed with the first lines of
 * why, and then on a last line how many passed, failed and were skipped.
 */
const [folder] = process.argv.slice(2);

/** Of a reason; the whole of it is with the test, further up. */
const LINES_MAX = 4;

const plain = (text) => text.replaceAll(/\u001B\[\d+m/g, '');
const why = (text = '') => {
  const lines = plain(text).split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .slice(0, LINES_MAX)
    .map((line) => `      ${line.trim()}`)
    .join('\n');
};

let [passed, failed, skipped] = [0, 0, 0];
for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
  const run = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  passed += run.numPassedTests;
  // A test file that could not be run at all has no tests to count, so it counts as one that failed.
  failed += run.numFailedTests + run.numRuntimeErrorTestSuites;
  skipped += run.numPendingTests + run.numTodoTests;
  for (const file of run.testResults.filter(({ status }) => status === 'failed')) {
    console.log(`FAIL ${file.name.slice(file.name.lastIndexOf('/test/') + 1)}`);
    const tests = file.assertionResults.filter(({ status }) => status === 'failed');
    if (tests.length === 0) console.log(why(file.message));
    for (const test of tests) console.log(`  ● ${test.fullName}\n${why(test.failureMessages[0])}`);
  }
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
