import type { IndexDescription } from 'mongodb';
import type { OrderKey } from '../../core/ports/list-order.js';
import { TRAIT_FILTERS } from '../../core/ports/task-filter.js';

/** What one value of is asked for: members of a filter and of a task by the same name. */
export const EQUAL = ['projectId'] as const;

/** What lists are filtered by, in the order in which an index has them. */
export const FILTERED = [...EQUAL, 'status', 'taskType'] as const;

/** One of them. */
export type Filtered = (typeof FILTERED)[number];

/** The index by which a task is found by its whole key. */
export const KEY_INDEX = 'key_place';

/** The index by which tasks are found by their ids; every collection has it. */
export const ID_INDEX = '_id_';

/** Where the place stands in a document that a list is sorted by. */
export const PLACE_BY = {
  created: 'head.place',
  ended: 'head.ended',
  duration: 'head.duration',
} as const satisfies Record<OrderKey, string>;

/**
 * Where stands what tasks come to after their creation: lists are sorted by `ended` and `duration`, and filtered by all but
 * `duration`.
 */
export const TIMES = {
  ended: PLACE_BY.ended,
  duration: PLACE_BY.duration,
  started: 'head.startedAtJson',
  due: 'head.traits.due_at',
} as const;

/** One of these. */
export type Time = keyof typeof TIMES;

/** What lists are filtered by that only some tasks have. */
export const TRAITS = [...Object.values(TRAIT_FILTERS), 'labels', 'silent'] as const;

/** One of them. */
export type Trait = (typeof TRAITS)[number];

/** Where words stand, and the index that leads to a task by them. */
export const WORDS = [
  { member: 'head.words', index: 'words_status_place' },
  { member: 'errorMessage.words', index: 'errorWords_status_place' },
] as const;

/**
 * Every index ends with the place by which lists are sorted: whatever the filter, a list is read from its beginning or its
 * cursor on. Several values in one filter are as many ranges, which MongoDB merges by the place
 * (https://www.mongodb.com/docs/manual/tutorial/equality-sort-range-guideline/).
 *
 * Those by a time have status and type always, as the paths of keys do: what is found between two times is in no other order.
 *
 * There is one for each combination of what lists are filtered by, and fewer for the paths of keys, which are as many entries
 * as a key has paths: these have status and type always, since both have few values, which can all be named. What only some
 * tasks have is in an index with the status, named always likewise; of what is found so the rest is looked up in the documents.
 */
export const TASK_INDEXES: readonly IndexDescription[] = [
  ...combinations(FILTERED).map((filtered) => ({
    name: filteredIndex(filtered),
    key: { ...ascending(filtered.map(atHead)), 'head.place': -1 as const },
  })),
  ...combinations(EQUAL).map((equal) => ({
    name: pathIndex(equal),
    key: { ...ascending(['paths', ...pathFiltered(equal).map(atHead)]), 'head.place': -1 as const },
  })),
  ...(Object.keys(TIMES) as Time[]).flatMap((time) =>
    combinations(EQUAL).map((equal) => ({
      name: timeIndex(time, equal),
      key: { ...ascending(pathFiltered(equal).map(atHead)), [TIMES[time]]: -1 as const },
    })),
  ),
  { name: KEY_INDEX, key: { key: 1, 'head.place': -1 } },
  ...TRAITS.map((trait) => ({
    name: traitIndex(trait),
    key: { [atTrait(trait)]: 1 as const, [atHead('status')]: 1 as const, 'head.place': -1 as const },
  })),
  ...WORDS.map(({ member, index }) => ({
    name: index,
    key: { [member]: 1 as const, [atHead('status')]: 1 as const, 'head.place': -1 as const },
  })),
];

/** The index for some of what lists are filtered by. */
export function filteredIndex(filtered: readonly Filtered[]): string {
  return [...filtered, 'place'].join('_');
}

/** The index for a path that keys begin with, with status and type, and with some of `EQUAL`. */
export function pathIndex(equal: readonly Filtered[]): string {
  return `paths_${filteredIndex(pathFiltered(equal))}`;
}

/** The index by such a time, with status and type, and with some of `EQUAL`. */
export function timeIndex(time: Time, equal: readonly Filtered[]): string {
  return [...pathFiltered(equal), time].join('_');
}

/** The index for what only some tasks have. */
export function traitIndex(trait: Trait): string {
  return `${trait}_status_place`;
}

/** Where that stands in a document. */
export function atTrait(trait: Trait): `head.traits.${Trait}` {
  return `head.traits.${trait}`;
}

function pathFiltered(equal: readonly Filtered[]): readonly Filtered[] {
  return [...equal, 'status', 'taskType'];
}

/** Where it stands in a document. */
export function atHead(member: Filtered): `head.${Filtered}` {
  return `head.${member}`;
}

function ascending(members: readonly string[]): Record<string, 1> {
  return Object.fromEntries(members.map((member) => [member, 1]));
}

function combinations(members: readonly Filtered[]): Filtered[][] {
  return members.reduce<Filtered[][]>(
    (smaller, member) => [...smaller, ...smaller.map((some) => [...some, member])],
    [[]],
  );
}
