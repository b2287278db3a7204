import { UnavailableError } from '../../../core/contracts/errors.js';
import { ALL_PROJECTS, projectOf, scopeOf, type CountScope } from '../../../core/domain/counts-cache.js';
import type { CountChange, Tally, TaskCounts, TaskStats } from '../../../core/domain/task-counts.js';
import type { LedgerMark, ParkedStream, ProjectionProgress } from '../../../core/ports/read-model.js';
import type { ProjectCounts, TaskCounters } from '../../../core/ports/task-counters.js';
import type { ReadModelFolder } from './read-model-folder.js';

/** The counts beside the documents in the read model's folder. They are shown at once, and written a while later. */
export class EmbeddedTaskCounters implements TaskCounters {
  private lastApply: Promise<void> = Promise.resolve();

  /** @param checkOpen Throws when the folder is closed, or about to be. */
  constructor(
    private readonly folder: ReadModelFolder,
    private readonly checkOpen: () => void,
  ) {}

  async apply(changes: readonly CountChange[], progress: ProjectionProgress): Promise<void> {
    this.checkOpen();
    // One after the other, since each goes on from what the one before it counted.
    const apply = this.lastApply.then(() => this.take(changes, progress));
    this.lastApply = apply.catch(() => undefined);
    return apply;
  }

  async stats(projectId?: number): Promise<TaskStats | undefined> {
    this.checkOpen();
    const scope = projectId === undefined ? ALL_PROJECTS : scopeOf(projectId);
    return this.folder.readCounted('counts', ({ counts, countWriter }) => {
      const buffered = countWriter.get(scope);
      return buffered === undefined ? counts.stats(scope) : shown(buffered);
    });
  }

  async projects(limit: number, afterProjectId?: number): Promise<ProjectCounts[]> {
    this.checkOpen();
    const after = afterProjectId === undefined ? ALL_PROJECTS : scopeOf(afterProjectId);
    return this.folder.readCounted('counts', ({ counts, countWriter }) => {
      const byScope = new Map(counts.scopes(after, limit).map(({ scope, ...tally }) => [scope, tally]));
      for (const scope of countWriter.changedScopes) {
        const changed = countWriter.get(scope);
        if (scope > after && changed !== undefined) byScope.set(scope, tallyOf(changed));
      }
      const found = [...byScope].sort(byScopeName).slice(0, limit);
      return found.map(([scope, tally]) => ({ projectId: projectOf(scope), ...tally }));
    });
  }

  async checkpoint(projection: string): Promise<string | undefined> {
    this.checkOpen();
    await this.folder.begin('counts');
    return this.folder.readCounted('counts', ({ records }) => records.checkpoint(projection)?.position);
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    this.checkOpen();
    return this.folder.readCounted('counts', ({ records }) => records.parked(projection));
  }

  async madeFrom(projection: string): Promise<readonly LedgerMark[]> {
    this.checkOpen();
    return this.folder.onRecord((records) => records.madeFrom('counts', projection));
  }

  async reset(): Promise<void> {
    this.checkOpen();
    await this.folder.whole();
    this.folder.resetCounted('counts');
  }

  /** Waits until everything that was handed over is counted. */
  async applied(): Promise<void> {
    await this.lastApply;
  }

  whenLost(listener: (reason: string) => void): () => void {
    return this.folder.sides.counts.whenLost(listener);
  }

  private async take(changes: readonly CountChange[], progress: ProjectionProgress): Promise<void> {
    const { countWriter } = this.folder.tables;
    await countWriter.room().catch((cause: unknown) => {
      throw new UnavailableError(`The counts can't be written: ${(cause as Error).message}`, { cause });
    });
    const { checkpoint, park = [], unpark = [] } = progress;
    const isParking = park.length + unpark.length > 0;
    this.folder.readCounted('counts', ({ records }) => {
      countWriter.count(changes, checkpoint);
      // A checkpoint is ahead of no stream that is on record nowhere.
      if (!isParking) records.advance('counts', checkpoint);
      else records.note('counts', checkpoint);
    });
    if (!isParking) return countWriter.soon();
    await this.folder.writing(countWriter.writeNow(progress));
    this.folder.readCounted('counts', ({ records }) => records.advance('counts', checkpoint));
  }
}

/** What is shown of counts that go on being counted. */
function shown({ position, byType, ...all }: TaskCounts): TaskStats {
  const types = Array.from(byType, ([type, stats]) => {
    return [type, { ...tallyOf(stats), durations: stats.durations }] as const;
  });
  return { position, ...tallyOf(all), byType: new Map(types) };
}

function tallyOf({ byStatus, silent }: Tally): Tally {
  return { byStatus: { ...byStatus }, silent };
}

function byScopeName([one]: [CountScope, unknown], [other]: [CountScope, unknown]): number {
  return one < other ? -1 : 1;
}
