import { ORDER_DEFAULT, type ListOrder } from '../../shared/core/ports/list-order.js';
import type { TaskInclude } from '../../shared/core/contracts/task-fields.js';
import { itemInTimes, withIncludes } from '../../shared/core/contracts/task-json.js';
import type { TimeForm } from '../../shared/core/contracts/time.js';
import { errorWords, taskWords } from '../../shared/core/domain/words.js';
import {
  hasWords,
  matchesFilter,
  type FilteredTask,
  type ListFilter,
} from '../../shared/core/ports/task-filter.js';
import {
  COUNTED_TASKS_MAX,
  type ListCursor,
  type ParkedStream,
  type ProjectionProgress,
  type ReadModel,
  type TaskChange,
  type TaskCount,
  type TaskDocument,
  type TaskPage,
} from '../../shared/core/ports/read-model.js';

/** What a read model is meant to do, in the plainest way: what adapters are held against, and what engines are tested with. */
export class MemoryReadModel implements ReadModel {
  readonly documents = new Map<number, TaskDocument>();
  /** Every `apply` that was let through. */
  readonly applied: { changes: readonly TaskChange[]; progress: ProjectionProgress | undefined }[] = [];
  /** Called before each `apply`; what it throws is its failure, with nothing written. */
  beforeApply: () => void | Promise<void> = () => undefined;
  /** Called after each `apply` is written; what it throws hides that it was. */
  afterApply: () => void = () => undefined;
  private readonly checkpoints = new Map<string, string>();
  private readonly parkedStreams = new Map<string, ParkedStream>();
  private readonly waiting = new Set<() => void>();

  async apply(changes: readonly TaskChange[], progress?: ProjectionProgress): Promise<void> {
    await this.beforeApply();
    this.applied.push({ changes, progress });
    for (const change of changes) {
      const before = this.documents.get(change.taskId);
      if (before !== undefined && before.revision >= change.revision) continue;
      const empty = { paramsJson: '{}', resultJson: '{}', errorMessageJson: '""' };
      this.documents.set(change.taskId, { ...empty, ...before, ...change });
    }
    if (progress !== undefined) this.progress(progress);
    for (const look of this.waiting) look();
    this.afterApply();
  }

  async get(taskId: number): Promise<TaskDocument | undefined> {
    return this.documents.get(taskId);
  }

  async itemsOf(taskIds: readonly number[], times?: TimeForm): Promise<string[]> {
    return taskIds.flatMap((taskId) => {
      const task = this.documents.get(taskId);
      return task === undefined ? [] : itemInTimes(task.itemJson, task.extras, times);
    });
  }

  async list(
    filter: ListFilter,
    limit: number,
    cursor?: ListCursor,
    include: readonly TaskInclude[] = [],
    times?: TimeForm,
    order: ListOrder = ORDER_DEFAULT,
  ): Promise<TaskPage> {
    const left = this.all(filter, order).filter(
      (task) => cursor === undefined || comparing(order)(cursorOf(task, order)!, cursor) > 0,
    );
    const items = left
      .slice(0, limit)
      .map((task) => withIncludes(itemInTimes(task.itemJson, task.extras, times), include, task, times));
    if (left.length <= limit) return { items };
    return { items, next: cursorOf(left[limit - 1]!, order)! };
  }

  async count(filter: ListFilter): Promise<TaskCount> {
    const { length } = this.all(filter);
    return { count: Math.min(length, COUNTED_TASKS_MAX), exact: length <= COUNTED_TASKS_MAX };
  }

  /** All tasks that a filter lets through, in an order. */
  all(filter: ListFilter, order: ListOrder = ORDER_DEFAULT): TaskDocument[] {
    const compare = comparing(order);
    return [...this.documents.values()]
      .filter((task) => matchesFilter(filter, snapshotOf(task)) && cursorOf(task, order) !== undefined)
      .filter((task) =>
        hasWords(filter, () => ({
          names: taskWords({ ...task, traits: task.extras.traits }),
          error: errorWords(task.errorMessageJson),
        })),
      )
      .sort((one, other) => compare(cursorOf(one, order)!, cursorOf(other, order)!));
  }

  async waitForRevision(taskId: number, revision: number, signal: AbortSignal): Promise<boolean> {
    const arrived = (): boolean => (this.documents.get(taskId)?.revision ?? -1) >= revision;
    return new Promise((resolve) => {
      const look = (): void => {
        if (!arrived() && !signal.aborted) return;
        this.waiting.delete(look);
        resolve(arrived());
      };
      this.waiting.add(look);
      signal.addEventListener('abort', look);
      look();
    });
  }

  async checkpoint(projection: string): Promise<string | undefined> {
    return this.checkpoints.get(projection);
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    return [...this.parkedStreams.values()].filter((parked) => parked.projection === projection);
  }

  async close(): Promise<void> {
    return undefined;
  }

  private progress({ checkpoint, park = [], unpark = [] }: ProjectionProgress): void {
    const { projection, position } = checkpoint;
    for (const stream of unpark) this.parkedStreams.delete(`${projection} ${stream}`);
    for (const parked of park) this.parkedStreams.set(`${parked.projection} ${parked.stream}`, parked);
    const before = this.checkpoints.get(projection);
    if (before === undefined || before < position) this.checkpoints.set(projection, position);
  }
}

function snapshotOf(document: TaskDocument): FilteredTask {
  const { taskId, projectId, taskType, status, createdSecond, key, extras } = document;
  const state = { task_id: taskId, project_id: projectId, task_type: taskType, status, key };
  const [started_at, completed_at] = [extras.startedAtJson, extras.completedAtJson].map((json) =>
    JSON.parse(json),
  );
  return { ...state, started_at, completed_at, created_at: `${createdSecond}.000Z`, ...extras.traits };
}

/** A task's place in a list of an order; `undefined` when it has none. */
function cursorOf({ taskId, createdSecond, extras }: TaskDocument, order: ListOrder): ListCursor | undefined {
  const [started, ended] = [extras.startedAtJson, extras.completedAtJson].map((json) => JSON.parse(json));
  if (order.endsWith('created')) return { at: createdSecond, taskId };
  if (ended === null) return undefined;
  if (order.endsWith('ended')) return { at: ended.slice(0, 19), taskId };
  if (started === null) return undefined;
  return { at: String(Math.max(0, Date.parse(ended) - Date.parse(started))), taskId };
}

/** Below 0 when the first comes earlier in a list. */
function comparing(order: ListOrder): (one: ListCursor, other: ListCursor) => number {
  const sign = order.startsWith('-') ? -1 : 1;
  const number = ({ at }: ListCursor): number => (at.includes('T') ? Date.parse(`${at}Z`) : Number(at));
  return (one, other) => sign * (number(one) - number(other) || one.taskId - other.taskId);
}
