import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { REASONS } from '../../../shared/core/contracts/reasons.js';

it('the documentation lists every reason, and no other', () => {
  const documented = readFileSync('docs/reasons.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const rows = Object.entries(REASONS).map(
    ([reason, { status, meaning }]) => `| \`${reason}\` | ${status} | ${meaning} |`,
  );
  expect(documented).toEqual(rows);
});
