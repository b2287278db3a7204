import { expect } from '@jest/globals';
import { statusOf } from '../../services/query/http/statuses.js';
import type { Reason } from '../../shared/core/contracts/reasons.js';

/** Fails unless an answer that is no success says why by a known reason, whose status it has. */
export function expectReason(status: number, reason: string | null | undefined): void {
  if (status < 400) return;
  expect({ reason, status: statusOf(reason as Reason) }).toEqual({ reason, status });
}
