import type { LargePart } from '../../../core/contracts/task-fields.js';
import { itemInTimes, withIncludes } from '../../../core/contracts/task-json.js';
import { ORDER_DEFAULT, type ListOrder } from '../../../core/ports/list-order.js';
import {
  COUNTED_TASKS_MAX,
  type ListCursor,
  type TaskCount,
  type TaskPage,
} from '../../../core/ports/read-model.js';
import type { ListFilter } from '../../../core/ports/task-filter.js';
import {
  pastDocument,
  wasListed,
  type PastListRequest,
  type TaskState,
} from '../../../core/ports/task-versions.js';
import { includedParts, storedId, type StoredTask } from '../task-document.js';
import { pastCandidates, type PastCollections, type PastQuery } from './past-candidates.js';
import type { PastUnit } from './unit-records.js';
import { stateOf } from './version-document.js';

/** How many tasks are looked at for one page before it is left short, and how many at a time. */
const LOOKED_MAX = 5_000;
const LOOKED_AT_ONCE = 500;

type LargeParts = Record<LargePart, string>;

/** Which list is walked, from where on and how far. */
interface Walk {
  query: PastQuery;
  cursor: ListCursor | undefined;
  limit: number;
  lookedMax: number;
}

/** As `TaskVersions.list`. */
export async function listPast(
  collections: PastCollections,
  position: string,
  unit: PastUnit,
  { filter, limit, cursor, include = [], times, order = ORDER_DEFAULT }: PastListRequest,
): Promise<TaskPage> {
  const query = { position, unit, filter, order };
  const { shown, next } = await walk(collections, { query, cursor, limit, lookedMax: LOOKED_MAX });
  const large = include.some((name) => name === 'params' || name === 'result' || name === 'error_message')
    ? await largeParts(collections, shown)
    : new Map<number, LargeParts>();
  const items = shown.map((state) => {
    const item = itemInTimes(state.itemJson, state.extras, times);
    const document = pastDocument(state, () => large.get(state.taskId) ?? NO_PARTS);
    return include.length === 0 ? item : withIncludes(item, include, document, times);
  });
  return { items, ...(next && { next }) };
}

/** As `TaskVersions.count`. */
export async function countPast(
  collections: PastCollections,
  position: string,
  unit: PastUnit,
  filter: ListFilter,
): Promise<TaskCount> {
  const query = { position, unit, filter, order: ORDER_DEFAULT as ListOrder };
  const limit = COUNTED_TASKS_MAX;
  const { shown, next } = await walk(collections, {
    query,
    cursor: undefined,
    limit,
    lookedMax: limit + LOOKED_MAX,
  });
  return { count: shown.length, exact: next === undefined };
}

/** Goes along a list until there are as many as are wanted, or so many were looked at. */
async function walk(
  collections: PastCollections,
  { query, cursor, limit, lookedMax }: Walk,
): Promise<{ shown: TaskState[]; next?: ListCursor }> {
  const shown: TaskState[] = [];
  let last = cursor;
  for (let looked = 0; looked < lookedMax;) {
    // One more than is wanted tells whether there is a next page.
    const count = looked === 0 ? Math.min(limit + 1, LOOKED_AT_ONCE) : LOOKED_AT_ONCE;
    const some = await pastCandidates(collections, query, last, count);
    const states = some.map(({ version }) => version && stateOf(version));
    const errors = await errorsFor(query.filter, collections, states);
    for (const [at, { cursor: place }] of some.entries()) {
      const state = states[at];
      if (state !== undefined && wasListed(query.filter, query.order, state, () => errors(state.taskId))) {
        if (shown.length === limit) return { shown, next: last as ListCursor };
        shown.push(state);
      }
      last = place;
    }
    looked += some.length;
    if (some.length < count) return { shown };
  }
  return { shown, next: last as ListCursor };
}

/** The errors of those that had failed, where a filter asks for words. */
async function errorsFor(
  { words = [], errorWords = [] }: ListFilter,
  collections: PastCollections,
  states: readonly (TaskState | undefined)[],
): Promise<(taskId: number) => string> {
  if (words.length + errorWords.length === 0) return () => NO_PARTS.errorMessageJson;
  const failed = states.filter((state) => state?.status === 'failed') as TaskState[];
  const parts = await largeParts(collections, failed);
  return (taskId) => (parts.get(taskId) ?? NO_PARTS).errorMessageJson;
}

const NO_PARTS: LargeParts = { paramsJson: '{}', resultJson: '{}', errorMessageJson: '""' };

/** The large parts of some tasks as they are now. */
async function largeParts(
  { tasks, maxTimeMS }: PastCollections,
  states: readonly TaskState[],
): Promise<Map<number, LargeParts>> {
  if (states.length === 0) return new Map();
  const ids = new Map(states.map(({ taskId }) => [storedId(taskId), taskId]));
  const projection = { 'head.place': 1, params: 1, result: 1, errorMessage: 1 } as const;
  const found = await tasks
    .find<StoredTask>({ _id: { $in: [...ids.keys()] } }, { projection, batchSize: ids.size + 1, maxTimeMS })
    .toArray();
  return new Map(found.map((stored) => [ids.get(stored._id) as number, includedParts(stored)]));
}
