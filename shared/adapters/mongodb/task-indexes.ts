import type { IndexDescription } from 'mongodb';

/** What lists are filtered by, in the order in which an index has them. */
export const FILTERED = ['projectId', 'status', 'taskType'] as const;

type Filtered = (typeof FILTERED)[number];

/** The index by which a task is found by its whole key. */
export const KEY_INDEX = 'key_place';

/**
 * Every index ends with the place by which lists are sorted: whatever the filter, a list is read from its beginning or its
 * cursor on. Several values in one filter are as many ranges, which MongoDB merges by the place
 * (https://www.mongodb.com/docs/manual/tutorial/equality-sort-range-guideline/).
 *
 * There is one for each combination of project, status and type, and two for the paths of keys, which are as many entries
 * as a key has paths: these have status and type always, since both have few values, which can all be named.
 */
export const TASK_INDEXES: readonly IndexDescription[] = [
  ...combinations().map((filtered) => ({
    name: filteredIndex(filtered),
    key: { ...ascending(filtered.map(atHead)), 'head.place': -1 as const },
  })),
  ...[false, true].map((withProject) => ({
    name: pathIndex(withProject),
    key: { ...ascending(['paths', ...pathFiltered(withProject).map(atHead)]), 'head.place': -1 as const },
  })),
  { name: KEY_INDEX, key: { key: 1, 'head.place': -1 } },
];

/** The index for some of what lists are filtered by. */
export function filteredIndex(filtered: readonly Filtered[]): string {
  return [...filtered, 'place'].join('_');
}

/** The index for a path that keys begin with, with status and type, and with the project or without. */
export function pathIndex(withProject: boolean): string {
  return `paths_${filteredIndex(pathFiltered(withProject))}`;
}

function pathFiltered(withProject: boolean): readonly Filtered[] {
  return withProject ? FILTERED : FILTERED.slice(1);
}

function atHead(member: Filtered): string {
  return `head.${member}`;
}

function ascending(members: readonly string[]): Record<string, 1> {
  return Object.fromEntries(members.map((member) => [member, 1]));
}

function combinations(): Filtered[][] {
  return FILTERED.reduce<Filtered[][]>(
    (smaller, member) => [...smaller, ...smaller.map((some) => [...some, member])],
    [[]],
  );
}
