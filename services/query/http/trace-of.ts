import type { IncomingMessage } from 'node:http';
import { TRACEPARENT, traceparentOf } from '../../../shared/core/contracts/traceparent.js';

/** What a request belongs to, by its header `traceparent`, where it has a valid one. */
export function traceOf({ headers }: IncomingMessage): string | undefined {
  const header = headers[TRACEPARENT];
  return typeof header === 'string' ? traceparentOf(header) : undefined;
}
