import type { StreamInclude } from '../../../shared/core/contracts/task-fields.js';
import type { TimeForm } from '../../../shared/core/contracts/time.js';
import { isFinal } from '../../../shared/core/domain/task.js';
import { matchesFilter, type TaskFilter } from '../../../shared/core/ports/task-filter.js';
import type { NumberedChanges } from './change-ring.js';
import type { StreamChange } from './stream-change.js';
import { eventText, type StreamEventType } from './stream-text.js';

/** A part of a stream ends with the event that gives it so many characters. */
export const PART_CHARACTERS_MAX = 64 * 1024;

/** What is shown: of which tasks, and what of them. */
export interface Shown {
  /** All tasks that it lets through, or one task alone. */
  tasks: TaskFilter | { taskId: number };
  /** In the order of `STREAM_INCLUDES`. */
  include: readonly StreamInclude[];
  times?: TimeForm;
}

/** A part of a stream: what some changes come to. */
export interface StreamPart {
  /** Ready to be sent; `undefined` when none of the changes concerns the stream. */
  bytes: Buffer | undefined;
  /** The number of the first change that is not covered. */
  end: number;
  /** How far it reaches. */
  position: string;
  /** The position of the last event in it. */
  toldPosition: string | undefined;
  /** The stream is about one task, and the last event in it is the task's end. */
  isEnd: boolean;
}

/** What a part was made of. */
interface Request {
  changes: NumberedChanges;
  from: number;
  upTo: number;
  newestOnly: boolean;
}

/**
 * What the readers of one filter see. All of those who have come equally far get the same bytes, which are made once.
 *
 * Whether a change concerns a filter follows from the change alone: its task matches, or it matched before. So wherever a
 * reader goes on, it gets what it lacks; at worst it is told once more that a task has left.
 */
export class StreamView {
  private readonly isOneTask: boolean;
  private readonly concerns: (change: StreamChange) => StreamEventType | undefined;
  private last: { request: Request; part: StreamPart } | undefined;

  constructor(private readonly shown: Shown) {
    const { tasks } = shown;
    this.isOneTask = 'taskId' in tasks;
    this.concerns = 'taskId' in tasks ? ofTask(tasks.taskId) : ofFilter(tasks);
  }

  /**
   * The part that begins with a change, made once for all who ask for it in turn: for changes that are there in any case, since
   * they are kept with it.
   */
  part(changes: NumberedChanges, from: number, newestOnly: boolean): StreamPart {
    const request = { changes, from, upTo: changes.end, newestOnly };
    if (this.last === undefined || !isSame(this.last.request, request)) {
      this.last = { request, part: this.make(changes, from, newestOnly) };
    }
    return this.last.part;
  }

  /** The event for a task's state. */
  text(type: StreamEventType, change: StreamChange): string {
    const json = change.itemJson(this.shown.include, this.shown.times);
    return eventText(type, change.position, json, change.id);
  }

  /**
   * The part that begins with a change.
   *
   * @param newestOnly Leaves out what a later change of the same task says again: for readers who can't keep up.
   */
  make(changes: NumberedChanges, from: number, newestOnly: boolean): StreamPart {
    const upTo = changes.end;
    let text = '';
    let told: StreamChange | undefined;
    let number = from;
    for (; number < upTo && text.length < PART_CHARACTERS_MAX; number++) {
      const change = changes.at(number);
      const type = this.concerns(change);
      if (type === undefined || (newestOnly && this.isOutdated(change, type))) continue;
      text += this.text(type, change);
      told = change;
    }
    return {
      bytes: told === undefined ? undefined : Buffer.from(text),
      end: number,
      position: number === upTo ? changes.position : changes.at(number - 1).position,
      toldPosition: told?.position,
      isEnd: this.isOneTask && told !== undefined && isFinal(told.after.status),
    };
  }

  /**
   * Whether a later change of the task makes this one needless. What follows a state that matches always concerns the
   * filter. A task that has left is told of later only if it comes back, and then it stays.
   */
  private isOutdated(change: StreamChange, type: StreamEventType): boolean {
    const newest = change.newest.change;
    return newest !== change && (type === 'task' || this.concerns(newest) === 'task');
  }
}

function isSame(one: Request, other: Request): boolean {
  return (
    one.changes === other.changes &&
    one.from === other.from &&
    one.upTo === other.upTo &&
    one.newestOnly === other.newestOnly
  );
}

function ofTask(taskId: number) {
  return ({ after }: StreamChange): StreamEventType | undefined =>
    after.task_id === taskId ? 'task' : undefined;
}

/**
 * Of all that a filter asks for, only these ever change; and its start and end come to a task once: what matched by these goes
 * on to. A task that comes to one as it leaves the states that are asked for is said to have left although it was not there, which
 * does no harm.
 */
function ofFilter({ statuses, workers, errorTypes, silent, ...lasting }: TaskFilter) {
  const changing = definedOf({ statuses, workers, errorTypes, silent });
  return (change: StreamChange): StreamEventType | undefined => {
    if (!matchesFilter(lasting, change.after)) return undefined;
    if (matchesFilter(changing, change.after)) return 'task';
    return mayHaveMatched(changing, change) ? 'left' : undefined;
  };
}

/** Whether a task may have matched before a change, of whose worker and error the change does not say what they were. */
function mayHaveMatched(
  { statuses, workers, errorTypes, silent }: TaskFilter,
  { after, statusBefore, type }: StreamChange,
): boolean {
  if (statusBefore === undefined) return false;
  if (statuses !== undefined && !statuses.includes(statusBefore)) return false;
  if (silent && after.was !== 'silent') return false;
  // What was never begun had none.
  const isNew = after.was === 'new';
  const others = definedOf({
    workers: CHANGES_WORKER.includes(type) && !isNew ? undefined : workers,
    errorTypes: CHANGES_ERROR.includes(type) && !isNew ? undefined : errorTypes,
  });
  return matchesFilter(others, after);
}

const CHANGES_WORKER = ['TaskStarted'];
const CHANGES_ERROR = ['TaskStarted', 'TaskAttemptFailed', 'TaskCompleted', 'TaskFailed'];

function definedOf(filter: { [Member in keyof TaskFilter]: TaskFilter[Member] | undefined }): TaskFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
