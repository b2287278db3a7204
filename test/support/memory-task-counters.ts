import { ALL_PROJECTS, CountsCache, projectOf, scopeOf } from '../../shared/core/domain/counts-cache.js';
import type { CountChange, TaskCounts } from '../../shared/core/domain/task-counts.js';
import type { ParkedStream, ProjectionProgress } from '../../shared/core/ports/read-model.js';
import type { ProjectCounts, TaskCounters } from '../../shared/core/ports/task-counters.js';

/** Counters in memory that write one record after the other, and can be cut off before any of them. */
export class MemoryTaskCounters implements TaskCounters {
  /** Called before each record and the checkpoint are written; what it throws is the write's failure. */
  beforeWrite: () => void = () => undefined;
  private buffered = new CountsCache();
  private readonly stored = new Map<string, TaskCounts>();
  private readonly checkpoints = new Map<string, string>();
  private readonly parkedStreams = new Map<string, ParkedStream>();

  async apply(changes: readonly CountChange[], progress: ProjectionProgress): Promise<void> {
    const { checkpoint, park = [] } = progress;
    for (const scope of this.buffered.missing(changes))
      this.buffered.take(scope, structuredClone(this.stored.get(scope)));
    for (const { scope, counts } of this.buffered.count(changes, checkpoint.position)) {
      this.beforeWrite();
      this.stored.set(scope, structuredClone(counts));
    }
    this.beforeWrite();
    for (const parked of park) this.parkedStreams.set(`${parked.projection} ${parked.stream}`, parked);
    this.checkpoints.set(checkpoint.projection, checkpoint.position);
  }

  async stats(projectId?: number): Promise<TaskCounts | undefined> {
    return this.stored.get(projectId === undefined ? ALL_PROJECTS : scopeOf(projectId));
  }

  async projects(limit: number, afterProjectId?: number): Promise<ProjectCounts[]> {
    const after = afterProjectId === undefined ? ALL_PROJECTS : scopeOf(afterProjectId);
    const scopes = [...this.stored.keys()].filter((scope) => scope > after).sort();
    return scopes.slice(0, limit).map((scope) => {
      const { byStatus, silent } = this.stored.get(scope) as TaskCounts;
      return { projectId: projectOf(scope), byStatus, silent };
    });
  }

  async checkpoint(projection: string): Promise<string | undefined> {
    this.buffered = new CountsCache();
    return this.checkpoints.get(projection);
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    return [...this.parkedStreams.values()].filter((parked) => parked.projection === projection);
  }
}
