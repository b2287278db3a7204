/** How `describeWithSmallDisks` names what it can't run. */
const LACKS_RIGHT = 'no right to ';

/**
 * A jest reporter that names, after everything else, each test that was not run: a suite against a real engine leaves
 * its tests pending where that engine is missing. With REQUIRE_BACKENDS=1 (as in CI) a test that was not run fails
 * the run, unless it lacks a right: that can't be installed, but has to be granted to who runs the tests.
 */
export default class NotRunReporter {
  #namePattern;
  #notRun = [];

  constructor(globalConfig) {
    this.#namePattern = globalConfig.testNamePattern;
  }

  onRunComplete(_contexts, results) {
    if (process.env.TESTS === 'fast')
      process.stderr.write('\nThe fast tests were run; `npm run test:all` runs all of them.\n');
    // Whoever asks for tests by name has left the others out on purpose.
    if (this.#namePattern) return;
    this.#notRun = results.testResults.flatMap((file) =>
      file.testResults
        .filter((test) => test.status === 'pending' || test.status === 'todo')
        .map((test) => test.fullName),
    );
    if (this.#notRun.length === 0) return;
    process.stderr.write(
      `\nNot run on this machine (${this.#notRun.length}):\n  ${this.#notRun.join('\n  ')}\n`,
    );
  }

  getLastError() {
    const missing = this.#notRun.filter((name) => !name.includes(LACKS_RIGHT));
    if (missing.length === 0 || process.env.REQUIRE_BACKENDS !== '1') return undefined;
    return new Error(`REQUIRE_BACKENDS=1, but ${missing.length} tests were not run`);
  }
}
