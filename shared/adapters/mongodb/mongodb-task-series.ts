import type { ParkedStream, ProjectionProgress } from '../../core/ports/read-model.js';
import type { FailurePlace, FailurePoint } from '../../core/ports/task-failures.js';
import type {
  SeriesChange,
  SeriesInterval,
  SeriesPoint,
  SeriesScope,
  TaskSeries,
} from '../../core/ports/task-series.js';
import type { CopyRouter } from './copy-router.js';
import type { CopyWatch } from './copy-watch.js';
import { ServingTarget } from './serving-target.js';
import { ServingWrites } from './serving-writes.js';

/** The series of whichever copy of the read model serves. */
export class MongoDbTaskSeries extends ServingTarget implements TaskSeries {
  /** @param checkOpen As in `ServingTarget`. */
  constructor(
    private readonly serving: CopyRouter,
    watch: CopyWatch,
    protected readonly checkOpen: () => void,
  ) {
    super(watch, new ServingWrites(serving, 'series'));
  }

  async apply(changes: readonly SeriesChange[], progress: ProjectionProgress): Promise<void> {
    this.checkOpen();
    return this.writes.add(({ series }) => series.apply(changes, progress), progress);
  }

  async keepFrom(day: string): Promise<void> {
    this.checkOpen();
    return this.writes.add(({ series }) => series.keepFrom(day), undefined);
  }

  async keptFrom(): Promise<string | undefined> {
    this.checkOpen();
    return this.serving.read('series', ({ series }) => series.keptFrom());
  }

  async points(
    interval: SeriesInterval,
    buckets: readonly string[],
    scope: SeriesScope,
  ): Promise<SeriesPoint[]> {
    this.checkOpen();
    return this.serving.read('series', ({ series }) => series.points(interval, buckets, scope));
  }

  async pointsOfProjects(
    interval: SeriesInterval,
    between: { first: string; last: string },
    limit: number,
  ): Promise<SeriesPoint[]> {
    this.checkOpen();
    return this.serving.read('series', ({ series }) => series.pointsOfProjects(interval, between, limit));
  }

  async failures(hours: readonly string[], projectId: number): Promise<FailurePoint[]> {
    this.checkOpen();
    return this.serving.read('series', ({ series }) => series.failures(hours, projectId));
  }

  async failuresOfProjects(
    between: { first: string; last: string },
    limit: number,
    after?: FailurePlace,
  ): Promise<FailurePoint[]> {
    this.checkOpen();
    return this.serving.read('series', ({ series }) => series.failuresOfProjects(between, limit, after));
  }

  async checkpoint(projection: string): Promise<string | undefined> {
    this.checkOpen();
    return (await this.writes.begin(projection)).series.checkpoint(projection);
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    this.checkOpen();
    return this.serving.read(undefined, ({ series }) => series.parked(projection));
  }

  /** Waits for the writes under way. */
  written(): Promise<void> {
    return this.writes.done();
  }
}
