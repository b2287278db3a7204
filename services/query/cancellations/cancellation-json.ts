import type { LoadedBulkCancel } from '../../../shared/core/application/bulk-cancel-records.js';
import { doneCount, hasExpired, type BulkCancel } from '../../../shared/core/domain/bulk-cancel.js';

/**
 * A cancellation as it is shown, as JSON text.
 *
 * @param items The first tasks of its preview: JSON texts, as a list has them; `undefined` leaves the tasks out.
 * @param now RFC 3339 with `Z` and milliseconds.
 */
export function cancellationJson(
  bulk: LoadedBulkCancel,
  items: readonly string[] | undefined,
  now: string,
): string {
  const { id, state, createdAt, startedAt, finishedAt, abortedAt } = bulk;
  const { filter, reason = null, position, task_ids, expires_at } = state.preview;
  const total = task_ids.length;
  const shown = hasExpired(state, now) ? 'expired' : state.status;
  const head = JSON.stringify({ id, state: shown, filter, reason, position, total });
  const tail = JSON.stringify({
    counts: { cancelled: state.cancelled, refused: state.refused.length, open: total - doneCount(state) },
    created_at: createdAt,
    expires_at,
    started_at: startedAt ?? null,
    finished_at: finishedAt ?? null,
    aborted_at: abortedAt ?? null,
  });
  const tasks = items === undefined ? '' : `"tasks":[${items.join(',')}],`;
  return `${head.slice(0, -1)},${tasks}${tail.slice(1)}`;
}

/** What became of one task, as it is shown. */
export interface ShownOutcome {
  task_id: number;
  outcome: 'cancelled' | 'refused' | 'open';
  code: string | null;
  message: string | null;
}

/**
 * What became of the tasks of a preview, in its order.
 *
 * @param from The place of the first to look at, from 0.
 * @param outcome Only those with this outcome.
 * @returns At most `limit`, and the place after the last that was looked at; no such place after the last task.
 */
export function outcomesFrom(
  state: BulkCancel,
  from: number,
  limit: number,
  outcome: ShownOutcome['outcome'] | undefined,
): { outcomes: ShownOutcome[]; next: number | undefined } {
  const { task_ids } = state.preview;
  const refused = new Map(state.refused.map((task) => [task.task_id, task]));
  const done = doneCount(state);
  const outcomes: ShownOutcome[] = [];
  for (let at = from; at < task_ids.length; at++) {
    const task_id = task_ids[at] as number;
    const shown = outcomeOf(task_id, at < done, refused.get(task_id));
    if (outcome !== undefined && shown.outcome !== outcome) continue;
    if (outcomes.length === limit) return { outcomes, next: at };
    outcomes.push(shown);
  }
  return { outcomes, next: undefined };
}

function outcomeOf(
  task_id: number,
  isDone: boolean,
  refused: BulkCancel['refused'][number] | undefined,
): ShownOutcome {
  if (!isDone) return { task_id, outcome: 'open', code: null, message: null };
  if (refused === undefined) return { task_id, outcome: 'cancelled', code: null, message: null };
  return { task_id, outcome: 'refused', code: refused.code, message: refused.message };
}
