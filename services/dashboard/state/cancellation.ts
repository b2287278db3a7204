import type { Cancellation } from '../api/types.js';
import { filterParameters, isEmptyFilter, type Filter } from './filter.js';

/** A value of a bulk cancel's filter. */
type Said = string | number | boolean | readonly (string | number)[];

/** Those that are no texts there. */
const AS_JSON: Record<string, (text: string) => Said> = {
  project_id: Number,
  id: (ids) => ids.split(',').map(Number),
  // Another value is refused as it stands.
  silent: (text) => text === 'true' || text,
};

/** A filter as the body of a bulk cancel has it: conditions alone, so that an empty one is seen to be empty. */
export function cancellationFilter(filter: Filter): Record<string, Said> {
  const parameters = filterParameters(filter);
  const said = [...new Set(parameters.keys())].map((name): [string, Said] => {
    const [first = '', ...more] = parameters.getAll(name);
    return [name, more.length > 0 ? [first, ...more] : (AS_JSON[name]?.(first) ?? first)];
  });
  return Object.fromEntries(said);
}

/** Why what a filter shows can't be cancelled at once, in a sentence; `undefined` where it can. */
export function whyNotCancelled(filter: Filter): string | undefined {
  if (isEmptyFilter(filter)) return 'Set a filter first: without one it would be every task';
  if (filter.words !== '') return 'Many tasks can’t be cancelled by words: say which they are in another way';
  return undefined;
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
