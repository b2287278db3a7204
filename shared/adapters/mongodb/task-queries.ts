import type { Collection, Filter } from 'mongodb';
import { isFinal, TASK_STATUSES } from '../../core/domain/task.js';
import { ORDER_DEFAULT, orderParts } from '../../core/ports/list-order.js';
import { TRAIT_FILTERS, type ListFilter, type TraitFilter } from '../../core/ports/task-filter.js';
import { storedId, type StoredTask } from './task-document.js';
import {
  atHead,
  atTrait,
  EQUAL,
  FILTERED,
  filteredIndex,
  ID_INDEX,
  KEY_INDEX,
  pathIndex,
  TASK_INDEXES,
  timeIndex,
  traitIndex,
  WORDS,
  type Filtered,
  type Time,
  type Trait,
} from './task-indexes.js';
import { timesWanted, type ListPart } from './times-wanted.js';

/**
 * How many ranges of an index MongoDB merges by the place at most; of more than these it would read all that they hold
 * (https://www.mongodb.com/docs/manual/reference/parameters/, internalQueryMaxScansToExplode).
 */
const RANGES_MAX = 200;

/** What finds tasks, and the name of the index that it goes by. */
export interface TaskQuery {
  wanted: Filter<StoredTask>;
  hint: string;
}

/** So many tasks are looked for by when they ended, were started or are due, and sorted then. Of more the list is gone through. */
const FEW_MAX = 10_000;

/** What finds the tasks that a filter lets through, after a cursor of an order: no two of these find the same. */
export async function taskQueries(
  tasks: Collection<StoredTask>,
  filter: ListFilter,
  part: ListPart & { maxTimeMS: number },
): Promise<TaskQuery[]> {
  const named = namedBy(filter);
  if (named !== undefined) return namedQueries(filter, named, part);
  const { key } = orderParts(part.order ?? ORDER_DEFAULT);
  if (filter.key === undefined && filter.keyPrefix === undefined) {
    for (const time of timesOf(filter)) {
      if (time === key) continue;
      const queries = await timeQueries(tasks, filter, time, part);
      if (await areFew(tasks, queries, part.maxTimeMS)) return queries;
    }
    if (key !== 'created') return timeQueries(tasks, filter, key, part);
  }
  // A task's type never changes.
  return (await choicesOf(tasks, filter)).map((choice) => queryOf(filter, choice, part));
}

/** What times a filter is about. */
function timesOf(filter: ListFilter): Time[] {
  const { endedAfter, endedBefore, startedAfter, startedBefore, dueBefore } = filter;
  const times: Time[] = [];
  if ((endedAfter ?? endedBefore) !== undefined) times.push('ended');
  if ((startedAfter ?? startedBefore) !== undefined) times.push('started');
  if (dueBefore !== undefined) times.push('due');
  return times;
}

/** What goes by the index of such a time. */
async function timeQueries(
  tasks: Collection<StoredTask>,
  filter: ListFilter,
  time: Time,
  part: ListPart,
): Promise<TaskQuery[]> {
  const isOfEnded = time === 'ended' || time === 'duration';
  const { statuses = TASK_STATUSES } = filter;
  const some = { ...filter, statuses: isOfEnded ? statuses.filter(isFinal) : statuses };
  return (await choicesOf(tasks, some, true)).map((choice) => {
    const equal = EQUAL.filter((member) => choice[member] !== undefined);
    return { ...queryOf(filter, choice, part), hint: timeIndex(time, equal) };
  });
}

/** Whether what some queries go through in their indexes is no more than can be sorted. */
async function areFew(
  tasks: Collection<StoredTask>,
  queries: readonly TaskQuery[],
  maxTimeMS: number,
): Promise<boolean> {
  const options = { limit: FEW_MAX + 1, maxTimeMS };
  const counts = await Promise.all(
    queries.map((query) => tasks.countDocuments(inIndex(query), { ...options, hint: query.hint })),
  );
  return counts.reduce((sum, count) => sum + count, 0) <= FEW_MAX;
}

/** What of a query its index says: to count by this takes no look at documents, and ends at the limit. */
function inIndex({ wanted, hint }: TaskQuery): Filter<StoredTask> {
  const { key = {} } = TASK_INDEXES.find(({ name }) => name === hint) ?? {};
  return Object.fromEntries(Object.entries(wanted).filter(([member]) => member in key));
}

/** The values of which each member of a task must have one; absent means any. */
type Choice = { [Member in Filtered]?: readonly unknown[] };

/** What a filter restricts of project, status and type, as several where one would be too many ranges; none for nothing. */
async function choicesOf(
  tasks: Collection<StoredTask>,
  filter: ListFilter,
  namesAll = filter.key === undefined && filter.keyPrefix !== undefined,
): Promise<Choice[]> {
  const { statuses = TASK_STATUSES, notTaskTypes = [], key, keyPrefix } = filter;
  if (key !== undefined && keyPrefix !== undefined && !key.startsWith(keyPrefix)) return [];
  const status = TASK_STATUSES.filter((one) => statuses.includes(one));
  let taskType = filter.taskTypes && [...new Set(filter.taskTypes)];
  // Without a time limit, which FerretDB does not take here; it is a walk over the few values of an index.
  // The indexes of paths and times have both, so that they take every combination: then all there are must be named.
  if (namesAll || notTaskTypes.length > 0) taskType ??= await tasks.distinct('head.taskType');
  taskType = taskType?.filter((one) => !notTaskTypes.includes(one));
  if (status.length === 0 || taskType?.length === 0) return [];

  const choice: Choice = namesAll || status.length < TASK_STATUSES.length ? { status } : {};
  for (const member of EQUAL) if (filter[member] !== undefined) choice[member] = [filter[member]];
  if (taskType === undefined) return [choice];
  const typesMax = Math.floor(RANGES_MAX / (choice.status?.length ?? 1));
  return chunksOf(taskType, typesMax).map((some) => ({ ...choice, taskType: some }));
}

function queryOf(filter: ListFilter, choice: Choice, part: ListPart): TaskQuery {
  const { key, keyPrefix } = filter;
  const wanted = traitsWanted(filter) as Filter<StoredTask>;
  let hint = filteredIndex(FILTERED.filter((member) => choice[member] !== undefined));
  if (key !== undefined) {
    wanted.key = key;
    hint = KEY_INDEX;
  } else if (keyPrefix !== undefined) {
    wanted.paths = keyPrefix;
    hint = pathIndex(EQUAL.filter((member) => choice[member] !== undefined));
  }
  for (const member of FILTERED) {
    const values = choice[member];
    if (values !== undefined) Object.assign(wanted, { [atHead(member)]: oneOf(values) });
  }

  return { wanted: { ...wanted, ...timesWanted(filter, part) }, hint };
}

/** What few tasks have in common: an index leads to them, and the rest of a filter is looked up in their documents. */
type Named = { by: 'ids' | 'labels' | 'silent' | 'words' } | { by: TraitFilter };

/** What of a filter names few tasks, from what names the fewest on; `undefined` where a key does, or nothing. */
function namedBy({ key, taskIds, labels = [], silent, ...filter }: ListFilter): Named | undefined {
  if (taskIds !== undefined) return { by: 'ids' };
  if (key !== undefined) return undefined;
  const by = (Object.keys(TRAIT_FILTERS) as TraitFilter[]).find((member) => filter[member] !== undefined);
  if (by !== undefined) return { by };
  if (silent) return { by: 'silent' };
  if (filter.keyPrefix !== undefined) return undefined;
  if (labels.length > 0) return { by: 'labels' };
  return wordsOf(filter).length > 0 ? { by: 'words' } : undefined;
}

function namedQueries(filter: ListFilter, { by }: Named, part: ListPart): TaskQuery[] {
  const { key, keyPrefix, projectId, statuses = TASK_STATUSES, taskTypes, notTaskTypes } = filter;
  const status = TASK_STATUSES.filter((one) => statuses.includes(one));
  if (status.length === 0) return [];
  const wanted = {
    ...traitsWanted(filter),
    ...timesWanted(filter, part),
    'head.status': oneOf(status),
    ...(key !== undefined && { key }),
    ...(keyPrefix !== undefined && { paths: keyPrefix }),
    ...(projectId !== undefined && { 'head.projectId': projectId }),
    ...((taskTypes ?? notTaskTypes) !== undefined && {
      'head.taskType': { ...(taskTypes && { $in: taskTypes }), ...(notTaskTypes && { $nin: notTaskTypes }) },
    }),
  };
  if (by === 'ids') return [{ wanted, hint: ID_INDEX }];
  if (by === 'labels' || by === 'silent') return [{ wanted, hint: traitIndex(by) }];
  if (by === 'words') return wordQueries(wanted, wordsOf(filter)[0] as WantedWord);
  const trait = TRAIT_FILTERS[by];
  return chunksOf([...new Set(filter[by])], Math.floor(RANGES_MAX / status.length)).map((values) => ({
    wanted: { ...wanted, [atTrait(trait)]: oneOf(values) },
    hint: traitIndex(trait),
  }));
}

/** A word that a task must have, and where it may have it. */
interface WantedWord {
  word: string;
  among: readonly (typeof WORDS)[number][];
}

function wordsOf({ words = [], errorWords = [] }: ListFilter): WantedWord[] {
  return [
    ...errorWords.map((word) => ({
      word,
      among: WORDS.filter(({ member }) => member === 'errorMessage.words'),
    })),
    ...words.map((word) => ({ word, among: WORDS })),
  ];
}

/** One for each place where a task may have a word, without those that have it in a place before. */
function wordQueries(wanted: Filter<StoredTask>, { word, among }: WantedWord): TaskQuery[] {
  return among.map(({ member, index }, at) => {
    const query: TaskQuery = { wanted: { ...wanted, [member]: word }, hint: index };
    for (const other of among.slice(0, at)) Object.assign(query.wanted, { [other.member]: { $ne: word } });
    return query;
  });
}

/** What a filter asks for that only some tasks have, and their ids. */
function traitsWanted({ taskIds, labels = [], silent, ...filter }: ListFilter): Record<string, unknown> {
  const wanted: Record<string, unknown> = {};
  const put = (trait: Trait, condition: unknown): unknown => (wanted[atTrait(trait)] = condition);
  for (const member of Object.keys(TRAIT_FILTERS) as TraitFilter[]) {
    const values = filter[member];
    if (values !== undefined) put(TRAIT_FILTERS[member], oneOf(values));
  }
  if (labels.length > 0) put('labels', labels.length === 1 ? labels[0] : { $all: labels });
  if (silent) put('silent', true);
  const words = wordsOf(filter);
  if (words.length > 0)
    wanted.$and = words.map(({ word, among }) => ({ $or: among.map(({ member }) => ({ [member]: word })) }));
  if (taskIds !== undefined) wanted._id = { $in: [...new Set(taskIds)].map(storedId) };
  return wanted;
}

function chunksOf<Value>(values: readonly Value[], sizeMax: number): Value[][] {
  const chunks: Value[][] = [];
  for (let first = 0; first < values.length; first += sizeMax)
    chunks.push(values.slice(first, first + sizeMax));
  return chunks;
}

function oneOf(values: readonly unknown[]): unknown {
  return values.length === 1 ? values[0] : { $in: values };
}
