import type { CountChange, TaskStats } from '../../domain/task-counts.js';
import type { ParkedStream, ProjectionProgress } from '../../ports/read-model.js';
import type { ProjectCounts, TaskCounters } from '../../ports/task-counters.js';
import type { ServingCopy } from './serving-copy.js';
import { ServingWrites } from './serving-writes.js';

/** The counts of whichever copy of the read model serves. */
export class MongoDbTaskCounters implements TaskCounters {
  private readonly writes: ServingWrites;

  /** @param checkOpen Throws when the read model is closed, or about to be. */
  constructor(
    private readonly serving: ServingCopy,
    private readonly checkOpen: () => void,
  ) {
    this.writes = new ServingWrites(serving);
  }

  async apply(changes: readonly CountChange[], progress: ProjectionProgress): Promise<void> {
    this.checkOpen();
    return this.writes.add(({ counters }) => counters.apply(changes, progress), progress);
  }

  async stats(projectId?: number): Promise<TaskStats | undefined> {
    this.checkOpen();
    return (await this.serving.get()).counters.stats(projectId);
  }

  async projects(limit: number, afterProjectId?: number): Promise<ProjectCounts[]> {
    this.checkOpen();
    return (await this.serving.get()).counters.projects(limit, afterProjectId);
  }

  async checkpoint(projection: string): Promise<string | undefined> {
    this.checkOpen();
    return (await this.writes.begin(projection)).counters.checkpoint(projection);
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    this.checkOpen();
    return (await this.serving.get()).counters.parked(projection);
  }

  /** Waits for the writes under way. */
  written(): Promise<void> {
    return this.writes.done();
  }
}
