import { UnavailableError } from '../contracts/errors.js';
import type { LargePart, TaskExtras, TaskInclude } from '../contracts/task-fields.js';
import type { TimeForm } from '../contracts/time.js';
import type { TaskStatus } from '../domain/task.js';
import type { ListFilter } from './task-filter.js';
import type { ListOrder } from './list-order.js';

/**
 * What one or more events change of a task's document: everything that depends on the state, and those of the large
 * parts (`LargePart`) that the events have set: an absent one is unchanged, and `{}`, `{}` and `""` before any change. All texts
 * are JSON, ready to be sent.
 */
export interface TaskChange extends Partial<Record<LargePart, string>> {
  taskId: number;
  /** The revision of the last event that is covered; a document at this revision or a later one is left alone. */
  revision: number;
  projectId: number;
  taskType: string;
  status: TaskStatus;
  /** The second that a list sorts by, as it is shown: `2025-03-12T10:00:00`. Never changes. */
  createdSecond: string;
  /** The publisher's own name for the task. Never changes. */
  key: string | null;
  /** The list item, a JSON object. */
  itemJson: string;
  /** What is shown beside it. */
  extras: TaskExtras;
}

/** A document as it is read: the parts of the detail answer. */
export interface TaskDocument extends Required<TaskChange> {}

/** A place in a ledger, told from the same place in any other ledger. */
export interface LedgerMark {
  position: string;
  /** As `EventStore.identity`, where the store has one. */
  ledgerId?: string;
  /** As `EventStore.fingerprintAt` of the position, where the store has one. */
  fingerprint?: string;
}

/** How far a projection has come, and in which ledger. */
export interface Checkpoint extends LedgerMark {
  projection: string;
  /** It was begun with nothing, and has not come to the ledger's end since: what is missing can't be told. */
  partial?: boolean;
  /**
   * The epoch of the lease that the projector works under. Where several processes can write, one that works under an
   * older epoch than the last one is refused.
   */
  epoch?: number;
}

/** A stream that a projection could not go on with, and why. */
export interface ParkedStream {
  projection: string;
  stream: string;
  /** Of the event that could not be projected. */
  revision: number;
  position: string;
  reason: string;
  /** RFC 3339 with `Z` and milliseconds. */
  parkedAt: string;
}

/** A place in a list of one order: that of its last task. */
export interface ListCursor {
  /**
   * What the list is sorted by: the second of the creation or the end, as it is shown, or how long the task ran, in
   * milliseconds as digits.
   */
  at: string;
  taskId: number;
}

/** Some tasks of a list, in its order. */
export interface TaskPage {
  /**
   * JSON objects: each is the `itemJson` of its task, with the members that were asked for at its end. Fewer than the
   * limit, even none, when that is how far the adapter came with a bounded amount of work (a filter by key together with
   * others, or one by times, can have many tasks to pass over); the list has only ended when there is no `next`.
   */
  items: string[];
  /** Where the next page starts; absent when there is none. */
  next?: ListCursor;
}

/** Up to how many tasks `ReadModel.count` counts. */
export const COUNTED_TASKS_MAX = 10_000;

/** How many tasks a filter lets through. */
export interface TaskCount {
  count: number;
  /**
   * Whether these are all. Otherwise there are at least so many: where `count` is `COUNTED_TASKS_MAX` there are more, and
   * where it is less that is how far the adapter came with a bounded amount of work, as with a short `TaskPage`.
   */
  exact: boolean;
}

/**
 * What is kept of a task is not what was written. Nothing of it is answered, until the task is made again from its stream:
 * by an `apply` of a change that stands for all its events.
 */
export class DamagedTaskError extends UnavailableError {
  constructor(readonly taskId: number) {
    super(`What the read model has of task ${taskId} is damaged, and is made again from the ledger`);
  }
}

/**
 * The lists and details, made from the ledger and good to be thrown away. Whatever comes upon a task that is damaged throws
 * `DamagedTaskError`.
 */
export interface ReadModel {
  /**
   * Writes changes, parked streams and the checkpoint that covers them; the checkpoint is never ahead of what it
   * covers, and never goes back. A change that is not newer than its document is left out.
   *
   * @param ahead The last event that the changes were made from, where there is no checkpoint that covers it.
   * @throws InvalidRequestError when a change can't be stored; then nothing of the call was written.
   * @throws TaskledgerError with the code `conflict` when a projector with a newer epoch has written; the checkpoint and
   *   the parked streams are then as that one left them.
   */
  apply(changes: readonly TaskChange[], progress?: ProjectionProgress, ahead?: LedgerMark): Promise<void>;

  /** One task's document. */
  get(taskId: number): Promise<TaskDocument | undefined>;

  /** The list items of some tasks, up to 1000, in the order asked for. What has no document is left out. */
  itemsOf(taskIds: readonly number[], times?: TimeForm): Promise<string[]>;

  /**
   * Tasks by what `order` says, then id, both descending or both ascending; by `createdSecond` descending where nothing is
   * said. Of one that has no end or duration there is nothing in a list by that. Starts after the cursor, which must be one of
   * the same order. Takes as long whatever the number of tasks there are. `limit` is 1 to 1000, `include` names what each item has beside the contract's members, `times` how its
   * times are shown.
   */
  list(
    filter: ListFilter,
    limit: number,
    cursor?: ListCursor,
    include?: readonly TaskInclude[],
    times?: TimeForm,
    order?: ListOrder,
  ): Promise<TaskPage>;

  /**
   * How many tasks a list with this filter has, up to `COUNTED_TASKS_MAX`. Takes as long whatever the number of tasks there
   * are. Documents are not looked at, unless the filter names a key: one that is damaged is counted as it was written.
   */
  count(filter: ListFilter): Promise<TaskCount>;

  /** Waits until the task's document is at this revision or a later one. Answers false when the signal fires first. */
  waitForRevision(taskId: number, revision: number, signal: AbortSignal): Promise<boolean>;

  /** How far a projection has come; `undefined` before its first checkpoint. */
  checkpoint(projection: string): Promise<string | undefined>;

  /** The streams that a projection has parked. */
  parked(projection: string): Promise<ParkedStream[]>;

  /** Waits for the writes under way and lets go of the engine. Idempotent. */
  close(): Promise<void>;
}

/** What a projection writes beside the documents. */
export interface ProjectionProgress {
  checkpoint: Checkpoint;
  /** Newly parked streams. */
  park?: readonly ParkedStream[];
  /** Names of streams that are parked no longer. */
  unpark?: readonly string[];
}

/** What a projector writes to. */
export interface ProjectionTarget<Change> {
  /** As `ReadModel.apply`. */
  apply(changes: readonly Change[], progress: ProjectionProgress): Promise<void>;
  /** As `ReadModel.checkpoint`: asked for each time before a projector begins, or goes on after trouble. */
  checkpoint(projection: string): Promise<string | undefined>;
  /** As `ReadModel.parked`. */
  parked(projection: string): Promise<ParkedStream[]>;
  /**
   * The furthest places of the ledger that a projection's data was made from, as far as they are on record: the checkpoint's,
   * and that of what is written ahead of it. The data is right only if all of them are in the ledger that it goes on with.
   * Absent, as `reset` then is, where that is not known.
   */
  madeFrom?(projection: string): Promise<readonly (LedgerMark & Pick<Checkpoint, 'partial'>)[]>;
  /** Takes away everything that a projection has written, its checkpoint included: it begins again. */
  reset?(projection: string): Promise<void>;
  /**
   * To be told when there is nothing in the ledger, so that there is nothing to apply and what there is, nothing, is whole.
   * Absent where nobody has to be told.
   */
  nothingToDo?(projection: string): Promise<void>;
  /**
   * Has a listener told each time that data is found to be lost or damaged, so that its projector goes on at once with what
   * `checkpoint` says then. Answers how to have it told no longer. Absent where that never happens.
   */
  whenLost?(listener: (reason: string) => void): () => void;
}

/** For a process that reads what others write. */
export interface ServedMarks {
  /**
   * What `madeFrom` says of what is served now, and whether the projection has a checkpoint in it.
   *
   * @throws UnavailableError when the engine is unavailable.
   */
  servedFrom(
    projection: string,
  ): Promise<{ begun: boolean; marks: readonly (LedgerMark & Pick<Checkpoint, 'partial'>)[] }>;
}
