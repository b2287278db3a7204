import type { TaskTraits } from '../contracts/task-fields.js';
import { shownTime } from '../contracts/time.js';
import type { FoundWords } from '../domain/words.js';
import type { Labels, TaskSnapshot, TaskStatus } from '../domain/task.js';
import { matchesTimes, type TimeFilter } from './time-filter.js';

/**
 * Which tasks are meant. An absent member lets every task through; those that are there must all let a task through.
 * `matchesFilter` is the same as a function.
 */
export interface TaskFilter extends TimeFilter {
  projectId?: number;
  /** Alternatives; an empty list lets nothing through. */
  statuses?: readonly TaskStatus[];
  /** Alternatives; an empty list lets nothing through. */
  taskTypes?: readonly string[];
  /** Types that are left out. */
  notTaskTypes?: readonly string[];
  /** The earliest second of creation, as it is shown: `2025-03-12T10:00:00`. */
  createdAfter?: string;
  /** The second of creation, as it is shown, that a task must come before. */
  createdBefore?: string;
  /** Exactly this key. */
  key?: string;
  /** How the key begins: whole segments of a path, so that it ends with `/`; 1 to `KEY_PREFIX_LEVELS_MAX` of them. */
  keyPrefix?: string;
  /** The tasks with these ids; an empty list lets nothing through. */
  taskIds?: readonly number[];
  /** Labels that a task must have, all of them, each as `name:value`. */
  labels?: readonly string[];
  /** What a task calls the one that it is a part of. Alternatives, since a task has an id and may have a key. */
  parents?: readonly string[];
  /** What it calls the one that it tries again; alternatives likewise. */
  retryOf?: readonly string[];
  /** Alternatives, as the next ones are. */
  workers?: readonly string[];
  errorTypes?: readonly string[];
  /** Only tasks that run and are not heard of any more. */
  silent?: true;
}

/** What a list is filtered by: also by words, which can't be told from a task's state alone. `hasWords` is the same as a function. */
export interface ListFilter extends TaskFilter {
  /** Words that a task must have, all of them, each as `wordsIn` gives it: in its names or in its error. */
  words?: readonly string[];
  /** Words that its error must have, likewise. */
  errorWords?: readonly string[];
}

/** Whether a task has the words that a filter asks for. @param found Its words; asked only when it matters. */
export function hasWords({ words = [], errorWords = [] }: ListFilter, found: () => FoundWords): boolean {
  if (words.length === 0 && errorWords.length === 0) return true;
  const { names, error } = found();
  return (
    errorWords.every((word) => error.includes(word)) &&
    words.every((word) => names.includes(word) || error.includes(word))
  );
}

/** Which member of a filter has alternatives for which trait. */
export const TRAIT_FILTERS = {
  parents: 'parent',
  retryOf: 'retry_of',
  workers: 'worker',
  errorTypes: 'error_type',
} as const satisfies Partial<Record<keyof TaskFilter, keyof TaskTraits>>;

/** One of these. */
export type TraitFilter = keyof typeof TRAIT_FILTERS;

const TRAIT_FILTER_ENTRIES = Object.entries(TRAIT_FILTERS) as [
  TraitFilter,
  (typeof TRAIT_FILTERS)[TraitFilter],
][];

/** What a filter looks at. */
export type FilteredTask = TaskTraits &
  Pick<
    TaskSnapshot,
    'task_id' | 'project_id' | 'task_type' | 'status' | 'created_at' | 'key' | 'started_at' | 'completed_at'
  >;

/** Whether a filter lets a task through that is in this state: the same answer as a list of the read model gives. */
export function matchesFilter(filter: TaskFilter, task: FilteredTask): boolean {
  const {
    projectId,
    statuses,
    taskTypes,
    notTaskTypes,
    createdAfter,
    createdBefore,
    key,
    keyPrefix,
    taskIds,
  } = filter;
  const { task_type, created_at } = task;
  return (
    (projectId === undefined || task.project_id === projectId) &&
    (statuses === undefined || statuses.includes(task.status)) &&
    (taskTypes === undefined || taskTypes.includes(task_type)) &&
    (notTaskTypes === undefined || !notTaskTypes.includes(task_type)) &&
    (createdAfter === undefined || shownTime(created_at) >= createdAfter) &&
    (createdBefore === undefined || shownTime(created_at) < createdBefore) &&
    (key === undefined || task.key === key) &&
    (keyPrefix === undefined || task.key?.startsWith(keyPrefix) === true) &&
    (taskIds === undefined || taskIds.includes(task.task_id)) &&
    matchesTraits(filter, task) &&
    matchesTimes(filter, task)
  );
}

/** Whether what a filter asks of traits lets a task through that has these. */
export function matchesTraits(filter: TaskFilter, traits: TaskTraits): boolean {
  for (const [member, trait] of TRAIT_FILTER_ENTRIES) {
    const values = filter[member];
    if (values === undefined) continue;
    const value = traits[trait];
    if (value === undefined || !values.includes(value)) return false;
  }
  if (filter.silent && traits.silent !== true) return false;
  return filter.labels === undefined || filter.labels.every((label) => hasLabel(traits.labels, label));
}

/** A label's name has no colon. */
function hasLabel(labels: Labels | undefined, label: string): boolean {
  const colon = label.indexOf(':');
  return labels?.[label.slice(0, colon)] === label.slice(colon + 1);
}
