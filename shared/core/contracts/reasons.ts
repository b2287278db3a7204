import type { RefusalCode } from '../domain/decide.js';
import type { ErrorCode } from './errors.js';

/**
 * Why something was answered as it was, as stable codes for programs, each with one sentence for people: what has happened,
 * and what to do where that is not plain. An event's outcome has one, a reply over the bus has one when it is a failure, an
 * HTTP error has one in its header `Taskledger-Reason`. The only list of them: documentation and OpenAPI come from it. What
 * each is over HTTP and over the bus stands in one table at each edge (`services/query/http/statuses.ts`,
 * `services/commands/outcome-codes.ts`).
 */
export const REASONS = {
  accepted: 'Recorded, and on disk',
  duplicate: 'Recorded before: the repeat has no effect',

  invalid_request: 'What was sent is wrong in itself; the message names the member',
  event_too_large: 'The event has more bytes than are stored',
  too_many_events: 'The list has more events than are taken at once',
  too_many_projects: 'There are as many projects with names as there may be, and this is another one',
  too_many_task_types: 'There are as many types of tasks as there may be, and this is another one',

  task_not_found: 'There is no such task (yet)',
  already_completed: 'The task has completed: its first final event stands',
  already_failed: 'The task has failed: its first final event stands',
  already_cancelled: 'The task was cancelled: its first final event stands',
  stale_attempt: 'The event is of an attempt that is over',
  progress_beyond_total: 'The progress is greater than the total',
  progress_went_back: 'The progress is less than what the attempt had reached',
  task_full: 'The task has as many events as one may have; only a final one is taken',
  task_changed: 'The task is not any more as the watchdog saw it',
  creation_conflict: 'Another task stands under the same key or event id',
  event_id_conflict: 'The task has another event of the same source and id',
  broken_stream: "The task's record does not verify; it takes no more events",

  stream_deleted: "The task's record was deleted in the ledger's engine; it takes no more events",
  foreign_stream:
    "Another program has written under the task's name in the ledger's engine; nothing of it is shown",
  ledger_refused: "The ledger's engine refuses the event; the message says why",
  too_large_for_ledger:
    "The event has more bytes than the ledger's engine takes; its setting has to be raised",

  project_conflict: 'The name stands for another project, or the id for another name',

  cancellation_not_found: 'There is no such cancellation',
  cancellation_expired: 'The preview is too old to be executed; make another',
  cancellation_exists: 'Another cancellation stands under the same id',
  cancellation_aborted: 'The cancellation was aborted: it is never executed',
  cancellation_finished: 'The cancellation is finished: nothing is left to be aborted',

  unavailable: 'It is not known whether it took effect; sending it again is safe',
  ledger_access_denied:
    "The ledger's engine does not let Taskledger write (or read): an operator has to see to its rights",
  broken_task: "The task's record could not be read or written; others are taken",
  too_many_previews: 'Too many cancellations were previewed lately',
  overloaded: 'Too many requests are under way',
  too_many_readers: 'Event streams have as many readers as they may have',
  not_ready: 'A part of Taskledger is not ready; the answer says which',

  not_found: 'There is nothing at this path',
  method_not_allowed: 'The path does not take this method; Allow says which',
  cross_origin: 'A page of another origin has sent it',
  unknown_host: 'The Host is not served here',
  body_too_large: 'The body has more bytes than are taken',
  unsupported_media_type: 'The body is of a type, charset or encoding that is not taken',
  request_timeout: 'The request did not arrive in time',
  expectation_failed: 'Expect asks for something else than 100-continue',
  head_too_large: 'The head of the request is too large',

  conflict: 'Another process has taken over meanwhile',
  corrupt_store: 'Stored data is not what this version wrote',
  invalid_setting: 'A setting is wrong',
  internal_error: "A fault of Taskledger's own; its log says more",
} as const satisfies Record<string, string> & Record<RefusalCode | ErrorCode, string>;

/** Why something was answered as it was. */
export type Reason = keyof typeof REASONS;

/** All of them, in the order of the list. */
export const REASON_NAMES = Object.keys(REASONS) as [Reason, ...Reason[]];
