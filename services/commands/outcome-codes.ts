import type { EventOutcome, IngestOutcome, OutcomeReason } from '../../shared/core/contracts/messages.js';

/** What each reason is as the `code` of an event's outcome: the HTTP status, over every bus. */
const CODES: Readonly<Record<OutcomeReason, number>> = {
  accepted: 200,
  duplicate: 200,

  invalid_request: 400,
  event_too_large: 400,
  too_many_projects: 400,
  too_many_task_types: 400,
  already_completed: 400,
  already_failed: 400,
  already_cancelled: 400,
  stale_attempt: 400,
  progress_beyond_total: 400,
  progress_went_back: 400,
  task_full: 400,
  ledger_refused: 400,
  too_large_for_ledger: 400,

  task_not_found: 404,
  creation_conflict: 409,
  task_changed: 409,
  event_id_conflict: 409,
  broken_stream: 409,
  foreign_stream: 409,
  stream_deleted: 410,

  unavailable: 503,
  ledger_access_denied: 503,
  broken_task: 503,
};

/** The outcomes as publishers are told them, in the same order. */
export function withCodes(outcomes: readonly IngestOutcome[]): EventOutcome[] {
  return outcomes.map(({ event_id, outcome, task_id, reason, message, position }) => {
    return { event_id, outcome, task_id, code: CODES[reason], reason, message, position };
  });
}
