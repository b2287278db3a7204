import type { LargePart, TaskInclude } from '../contracts/task-fields.js';
import type { TimeForm } from '../contracts/time.js';
import { errorWords, taskWords } from '../domain/words.js';
import { isFinal, TASK_STATUSES, type TaskStatus } from '../domain/task.js';
import { orderParts, type ListOrder } from './list-order.js';
import type {
  ListCursor,
  ProjectionProgress,
  ProjectionTarget,
  TaskChange,
  TaskCount,
  TaskDocument,
  TaskPage,
} from './read-model.js';
import { hasWords, matchesFilter, type ListFilter } from './task-filter.js';
import type { UnitStart } from './version-units.js';

/** What of a task's document depends on its state, without the large parts. */
export type TaskState = Omit<TaskChange, LargePart>;

/** What one event makes of a task: the version that holds from it on, until the task's next event. */
export interface VersionChange {
  /** The event's. */
  position: string;
  /** When it was recorded: RFC 3339 with `Z` and milliseconds. */
  recordedAt: string;
  /** The status before the event; `undefined` before its creation. */
  before: TaskStatus | undefined;
  state: TaskState;
}

/** What a page of a past list is to have, as `ReadModel.list` has it. */
export interface PastListRequest {
  filter: ListFilter;
  limit: number;
  cursor?: ListCursor | undefined;
  include?: readonly TaskInclude[] | undefined;
  times?: TimeForm;
  order?: ListOrder | undefined;
}

/** What a writer of versions needs. */
export interface VersionsTarget extends ProjectionTarget<VersionChange> {
  /**
   * Adds versions in the order of their events, and then writes parked streams and the checkpoint, as `TaskCounters.apply`
   * does. The changes are all there are after the last checkpoint, up to this one; those that come again change nothing.
   *
   * @throws TaskledgerError with the code `conflict` when a projector with a newer epoch has written.
   */
  apply(changes: readonly VersionChange[], progress: ProjectionProgress): Promise<void>;

  /**
   * Keeps no version from now on that ended before a day, as far as whole units go; what is kept already from a later day on
   * stays so. What is to go is gone when it answers.
   *
   * @param day In UTC: `2025-03-12`.
   */
  keepFrom(day: string): Promise<void>;
}

/**
 * Every version of every task, with the interval of positions in which it held, made from the ledger and good to be thrown
 * away. It lives where the read model does, and is closed with it.
 *
 * What is asked for as of a position must be in, by the checkpoint of the versions and that of the lists: creations and ends
 * are found by the present lists, since they never change. Whatever that position is, and however many tasks there are since,
 * it takes as long.
 */
export interface TaskVersions extends VersionsTarget {
  /** Where the first unit begins from which on everything is kept; `undefined` while nothing was taken away. */
  keptFrom(): Promise<UnitStart | undefined>;

  /** The last unit that begins with what was recorded at or before a time; `undefined` when nothing was that is kept. */
  unitAt(time: string): Promise<UnitStart | undefined>;

  /** Some tasks as they were at a position, at most 1000, by their ids. What was not there yet is not in it. */
  statesAt(taskIds: readonly number[], position: string): Promise<Map<number, TaskState>>;

  /** As `ReadModel.list`, of the tasks as they were at a position: short pages come with more of the filters. */
  list(position: string, request: PastListRequest): Promise<TaskPage>;

  /** As `ReadModel.count`, of the tasks as they were at a position. */
  count(position: string, filter: ListFilter): Promise<TaskCount>;
}

/**
 * The part of a filter that lets through, of the present tasks, all that the whole filter let through at any time before. What a
 * task was created with never changes, nor when it first started and how it ended, once it had; all else may have been
 * otherwise.
 */
export function lastingPart(filter: ListFilter, order: ListOrder): ListFilter {
  const { workers: _, errorTypes: __, words: ___, errorWords: ____, silent, ...lasting } = filter;
  const { endedAfter, endedBefore } = filter;
  const isOfEnded = (endedAfter ?? endedBefore) !== undefined || orderParts(order).key !== 'created';
  const past = statusesOf(filter).filter((status) => !isOfEnded || isFinal(status));
  const statuses = silent === true ? past.filter((status) => status === 'running') : past;
  const { statuses: _____, ...others } = lasting;
  // What was pending or running may be in any state by now.
  if (!statuses.every(isFinal)) return others;
  return { ...others, statuses };
}

/** The states that a filter lets through. */
export function statusesOf({ statuses = TASK_STATUSES }: ListFilter): readonly TaskStatus[] {
  return TASK_STATUSES.filter((status) => statuses.includes(status));
}

/**
 * Whether a task was in a list of this order, as it was.
 *
 * @param errorJson Its error, as JSON, if it had failed; asked for when it matters.
 */
export function wasListed(
  filter: ListFilter,
  order: ListOrder,
  state: TaskState,
  errorJson: () => string,
): boolean {
  // In a list by the end it has no place as long as it had not ended, whatever it is now.
  if (orderParts(order).key !== 'created' && !isFinal(state.status)) return false;
  const { key, taskType, extras } = state;
  const { traits } = extras;
  const task = {
    ...traits,
    task_id: state.taskId,
    project_id: state.projectId,
    task_type: taskType,
    status: state.status,
    created_at: state.createdSecond,
    key,
    started_at: timeIn(extras.startedAtJson),
    completed_at: timeIn(extras.completedAtJson),
  };
  return matchesFilter(filter, task) && matchesWords(filter, state, errorJson);
}

/** Whether it had the words that a filter asks for. @param errorJson As for `wasListed`. */
export function matchesWords(
  filter: ListFilter,
  { key, taskType, status, extras: { traits } }: TaskState,
  errorJson: () => string,
): boolean {
  return hasWords(filter, () => ({
    names: taskWords({ key, taskType, traits }),
    error: status === 'failed' ? errorWords(errorJson()) : [],
  }));
}

function timeIn(json: string): string | null {
  return json === 'null' ? null : json.slice(1, -1);
}

/**
 * A task's document as it was: the large parts come with the creation or the end, and do not change.
 *
 * @param now The same parts of now, or of any time since then; asked for only when one of them is looked at.
 */
export function pastDocument(state: TaskState, now: () => Pick<TaskDocument, LargePart>): TaskDocument {
  return {
    ...state,
    get paramsJson() {
      return now().paramsJson;
    },
    get resultJson() {
      return state.status === 'completed' ? now().resultJson : '{}';
    },
    get errorMessageJson() {
      return state.status === 'failed' ? now().errorMessageJson : '""';
    },
  };
}

/**
 * A filter that begins near a moment, where the list that it is for goes from the newest on: nothing was created, or ended,
 * after that was recorded.
 *
 * @param end What was recorded by then was so before this time; `undefined` when that is not known.
 */
export function nearMoment(filter: ListFilter, order: ListOrder, end: string | undefined): ListFilter {
  const { key, ascending } = orderParts(order);
  if (end === undefined || ascending || key === 'duration') return filter;
  const before = new Date(Date.parse(end) + 1_000).toISOString().slice(0, SECOND_CHARACTERS);
  const member = key === 'created' ? 'createdBefore' : 'endedBefore';
  const said = filter[member];
  return said !== undefined && said <= before ? filter : { ...filter, [member]: before };
}

const SECOND_CHARACTERS = '2025-03-12T10:00:00'.length;
