import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { withCodes } from '../../../services/commands/outcome-codes.js';
import { statusOf } from '../../../services/query/http/statuses.js';
import type { OutcomeReason } from '../../../shared/core/contracts/messages.js';
import { REASON_NAMES, REASONS, type Reason } from '../../../shared/core/contracts/reasons.js';

it('the documentation lists every reason, and no other', () => {
  const documented = readFileSync('docs/reasons.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const rows = Object.entries(REASONS).map(
    ([reason, meaning]) => `| \`${reason}\` | ${statusOf(reason as Reason)} | ${meaning} |`,
  );
  expect(documented).toEqual(rows);
});

it('an outcome has the same code over every bus as over HTTP', () => {
  const given = { event_id: 'e-1', outcome: 'rejected', task_id: 7, message: 'why', position: null } as const;
  const told = withCodes(REASON_NAMES.map((reason) => ({ ...given, reason: reason as OutcomeReason })));
  const known = told.filter(({ code }) => code !== undefined);
  expect(known.length).toBeGreaterThan(20);
  for (const { code, reason } of known) expect({ reason, code }).toEqual({ reason, code: statusOf(reason) });
});
