import type { IncomingMessage } from 'node:http';
import { ANONYMOUS_CALLER } from '../../../shared/core/contracts/caller.js';
import { TRACEPARENT, traceparentOf } from '../../../shared/core/contracts/traceparent.js';
import type { RequestContext } from '../../../shared/core/ports/message-bus.js';

/** What goes along with the data of an HTTP request; the deadline is added where the command service is asked. */
export type AskedContext = Omit<RequestContext, 'deadlineMs'>;

/**
 * Who sends a request, and what it belongs to, by its header `traceparent`, where it has a valid one. There is no login yet:
 * whoever reaches the service may do everything.
 */
export function askedContext({ headers }: IncomingMessage): AskedContext {
  const header = headers[TRACEPARENT];
  return { ...ANONYMOUS_CALLER, traceparent: typeof header === 'string' ? traceparentOf(header) : undefined };
}
