import { refused, type Json } from './parts.js';

/** What any request can be refused with. */
export const ANY: Record<number, Json> = {
  421: refused('The Host is not served here'),
  431: refused('The head of the request is too large: its parameters and headers have 16 KiB together'),
  500: refused('A fault of the program, which its log says more of'),
};

/** What a request of the API can be refused with. */
export const READ: Record<number, Json> = {
  ...ANY,
  400: refused('What was sent is wrong; the message says what'),
  503: refused('Try again; nothing was lost'),
};

/** What a request that changes something can be refused with. */
export const WRITE: Record<number, Json> = {
  ...READ,
  403: refused('A page of another origin has sent it'),
  413: refused('The body is too large'),
  415: refused('The body is of another media type'),
};

export const NO_TASK = refused('Task not found');

/** Of a task whose record is not what was written. */
export const BROKEN = refused("The task's record does not verify; it takes no more events");

/** Of a task whose record somebody has deleted in the ledger's engine. */
export const DELETED = refused(
  "The task's record was deleted in the ledger's engine; it takes no more events",
);
