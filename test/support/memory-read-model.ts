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
  ): Promise<TaskPage> {
    const left = this.all(filter).filter((task) => cursor === undefined || compare(task, cursor) > 0);
    const items = left
      .slice(0, limit)
      .map((task) => withIncludes(itemInTimes(task.itemJson, task.extras, times), include, task, times));
    if (left.length <= limit) return { items };
    const { createdSecond, taskId } = left[limit - 1]!;
    return { items, next: { createdSecond, taskId } };
  }

  async count(filter: ListFilter): Promise<TaskCount> {
    const { length } = this.all(filter);
    return { count: Math.min(length, COUNTED_TASKS_MAX), exact: length <= COUNTED_TASKS_MAX };
  }

  /** All tasks that a filter lets through, newest first. */
  all(filter: ListFilter): TaskDocument[] {
    return [...this.documents.values()]
      .filter((task) => matchesFilter(filter, snapshotOf(task)))
      .filter((task) =>
        hasWords(filter, () => ({
          names: taskWords({ ...task, traits: task.extras.traits }),
          error: errorWords(task.errorMessageJson),
        })),
      )
      .sort(compare);
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
  return { ...state, created_at: `${createdSecond}.000Z`, ...extras.traits };
}

/** Below 0 when the first comes earlier in a list. */
function compare(one: ListCursor, other: ListCursor): number {
  if (one.createdSecond !== other.createdSecond) return one.createdSecond > other.createdSecond ? -1 : 1;
  return other.taskId - one.taskId;
}
