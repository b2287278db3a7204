import type { TaskInclude } from '../../shared/core/contracts/task-fields.js';
import type { TimeForm } from '../../shared/core/contracts/time.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import {
  DamagedTaskError,
  type LedgerMark,
  type ListCursor,
  type ParkedStream,
  type ProjectionProgress,
  type ProjectionTarget,
  type ReadModel,
  type TaskCount,
  type TaskChange,
  type TaskDocument,
  type TaskPage,
} from '../../shared/core/ports/read-model.js';
import type { ListOrder } from '../../shared/core/ports/list-order.js';
import type { TaskFilter } from '../../shared/core/ports/task-filter.js';
import { refreshTask } from './refresh-task.js';

/** A page has no more tasks than this that could all be damaged. */
const HEALED_MAX = 1_000;

/**
 * A read model whose damaged tasks are made again from the ledger by whoever comes upon them, so that each answer is right
 * and the other tasks notice nothing.
 */
export class HealingReadModel implements ReadModel, ProjectionTarget<TaskChange> {
  readonly madeFrom: ProjectionTarget<TaskChange>['madeFrom'];
  readonly reset: ProjectionTarget<TaskChange>['reset'];
  readonly nothingToDo: ProjectionTarget<TaskChange>['nothingToDo'];
  readonly whenLost: ProjectionTarget<TaskChange>['whenLost'];

  /** @param healed Told of each task that was made again. */
  constructor(
    private readonly inner: ReadModel & ProjectionTarget<TaskChange>,
    private readonly store: Pick<EventStore, 'readStream' | 'identity' | 'fingerprintAt'>,
    private readonly healed: (taskId: number) => void,
  ) {
    // Members that are absent stay absent.
    this.madeFrom = inner.madeFrom?.bind(inner);
    this.reset = inner.reset?.bind(inner);
    this.nothingToDo = inner.nothingToDo?.bind(inner);
    this.whenLost = inner.whenLost?.bind(inner);
  }

  apply(changes: readonly TaskChange[], progress?: ProjectionProgress, ahead?: LedgerMark): Promise<void> {
    return this.healing(() => this.inner.apply(changes, progress, ahead));
  }

  /** What is kept of a task that the ledger does not know was never one. */
  get(taskId: number): Promise<TaskDocument | undefined> {
    return this.healing<TaskDocument | undefined>(
      () => this.inner.get(taskId),
      async () => undefined,
    );
  }

  itemsOf(taskIds: readonly number[], times?: TimeForm): Promise<string[]> {
    return this.healing(() => this.inner.itemsOf(taskIds, times));
  }

  list(
    filter: TaskFilter,
    limit: number,
    cursor?: ListCursor,
    include?: readonly TaskInclude[],
    times?: TimeForm,
    order?: ListOrder,
  ): Promise<TaskPage> {
    return this.healing(() => this.inner.list(filter, limit, cursor, include, times, order));
  }

  count(filter: TaskFilter): Promise<TaskCount> {
    return this.healing(() => this.inner.count(filter));
  }

  waitForRevision(taskId: number, revision: number, signal: AbortSignal): Promise<boolean> {
    return this.healing(() => this.inner.waitForRevision(taskId, revision, signal));
  }

  checkpoint(projection: string): Promise<string | undefined> {
    return this.inner.checkpoint(projection);
  }

  parked(projection: string): Promise<ParkedStream[]> {
    return this.inner.parked(projection);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  /** @param unknown What is answered when the ledger knows no such task; by default the error. */
  private async healing<Answer>(
    work: () => Promise<Answer>,
    unknown?: () => Promise<Answer>,
  ): Promise<Answer> {
    for (let healed = 0; ; healed++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof DamagedTaskError) || healed === HEALED_MAX) throw error;
        const { taskId } = error;
        if (await refreshTask(this.store, this.inner, taskId)) this.healed(taskId);
        else if (unknown !== undefined) return unknown();
        else throw error;
      }
    }
  }
}
