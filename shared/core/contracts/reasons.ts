import type { RefusalCode } from '../domain/decide.js';
import type { ErrorCode } from './errors.js';

/** What a reason stands for. */
export interface ReasonMeaning {
  /** The HTTP status, and the `code` of an event's outcome. */
  status: number;
  /** One sentence for people: what has happened, and what to do where that is not plain. */
  meaning: string;
}

/**
 * Why something was answered as it was, as stable codes for programs; beside each stands a text for people, which may change.
 * An event's outcome has one, a reply over the bus has one when it is a failure, an HTTP error has one in its header
 * `Taskledger-Reason`. The only list of them: statuses, documentation and OpenAPI come from it.
 */
export const REASONS = {
  accepted: { status: 200, meaning: 'Recorded, and on disk' },
  duplicate: { status: 200, meaning: 'Recorded before: the repeat has no effect' },

  invalid_request: { status: 400, meaning: 'What was sent is wrong in itself; the message names the member' },
  event_too_large: { status: 400, meaning: 'The event has more bytes than are stored' },
  too_many_events: { status: 413, meaning: 'The list has more events than are taken at once' },

  task_not_found: { status: 404, meaning: 'There is no such task (yet)' },
  already_completed: { status: 400, meaning: 'The task has completed: its first final event stands' },
  already_failed: { status: 400, meaning: 'The task has failed: its first final event stands' },
  already_cancelled: { status: 400, meaning: 'The task was cancelled: its first final event stands' },
  stale_attempt: { status: 400, meaning: 'The event is of an attempt that is over' },
  unknown_attempt: { status: 400, meaning: 'The event is of an attempt that has not started' },
  progress_beyond_total: { status: 400, meaning: 'The progress is greater than the total' },
  progress_went_back: { status: 400, meaning: 'The progress is less than what the attempt had reached' },
  task_full: {
    status: 400,
    meaning: 'The task has as many events as one may have; only a final one is taken',
  },
  creation_conflict: { status: 409, meaning: 'Another task stands under the same key or event id' },
  event_id_conflict: { status: 409, meaning: 'The task has another event of the same source and id' },
  broken_stream: { status: 409, meaning: "The task's record does not verify; it takes no more events" },

  stream_deleted: {
    status: 410,
    meaning: "The task's record was deleted in the ledger's engine; it takes no more events",
  },
  foreign_stream: {
    status: 409,
    meaning:
      "Another program has written under the task's name in the ledger's engine; nothing of it is shown",
  },
  ledger_refused: { status: 400, meaning: "The ledger's engine refuses the event; the message says why" },
  too_large_for_ledger: {
    status: 400,
    meaning: "The event has more bytes than the ledger's engine takes; its setting has to be raised",
  },

  cancellation_not_found: { status: 404, meaning: 'There is no such cancellation' },
  cancellation_expired: { status: 409, meaning: 'The preview is too old to be executed; make another' },
  cancellation_exists: { status: 409, meaning: 'Another cancellation stands under the same id' },

  unavailable: { status: 503, meaning: 'It is not known whether it took effect; sending it again is safe' },
  ledger_access_denied: {
    status: 503,
    meaning:
      "The ledger's engine does not let Taskledger write (or read): an operator has to see to its rights",
  },
  broken_task: { status: 503, meaning: "The task's record could not be read or written; others are taken" },
  too_many_previews: { status: 503, meaning: 'Too many cancellations were previewed lately' },
  overloaded: { status: 503, meaning: 'Too many requests are under way' },
  too_many_readers: { status: 503, meaning: 'Event streams have as many readers as they may have' },
  not_ready: { status: 503, meaning: 'A part of Taskledger is not ready; the answer says which' },

  not_found: { status: 404, meaning: 'There is nothing at this path' },
  method_not_allowed: { status: 405, meaning: 'The path does not take this method; Allow says which' },
  cross_origin: { status: 403, meaning: 'A page of another origin has sent it' },
  unknown_host: { status: 421, meaning: 'The Host is not served here' },
  body_too_large: { status: 413, meaning: 'The body has more bytes than are taken' },
  unsupported_media_type: {
    status: 415,
    meaning: 'The body is of a type, charset or encoding that is not taken',
  },
  request_timeout: { status: 408, meaning: 'The request did not arrive in time' },
  expectation_failed: { status: 417, meaning: 'Expect asks for something else than 100-continue' },
  head_too_large: { status: 431, meaning: 'The head of the request is too large' },

  conflict: { status: 409, meaning: 'Another process has taken over meanwhile' },
  corrupt_store: { status: 500, meaning: 'Stored data is not what this version wrote' },
  invalid_setting: { status: 500, meaning: 'A setting is wrong' },
  internal_error: { status: 500, meaning: "A fault of Taskledger's own; its log says more" },
} as const satisfies Record<string, ReasonMeaning> & Record<RefusalCode | ErrorCode, ReasonMeaning>;

/** Why something was answered as it was. */
export type Reason = keyof typeof REASONS;

/** All of them, in the order of the list. */
export const REASON_NAMES = Object.keys(REASONS) as [Reason, ...Reason[]];

/** The HTTP status of a reason. */
export function statusOf(reason: Reason): number {
  return REASONS[reason].status;
}
