import { UnavailableError } from '../contracts/errors.js';
import { taskExtras } from '../contracts/task-fields.js';
import { itemInTimes, taskItemJson } from '../contracts/task-json.js';
import { shownTime, type TimeForm } from '../contracts/time.js';
import type { TaskSnapshot } from '../domain/task.js';
import type { EventStore, RecordedEvent } from '../ports/event-store.js';
import { matchesFilter, type TaskFilter } from '../ports/task-filter.js';
import type { ListCursor, ReadModel } from '../ports/read-model.js';
import { openEvent } from './stored-event.js';
import { taskIdOfStream, taskStream, TASK_STREAM_PREFIX } from './streams.js';

const PAGE_TASKS = 1_000;

/** How many events the documents may be behind or ahead of the position, before the answer is to come again. */
export const EVENTS_AROUND_MAX = 50_000;

/** How many tasks are looked up in the ledger side by side. */
const READS_AT_ONCE = 32;

/** Tasks that matched a filter at one position of the ledger, newest first. */
export interface TasksAtPosition {
  /** `undefined` while the ledger is empty. */
  position: string | undefined;
  tasks: { taskId: number; itemJson: string }[];
}

/** What finding them works with. */
export interface TasksAtPositionDeps {
  readModel: Pick<ReadModel, 'list'>;
  store: Pick<EventStore, 'readAll' | 'readStream' | 'lastPosition'>;
  /** A position that every document has taken in, but those of parked streams; documents may be further. */
  documentsAt: () => string | undefined;
  /** The tasks whose documents have stopped, as something in their streams could not be projected. */
  parkedTaskIds: () => Promise<number[]>;
}

/**
 * Which tasks match a filter at a position of the ledger: exactly these, although the read model lags behind, and
 * changes while it is read. The position is the ledger's end as it is asked.
 *
 * Every document holds its task's state at `documentsAt` or a later one. So the lists are right about each task that has
 * no event between `documentsAt` and the ledger's end after they were read: it had the same state all the time, at the
 * position too, and it did not move while the pages were read. All other tasks, few as they are, are looked up in the
 * ledger: the state that their last event up to the position carries.
 *
 * A task whose state at the position can't be read from the ledger is left out.
 *
 * @param tasksMax The most tasks to be found.
 * @param times How their times are shown.
 * @returns `too_many` when more match.
 * @throws UnavailableError when the read model is too far behind, or the ledger or the read model is away.
 */
export async function tasksAtPosition(
  deps: TasksAtPositionDeps,
  filter: TaskFilter,
  tasksMax: number,
  times?: TimeForm,
): Promise<TasksAtPosition | 'too_many'> {
  const documentsAt = deps.documentsAt();
  const end = await deps.store.lastPosition();
  // The ledger can't be behind what was read from it, but what we know of its end can.
  const position = later(end, documentsAt);
  const parked = await deps.parkedTaskIds();
  // Many of those that are found may have changed, so that too many is certain only beyond this.
  const found = await listed(deps.readModel, filter, 2 * tasksMax, times);

  const changed = await statesOfChanged(deps, documentsAt, position, parked);
  const tasks = found.tasks.filter(({ taskId }) => !changed.has(taskId));
  if (tasks.length > tasksMax) return 'too_many';
  for (const snapshot of changed.values()) {
    if (snapshot === undefined || !matchesFilter(filter, snapshot)) continue;
    const { task_id: taskId, created_at } = snapshot;
    const itemJson = itemInTimes(taskItemJson(snapshot), taskExtras(snapshot), times);
    tasks.push({ taskId, createdSecond: shownTime(created_at), itemJson });
  }
  if (tasks.length > tasksMax) return 'too_many';
  if (!found.all) throw new UnavailableError('The tasks change too fast to be listed; try again');
  return { position, tasks: tasks.sort(byAge).map(({ taskId, itemJson }) => ({ taskId, itemJson })) };
}

interface FoundTask {
  createdSecond: string;
  taskId: number;
  itemJson: string;
}

/** What the lists say, up to about `tasksMax` of them. */
async function listed(
  readModel: Pick<ReadModel, 'list'>,
  filter: TaskFilter,
  tasksMax: number,
  times: TimeForm,
): Promise<{ tasks: FoundTask[]; all: boolean }> {
  const tasks: FoundTask[] = [];
  let cursor: ListCursor | undefined;
  do {
    const page = await readModel.list(filter, PAGE_TASKS, cursor, [], times);
    for (const itemJson of page.items) {
      const { id, created_at } = JSON.parse(itemJson) as { id: number; created_at: string };
      tasks.push({ taskId: id, createdSecond: shownTime(created_at), itemJson });
    }
    cursor = page.next;
  } while (cursor !== undefined && tasks.length < tasksMax);
  return { tasks, all: cursor === undefined };
}

/**
 * The states at the position of all tasks that have an event after `documentsAt`, and of the parked ones; `undefined` for
 * one that was not there yet, or can't be read.
 */
async function statesOfChanged(
  { store }: TasksAtPositionDeps,
  documentsAt: string | undefined,
  position: string | undefined,
  parked: readonly number[],
): Promise<Map<number, TaskSnapshot | undefined>> {
  const states = new Map<number, TaskSnapshot | undefined>();
  const lookUps: { taskId: number; fromRevision?: number }[] = [];
  let events = 0;
  const after = documentsAt === undefined ? {} : { fromPosition: documentsAt };
  for await (const event of store.readAll({ ...after, streamPrefix: TASK_STREAM_PREFIX })) {
    if (++events > EVENTS_AROUND_MAX) {
      throw new UnavailableError(
        'The lists are too far behind the ledger; try again when they have caught up',
      );
    }
    const taskId = taskIdOfStream(event.stream);
    if (position !== undefined && event.position <= position) {
      states.set(taskId, snapshotOf(event));
    } else if (!states.has(taskId)) {
      states.set(taskId, undefined);
      // What it was like at the position is what its event before this one carries.
      if (event.revision > 0) lookUps.push({ taskId, fromRevision: event.revision - 1 });
    }
  }
  for (const taskId of parked) if (!states.has(taskId)) lookUps.push({ taskId });
  const work = async (): Promise<void> => {
    for (let lookUp = lookUps.pop(); lookUp !== undefined; lookUp = lookUps.pop()) {
      const { taskId, ...from } = lookUp;
      states.set(taskId, undefined);
      for await (const event of store.readStream(taskStream(taskId), { direction: 'backwards', ...from })) {
        // A parked task may have gone on in the meantime.
        if (position === undefined || event.position > position) continue;
        states.set(taskId, snapshotOf(event));
        break;
      }
    }
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, work));
  return states;
}

function snapshotOf(event: RecordedEvent): TaskSnapshot | undefined {
  try {
    return openEvent(event).after;
  } catch {
    // Written by another version, or damaged: the command side refuses to build on it.
    return undefined;
  }
}

function later(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one > other ? one : other;
}

/** Below 0 when the first is newer: the order of a list. */
function byAge(one: FoundTask, other: FoundTask): number {
  if (one.createdSecond !== other.createdSecond) return one.createdSecond > other.createdSecond ? -1 : 1;
  return other.taskId - one.taskId;
}
