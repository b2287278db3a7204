import type { Reason } from '../../../shared/core/contracts/reasons.js';

/** The HTTP status of each reason. */
const STATUSES = {
  accepted: 200,
  duplicate: 200,

  invalid_request: 400,
  event_too_large: 400,
  too_many_events: 413,
  too_many_projects: 400,
  too_many_task_types: 400,

  task_not_found: 404,
  already_completed: 400,
  already_failed: 400,
  already_cancelled: 400,
  stale_attempt: 400,
  progress_beyond_total: 400,
  progress_went_back: 400,
  task_full: 400,
  task_changed: 409,
  creation_conflict: 409,
  event_id_conflict: 409,
  broken_stream: 409,

  stream_deleted: 410,
  foreign_stream: 409,
  ledger_refused: 400,
  too_large_for_ledger: 400,

  project_conflict: 409,

  cancellation_not_found: 404,
  cancellation_expired: 409,
  cancellation_exists: 409,
  cancellation_aborted: 409,
  cancellation_finished: 409,

  unavailable: 503,
  ledger_access_denied: 503,
  broken_task: 503,
  too_many_previews: 503,
  overloaded: 503,
  too_many_readers: 503,
  not_ready: 503,

  not_found: 404,
  method_not_allowed: 405,
  cross_origin: 403,
  unknown_host: 421,
  body_too_large: 413,
  unsupported_media_type: 415,
  request_timeout: 408,
  expectation_failed: 417,
  head_too_large: 431,

  conflict: 409,
  corrupt_store: 500,
  invalid_setting: 500,
  internal_error: 500,
} as const satisfies Record<Reason, number>;

/** The HTTP status of a reason. */
export function statusOf(reason: Reason): number {
  return STATUSES[reason];
}
