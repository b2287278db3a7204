import type { CountChange, TaskStats } from '../../core/domain/task-counts.js';
import type { ParkedStream, ProjectionProgress } from '../../core/ports/read-model.js';
import type { ProjectCounts, TaskCounters } from '../../core/ports/task-counters.js';
import type { CopyWatch } from './copy-watch.js';
import type { CopyRouter } from './copy-router.js';
import { ServingTarget } from './serving-target.js';
import { ServingWrites } from './serving-writes.js';

/** The counts of whichever copy of the read model serves. */
export class MongoDbTaskCounters extends ServingTarget implements TaskCounters {
  /** @param checkOpen As in `ServingTarget`. */
  constructor(
    private readonly serving: CopyRouter,
    watch: CopyWatch,
    protected readonly checkOpen: () => void,
  ) {
    super(watch, new ServingWrites(serving, 'counts'));
  }

  async apply(changes: readonly CountChange[], progress: ProjectionProgress): Promise<void> {
    this.checkOpen();
    return this.writes.add(({ counters }) => counters.apply(changes, progress), progress);
  }

  async stats(projectId?: number): Promise<TaskStats | undefined> {
    this.checkOpen();
    return this.serving.read('counts', ({ counters }) => counters.stats(projectId));
  }

  async projects(limit: number, afterProjectId?: number): Promise<ProjectCounts[]> {
    this.checkOpen();
    return this.serving.read('counts', ({ counters }) => counters.projects(limit, afterProjectId));
  }

  async checkpoint(projection: string): Promise<string | undefined> {
    this.checkOpen();
    return (await this.writes.begin(projection)).counters.checkpoint(projection);
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    this.checkOpen();
    return this.serving.read(undefined, ({ counters }) => counters.parked(projection));
  }

  /** Waits for the writes under way. */
  written(): Promise<void> {
    return this.writes.done();
  }
}
