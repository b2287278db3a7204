import { z } from 'zod';
import type { RefusalCode } from '../domain/decide.js';
import { BULK_CANCEL_TASKS_MAX } from '../domain/limits.js';
import { cutText } from './cut-text.js';
import {
  TooManyEventsError,
  type LedgerRefusalCode,
  type TooManyNamesCode,
  type UnavailableCode,
} from './errors.js';
import {
  nameField,
  objectField,
  projectIdField,
  projectNameField,
  taskIdField,
  textField,
} from './fields.js';
import type { Reason } from './reasons.js';

/** Why an event's outcome is what it is. */
export type OutcomeReason = Extract<
  Reason,
  | 'accepted'
  | 'duplicate'
  | 'invalid_request'
  | 'event_too_large'
  | 'broken_task'
  | TooManyNamesCode
  | RefusalCode
  | LedgerRefusalCode
  | UnavailableCode
>;

/** What became of one event that was sent in. */
export interface IngestOutcome {
  /** The event's own `id`, or null when it had none that could be read. */
  event_id: string | null;
  outcome: 'accepted' | 'duplicate' | 'rejected' | 'unavailable';
  /** The task that the event is about, where it is known. */
  task_id: number | null;
  /** Why, for programs: a stable code. */
  reason: OutcomeReason;
  /** The same for people. */
  message: string;
  /** A position in the ledger that what was accepted comes before or at, with what it repeats; null of all else. */
  position: string | null;
}

/** The same as publishers are told. */
export interface EventOutcome extends IngestOutcome {
  /** The HTTP status that the reason stands for: 200 for accepted and duplicate. */
  code: number;
}

/** The most events in one request, over HTTP and over the bus. */
export const BATCH_EVENTS_MAX = 1000;

/**
 * Holds a list of events against the most that are taken.
 *
 * @throws TooManyEventsError
 */
export function checkBatchSize(events: readonly unknown[], eventsMax = BATCH_EVENTS_MAX): void {
  if (events.length > eventsMax) {
    throw new TooManyEventsError(`A batch has at most ${eventsMax} events; this one has ${events.length}`);
  }
}

/** Why a request could not be carried out at all. */
export type BusFailureCode = Extract<
  Reason,
  'invalid_request' | 'too_many_events' | LedgerRefusalCode | UnavailableCode
>;

/** The reply to a request that could not be carried out at all. */
export interface BusFailure {
  ok: false;
  error: { code: BusFailureCode; message: string };
}

/** The longest reason of a cancel, in bytes of its JSON: a bulk cancel's stands beside the ids of 10,000 tasks. */
const CANCEL_REASON_BYTES_MAX = 24 * 1024;

/** The request on `tasks.commands.cancel`. */
export const cancelRequestSchema = z.strictObject({
  task_id: taskIdField,
  reason: textField.transform((text) => cutText(text, CANCEL_REASON_BYTES_MAX)).optional(),
  /** Who wants it; recorded as said, where nobody has checked who asks. */
  actor: nameField(256).optional(),
  /** The repeat of a command has the same id and gets the first answer. */
  command_id: nameField(512),
});

/** A request to cancel a task. */
export type CancelRequest = z.infer<typeof cancelRequestSchema>;

/** Why a cancel was not carried out. */
export type CancelErrorCode = Extract<
  Reason,
  | 'invalid_request'
  | 'task_not_found'
  | 'already_completed'
  | 'already_failed'
  | 'already_cancelled'
  | LedgerRefusalCode
  | UnavailableCode
>;

/** The reply on `tasks.commands.cancel`. */
export type CancelReply =
  | { ok: true; task_id: number; revision: number; position: string }
  | { ok: false; error: { code: CancelErrorCode; message: string } };

/** The id of a bulk cancel: a UUID. */
export const bulkCancelIdField = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { error: 'must be a UUID in lower case' });

/** The request on `tasks.commands.bulk_cancel.preview`: puts on record which tasks a bulk cancel may take. */
export const bulkCancelPreviewSchema = z.strictObject({
  id: bulkCancelIdField,
  /** As it was asked for; what counts is `task_ids`. */
  filter: objectField,
  /** The position at which these tasks were open and matched; null while the ledger was empty. */
  position: nameField(256).nullable(),
  task_ids: z
    .array(taskIdField)
    .max(BULK_CANCEL_TASKS_MAX, { error: `must have at most ${BULK_CANCEL_TASKS_MAX} tasks` }),
  reason: cancelRequestSchema.shape.reason,
  actor: cancelRequestSchema.shape.actor,
});

/** A request to put a bulk cancel's preview on record. */
export type BulkCancelPreviewRequest = z.infer<typeof bulkCancelPreviewSchema>;

/** The request on `tasks.commands.bulk_cancel.execute` and `tasks.commands.bulk_cancel.abort`. */
export const bulkCancelNamedSchema = z.strictObject({
  id: bulkCancelIdField,
  actor: cancelRequestSchema.shape.actor,
});

/** A request to cancel the tasks of a preview, to go on with it, or to end it before its end. */
export type BulkCancelNamedRequest = z.infer<typeof bulkCancelNamedSchema>;

/** Why a bulk cancel was not previewed, executed or aborted. */
export type BulkCancelErrorCode = Extract<
  Reason,
  | 'invalid_request'
  | 'cancellation_not_found'
  | 'cancellation_expired'
  | 'cancellation_exists'
  | 'cancellation_aborted'
  | 'cancellation_finished'
  | 'too_many_previews'
  | LedgerRefusalCode
  | UnavailableCode
>;

/** The reply on `tasks.commands.bulk_cancel.*`. When it is `ok`, it is on disk. */
export type BulkCancelReply =
  | { ok: true; id: string }
  /** `retry_after_s`: when it is of use to ask again, in whole seconds from now, where that is known. */
  | { ok: false; error: { code: BulkCancelErrorCode; message: string; retry_after_s?: number } };

/** The request on `tasks.commands.projects.register`: gives a name an id, for good. */
export const registerProjectSchema = z.strictObject({
  name: projectNameField,
  /** Without it the name is given one. */
  project_id: projectIdField.optional(),
});

/** A request to register a project by its name. */
export type RegisterProjectRequest = z.infer<typeof registerProjectSchema>;

/** Why a project was not registered. */
export type RegisterProjectErrorCode = Extract<
  Reason,
  'invalid_request' | 'project_conflict' | 'too_many_projects' | LedgerRefusalCode | UnavailableCode
>;

/** The reply on `tasks.commands.projects.register`. When it is `ok`, it is on disk. */
export type RegisterProjectReply =
  | { ok: true; project_id: number; name: string; is_new: boolean }
  | { ok: false; error: { code: RegisterProjectErrorCode; message: string } };
