import type { Cancellation } from '../api/types.js';
import { filterParameters, type Filter } from './filter.js';

/** A filter as the body of a bulk cancel has it: conditions alone, so that an empty one is seen to be empty. */
export function cancellationFilter(filter: Filter): Record<string, string | number> {
  const { project_id, ...others } = Object.fromEntries(filterParameters(filter));
  return project_id === undefined ? others : { project_id: Number(project_id), ...others };
}

/** How far a bulk cancel has come, in one sentence. */
export function cancellationProgress({ state, total, counts }: Cancellation): string {
  const done = counts.cancelled + counts.refused;
  if (state === 'previewed') return `${tasks(total)} would be cancelled`;
  if (state === 'expired') return 'This preview has expired; nothing was cancelled by it';
  const refused = counts.refused === 0 ? '' : `, ${counts.refused} refused`;
  if (state === 'running') return `${done} of ${total} done: ${counts.cancelled} cancelled${refused}`;
  const aborted = state === 'aborted' ? 'Aborted: ' : '';
  return `${aborted}${counts.cancelled} of ${tasks(total)} cancelled${refused}`;
}

/** `1 task`, `12 tasks`. */
export function tasks(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'task' : 'tasks'}`;
}
