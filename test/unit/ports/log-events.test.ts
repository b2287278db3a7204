import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { LOG_EVENTS } from '../../../shared/core/ports/log-events.js';

/** Where lines of the log are written from. */
const FOLDERS = ['shared', 'services', 'projections', 'cli'];
const LIST = join('shared', 'core', 'ports', 'log-events.ts');

const names = Object.keys(LOG_EVENTS);

it('the documentation lists every event of the log, and no other', () => {
  const documented = readFileSync('docs/log.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(documented).toEqual(
    Object.entries(LOG_EVENTS).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`),
  );
});

it('every event of the log is written from somewhere', () => {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  const sources = files.filter((file) => file.endsWith('.ts') && file !== LIST);
  const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
  expect(names.filter((name) => !text.includes(`'${name}'`))).toEqual([]);
});

it('events of the log have names in snake case, each once, and say what to do', () => {
  const listed = [...readFileSync(LIST, 'utf8').matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name);
  expect(listed).toEqual(names);
  expect(names.filter((name) => !/^[a-z]+(_[a-z]+)*$/.test(name))).toEqual([]);
  expect(Object.values(LOG_EVENTS).filter((meaning) => !/[^.]\.$/.test(meaning))).toEqual([]);
});
