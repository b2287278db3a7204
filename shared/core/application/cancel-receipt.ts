import { OWN_SOURCE_PREFIX } from '../contracts/lifecycle-events.js';
import { originKey, type Task } from '../domain/task.js';

/** The source of the events that cancel commands lead to. */
export const CANCEL_SOURCE = `${OWN_SOURCE_PREFIX}cancel`;

/**
 * Under which code the receipt of a cancel is kept with its task's evidence: the worker says that it has stopped. It is stored
 * as an event of a type of its own, since nothing was refused.
 */
export const CANCEL_RECEIPT = 'cancel_receipt';

/** The stored type of a receipt. */
export const CANCEL_RECEIPT_TYPE = 'TaskCancelAcknowledged';

const BY_COMMAND = originKey({ source: CANCEL_SOURCE, id: '' });

/** Whether a task that is cancelled was cancelled by a command: of its events that are remembered for good the last ended it. */
export function isCancelledByCommand({ dedupKeys }: Pick<Task, 'dedupKeys'>): boolean {
  return dedupKeys.newest.key.startsWith(BY_COMMAND);
}
