/**
 * Every failure that callers tell apart, by a stable `code`. What a code becomes over HTTP and over the bus stands in
 * one edge file each (`services/query/http-errors.ts`, `services/commands/bus-errors.ts`).
 */
export type ErrorCode =
  /** The caller sent something that can't be accepted, whatever the state. */
  | 'invalid_request'
  /** The caller sent more events at once than are taken. */
  | 'too_many_events'
  /** The caller sent an event that is larger than what is stored. */
  | 'event_too_large'
  /** Something else stands under the same key or id. */
  | 'conflict'
  /** An engine is away or did not answer in time; sending it again is safe. */
  | 'unavailable'
  /** Stored data is not what this version wrote. */
  | 'corrupt_store'
  /** A stream in the ledger does not verify: it is shown, and takes no more events. */
  | 'broken_stream'
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
  constructor(message: string, options?: ErrorOptions) {
    super('event_too_large', message, options);
  }
}

/** An engine is away, or the answer did not come before the deadline: whether it took effect is unknown. */
export class UnavailableError extends TaskledgerError {
  constructor(message: string, options?: ErrorOptions) {
    super('unavailable', message, options);
  }
}

/** A store holds something this version did not write, or can't read. */
export class CorruptStoreError extends TaskledgerError {
  constructor(message: string, options?: ErrorOptions) {
    super('corrupt_store', message, options);
  }
}

/**
 * The events of a stream are not those that were written, or not all of them. Sending something again is of no use until
 * somebody has seen to it.
 */
export class BrokenStreamError extends TaskledgerError {
  constructor(fault: string, options?: ErrorOptions) {
    super('broken_stream', `The record does not verify (${fault}); it takes no more events`, options);
  }
}

/** A setting is missing, unknown or out of range; the message names it and what is allowed. */
export class InvalidSettingError extends TaskledgerError {
  constructor(message: string, options?: ErrorOptions) {
    super('invalid_setting', message, options);
  }
}
