import { canonicalJson } from '../domain/json.js';
import type { EventOrigin } from '../domain/task.js';
import type { Crypto } from '../ports/crypto.js';

/** The namespace of every task until there are tenants. */
export const DEFAULT_NAMESPACE = 'default';

/**
 * Blocks of task ids, handed out to the command services.
 *
 * @param number From 1; the second takes the place of the first when that does not verify, and so on.
 */
export function taskIdsStream(number: number): string {
  return number === 1 ? 'taskIds' : `taskIds-${number}`;
}

/** How the names of all task streams start; no other stream's name does. */
export const TASK_STREAM_PREFIX = 'task-';

/** The stream of a task's events. */
export function taskStream(taskId: number): string {
  return `${TASK_STREAM_PREFIX}${taskId}`;
}

/** The id of the task whose stream this is. */
export function taskIdOfStream(stream: string): number {
  return Number(stream.slice(TASK_STREAM_PREFIX.length));
}

/** The stream of the refused events of a task. */
export function evidenceStream(taskId: number): string {
  return `taskEvidence-${taskId}`;
}

/** The stream that holds which task a publisher's key names. */
export function keyReservationStream(namespace: string, key: string, crypto: Crypto): string {
  return `taskKey-${crypto.sha256(canonicalJson([namespace, 'key', key]))}`;
}

/** The stream that holds which task a creation without a key has made. */
export function eventReservationStream(namespace: string, origin: EventOrigin, crypto: Crypto): string {
  return `taskKey-${crypto.sha256(canonicalJson([namespace, 'event', origin.source, origin.id]))}`;
}

/** Which bulk cancels there are, in the order of their previews. */
export const BULK_CANCELS_STREAM = 'bulkCancels';

/** The stream of a bulk cancel's events. */
export function bulkCancelStream(id: string): string {
  return `bulkCancel-${id}`;
}

/** The types of tasks that were taken because any is. */
export const TASK_TYPES_STREAM = 'taskTypes';

/** The projects that have a name. */
export const PROJECTS_STREAM = 'projects';

/** The seals over the ledger's events, and the keys that took the place of others. */
export const SEALS_STREAM = 'ledgerSeals';

/** Names that begin with `ledger` and a capital are for what the ledger says of itself, today and later. */
const LEDGER_STREAM =
  /^(task-\d+|taskEvidence-\d+|taskKey-.+|taskIds(-\d+)?|taskTypes|projects|bulkCancels|bulkCancel-.+|ledger[A-Z][A-Za-z]*)$/;

/** Whether a stream is one of the ledger's: an engine may hold those of other programs, too. */
export function isLedgerStream(stream: string): boolean {
  return LEDGER_STREAM.test(stream);
}
