import { z } from 'zod';
import { nameField, taskIdField, textField } from './fields.js';

/** What became of one event that was sent in. */
export interface EventOutcome {
  /** The event's own `id`, or null when it had none that could be read. */
  event_id: string | null;
  outcome: 'accepted' | 'duplicate' | 'rejected' | 'unavailable';
  /** The task that the event is about, where it is known. */
  task_id: number | null;
  /** 200 for accepted and duplicate, else 400, 404, 409 or 503. */
  code: number;
  message: string;
}

/** The most events in one request, over HTTP and over the bus. */
export const BATCH_EVENTS_MAX = 1000;

/** The request on `tasks.commands.cancel`. */
export const cancelRequestSchema = z.strictObject({
  task_id: taskIdField,
  reason: textField.max(4096, { error: 'must have at most 4096 characters' }).optional(),
  /** Who wants it; recorded as said, not checked. */
  actor: nameField(256).optional(),
  /** The repeat of a command has the same id and gets the first answer. */
  command_id: nameField(512),
});

/** A request to cancel a task. */
export type CancelRequest = z.infer<typeof cancelRequestSchema>;

/** Why a cancel was not carried out. */
export type CancelErrorCode =
  | 'invalid_request'
  | 'task_not_found'
  | 'already_completed'
  | 'already_failed'
  | 'already_cancelled'
  | 'unavailable';

/** The reply on `tasks.commands.cancel`. */
export type CancelReply =
  | { ok: true; task_id: number; revision: number; position: string }
  | { ok: false; error: { code: CancelErrorCode; message: string } };
