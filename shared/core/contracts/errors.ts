/**
 * What the ledger refuses for good: sending it again is of no use until somebody has seen to it. What is refused so is kept
 * nowhere in the ledger, not as evidence either.
 */
export const LEDGER_REFUSALS = [
  /** A stream in the ledger does not verify: it is shown, and takes no more events. */
  'broken_stream',
  /** A stream was deleted in the ledger's engine, so that nothing can ever be appended to it again. */
  'stream_deleted',
  /** Another program has written to a stream of this name in the ledger's engine. */
  'foreign_stream',
  /** The ledger's engine refuses what it was given, whatever the state. */
  'ledger_refused',
  /** The event alone is larger than what the ledger's engine takes. */
  'too_large_for_ledger',
] as const;

/** One of `LEDGER_REFUSALS`. */
export type LedgerRefusalCode = (typeof LEDGER_REFUSALS)[number];

/** Whether something was refused by the ledger for good. */
export function isLedgerRefusal(code: string): code is LedgerRefusalCode {
  return (LEDGER_REFUSALS as readonly string[]).includes(code);
}

/** Why something could not be carried out now; sending it again is safe. */
export type UnavailableCode =
  | 'unavailable'
  /** The ledger's engine does not let this process in, or not write. */
  | 'ledger_access_denied';

/** The caller sent a new name where there are as many as there may be. */
export type TooManyNamesCode = 'too_many_task_types';

/**
 * Every failure that callers tell apart, by a stable `code`. What a code becomes over HTTP and over the bus stands in
 * one edge file each (`services/query/http/http-errors.ts`, `services/commands/bus-errors.ts`).
 */
export type ErrorCode =
  /** The caller sent something that can't be accepted, whatever the state. */
  | 'invalid_request'
  /** The caller sent more events at once than are taken. */
  | 'too_many_events'
  /** The caller sent an event that is larger than what is stored. */
  | 'event_too_large'
  | TooManyNamesCode
  /** Something else stands under the same key or id. */
  | 'conflict'
  /** An engine is unavailable or did not answer in time; sending it again is safe. */
  | UnavailableCode
  /** Stored data is not what this version wrote. */
  | 'corrupt_store'
  | LedgerRefusalCode
  /** A setting is wrong; the program does not start. */
  | 'invalid_setting';

/** An error with a stable code and, where there is one, its cause. */
export class TaskledgerError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** What was sent is wrong in itself; the message names the member and what is allowed. */
export class InvalidRequestError extends TaskledgerError {
  declare readonly code: 'invalid_request';

  constructor(message: string, options?: ErrorOptions) {
    super('invalid_request', message, options);
  }
}

/** A list holds more events than are taken at once. */
export class TooManyEventsError extends TaskledgerError {
  constructor(message: string, options?: ErrorOptions) {
    super('too_many_events', message, options);
  }
}

/** An event has more bytes than are stored. */
export class EventTooLargeError extends TaskledgerError {
  declare readonly code: 'event_too_large';

  constructor(message: string, options?: ErrorOptions) {
    super('event_too_large', message, options);
  }
}

/** There are as many names of a kind as there may be, and this is another one. */
export class TooManyNamesError extends TaskledgerError {
  constructor(
    override readonly code: TooManyNamesCode,
    message: string,
  ) {
    super(code, message);
  }
}

/** An engine is unavailable, or the answer did not come before the deadline: whether it took effect is unknown. */
export class UnavailableError extends TaskledgerError {
  constructor(
    message: string,
    options?: ErrorOptions,
    override readonly code: UnavailableCode = 'unavailable',
  ) {
    super(code, message, options);
  }
}

/**
 * The ledger's engine does not let this process in, or not write. It had no effect; it is not the fault of what was sent, and
 * may be sent again when an operator has seen to it.
 */
export class LedgerDeniedError extends UnavailableError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'ledger_access_denied');
  }
}

/** A store holds something this version did not write, or can't read. */
export class CorruptStoreError extends TaskledgerError {
  constructor(message: string, options?: ErrorOptions) {
    super('corrupt_store', message, options);
  }
}

/** The ledger refuses something for good. */
export class LedgerRefusalError extends TaskledgerError {
  constructor(
    override readonly code: LedgerRefusalCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** An append is larger than what the ledger's engine takes. Nothing of it was appended; in parts it may be. */
export class TooLargeForLedgerError extends LedgerRefusalError {
  constructor(message: string, options?: ErrorOptions) {
    super('too_large_for_ledger', message, options);
  }
}

/** The events of a stream are not those that were written, or not all of them. */
export class BrokenStreamError extends LedgerRefusalError {
  constructor(fault: string, options?: ErrorOptions, code: LedgerRefusalCode = 'broken_stream') {
    super(code, `The record does not verify (${fault}); it takes no more events`, options);
  }
}

/** A stream was deleted in the ledger's engine: it can't be read, and takes no more events. */
export class StreamDeletedError extends BrokenStreamError {
  constructor(stream: string, options?: ErrorOptions) {
    super(`${stream} was deleted in the ledger's engine`, options, 'stream_deleted');
  }
}

/** A stream has the name of one of ours, and what another program has written to it. */
export class ForeignStreamError extends BrokenStreamError {
  constructor(stream: string, options?: ErrorOptions) {
    super(`${stream} was written by another program`, options, 'foreign_stream');
  }
}

/** A setting is missing, unknown or out of range; the message names it and what is allowed. */
export class InvalidSettingError extends TaskledgerError {
  constructor(message: string, options?: ErrorOptions) {
    super('invalid_setting', message, options);
  }
}
