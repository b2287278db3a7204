import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'test');
/** As the beginning of a pattern. */
const tests = folder.replaceAll(/[!()*?[\\\]{}]/g, '\\$&');

/** What takes longer than some seconds. */
const SLOW = [
  'contract/event-store-kurrentdb-{adapter,doubt,following,identity,outages}',
  'contract/large-appends-kurrentdb',
  'unit/embedded/{power-cuts,wide-damage}',
  'e2e/**/!(http-contract)',
].map((path) => `${tests}/${path}.test.ts`);

const ALL = [`${tests}/**/*.test.ts`];
const RUNS = { all: ALL, rest: SLOW, fast: [...ALL, ...SLOW.map((path) => `!${path}`)] };

/** Which tests are run: those that are `fast`, the `rest`, or else all of them. */
const { TESTS = 'all' } = process.env;

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: RUNS[TESTS],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  setupFilesAfterEnv: ['<rootDir>/test/support/held-fetch.ts'],
  reporters: ['default', '<rootDir>/scripts/not-run-reporter.js'],
  // Jest's own choice leaves a processor to its parent, which has next to nothing to do.
  maxWorkers: availableParallelism(),
  testTimeout: 30_000,
};
