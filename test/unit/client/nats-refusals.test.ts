import { expect, it } from '@jest/globals';
import { REFUSALS } from '../../../clients/typescript/src/nats-transport.js';
import { LEDGER_REFUSALS } from '../../../shared/core/contracts/errors.js';
import { statusOf } from '../../../services/query/http/statuses.js';
import type { Reason } from '../../../shared/core/contracts/reasons.js';

it('takes for good what the ledger refuses for good, which would be tried again for ever', () => {
  for (const code of LEDGER_REFUSALS) expect([...REFUSALS.keys()]).toContain(code);
});

it('gives each refusal the status that it has over HTTP', () => {
  for (const [code, status] of REFUSALS) expect([code, status]).toEqual([code, statusOf(code as Reason)]);
});
