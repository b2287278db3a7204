import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import type { ListCursor, ReadModel } from '../../../shared/core/ports/read-model.js';
import type { TaskFilter } from '../../../shared/core/ports/task-filter.js';
import type { TimeForm } from '../../../shared/core/contracts/time.js';
import { IDS_MAX } from './filter-kinds.js';

type Lists = Pick<ReadModel, 'get' | 'list'>;

/** How many levels of tasks are gathered: each is a list of its own. */
export const LEVELS_MAX = 20;

/** What is needed of a task to find what names it. */
interface Named {
  id: number;
  key: string | null;
}

/**
 * What others can call a task: its id in digits, and its key where it has one. One that is not there yet can be called what it
 * was called here.
 *
 * @param name Its id in digits, or its key.
 */
export async function namesOfTask(lists: Lists, name: string): Promise<readonly string[]> {
  const task = await findTask(lists, name);
  return task === undefined ? [name] : namesOf(task);
}

/** What can be asked for in a detail of the tasks that name it, and which member of a filter finds these. */
const FAMILY_FILTERS = { children: 'parents', retries: 'retryOf' } as const satisfies Record<
  string,
  keyof TaskFilter
>;

/** The name of such a member. */
export type FamilyInclude = keyof typeof FAMILY_FILTERS;

/** All of them, in the order in which they follow all else. */
export const FAMILY_INCLUDES = Object.keys(FAMILY_FILTERS) as FamilyInclude[];

/** How many tasks such a member has at most, the newest first; the filter `parent` or `retry_of` of lists gives all. */
export const FAMILY_SHOWN_MAX = 100;

/**
 * A detail with the tasks that name its task at its end, as lists show them.
 *
 * @param task Its task.
 * @param includes What is asked for; other names are passed over.
 */
export async function withFamily(
  taskJson: string,
  includes: readonly string[],
  lists: Lists,
  task: { taskId: number; key: string | null },
  times: TimeForm,
): Promise<string> {
  let json = taskJson;
  const names = namesOf({ id: task.taskId, key: task.key });
  for (const include of FAMILY_INCLUDES) {
    if (!includes.includes(include)) continue;
    const filter = { [FAMILY_FILTERS[include]]: names };
    const { items } = await lists.list(filter, FAMILY_SHOWN_MAX, undefined, [], times);
    json = `${json.slice(0, -1)},"${include}":[${items.join(',')}]}`;
  }
  return json;
}

/**
 * A task and all below it: those that name it as their parent, those that name these, and so on.
 *
 * @param name Its id in digits, or its key.
 * @throws InvalidRequestError when they are more than `IDS_MAX`, or on `LEVELS_MAX` levels or more.
 */
export async function familyOf(lists: Lists, name: string): Promise<readonly number[]> {
  const root = await findTask(lists, name);
  const found = new Set(root === undefined ? [] : [root.id]);
  let parents = root === undefined ? [name] : namesOf(root);
  for (let level = 0; parents.length > 0; level++) {
    if (level === LEVELS_MAX)
      throw new InvalidRequestError(`root must be a task with fewer than ${LEVELS_MAX} levels below it`);
    const children = (await allOf(lists, { parents }, IDS_MAX + 1)).filter(({ id }) => !found.has(id));
    for (const { id } of children) found.add(id);
    if (found.size > IDS_MAX) {
      throw new InvalidRequestError(
        `root must be a task with fewer than ${IDS_MAX} below it; ask for these level by level with parent`,
      );
    }
    parents = children.flatMap(namesOf);
  }
  return [...found];
}

async function findTask(lists: Lists, name: string): Promise<Named | undefined> {
  if (/^\d+$/.test(name)) {
    const task = await lists.get(Number(name));
    return task && { id: task.taskId, key: task.key };
  }
  return (await allOf(lists, { key: name }, 1))[0];
}

/** The tasks that a filter lets through, up to about so many. */
async function allOf(lists: Lists, filter: TaskFilter, tasksMax: number): Promise<Named[]> {
  const tasks: Named[] = [];
  let cursor: ListCursor | undefined;
  do {
    const { items, next } = await lists.list(filter, Math.min(tasksMax, PAGE_TASKS), cursor, ['key']);
    tasks.push(...items.map((item) => JSON.parse(item) as Named));
    cursor = next;
  } while (cursor !== undefined && tasks.length < tasksMax);
  return tasks;
}

/** The most that a list gives at once. */
const PAGE_TASKS = 1_000;

function namesOf({ id, key }: Named): string[] {
  return key === null ? [`${id}`] : [`${id}`, key];
}
