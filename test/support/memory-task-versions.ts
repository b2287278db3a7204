import type { TaskPage } from '../../shared/core/ports/read-model.js';
import type { ListFilter } from '../../shared/core/ports/task-filter.js';
import type { PastListRequest, TaskState, TaskVersions } from '../../shared/core/ports/task-versions.js';
import type { UnitStart } from '../../shared/core/ports/version-units.js';

/** Versions that a test gives, and what was asked of them. */
export class MemoryTaskVersions implements Pick<
  TaskVersions,
  'list' | 'count' | 'statesAt' | 'unitAt' | 'keptFrom'
> {
  /** Where units begin, in their order. */
  units: UnitStart[] = [];
  kept: UnitStart | undefined;
  page: TaskPage = { items: [] };
  readonly lists: (PastListRequest & { position: string })[] = [];
  readonly counted: { position: string; filter: ListFilter }[] = [];
  /** What there is of each task, with the position that it holds from, in the order of these. */
  readonly states = new Map<number, { from: string; state: TaskState }[]>();

  async list(position: string, request: PastListRequest): Promise<TaskPage> {
    this.lists.push({ position, ...request });
    return this.page;
  }

  async count(position: string, filter: ListFilter) {
    this.counted.push({ position, filter });
    return { count: 3, exact: true };
  }

  async statesAt(taskIds: readonly number[], position: string): Promise<Map<number, TaskState>> {
    const states = new Map<number, TaskState>();
    for (const taskId of taskIds) {
      const found = this.states.get(taskId)?.findLast(({ from }) => from <= position);
      if (found !== undefined) states.set(taskId, found.state);
    }
    return states;
  }

  async unitAt(time: string): Promise<UnitStart | undefined> {
    return this.units.findLast(({ at }) => at <= time);
  }

  async keptFrom(): Promise<UnitStart | undefined> {
    return this.kept;
  }
}
