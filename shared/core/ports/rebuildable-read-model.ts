import type { CountChange } from '../domain/task-counts.js';
import type { ProjectionTarget, ReadModel, TaskChange } from './read-model.js';
import type { SeriesTarget } from './task-series.js';
import type { VersionsTarget } from './task-versions.js';

/** A second copy of the lists, details, counts, series and versions, with checkpoints and parked streams of its own, that nobody reads yet. */
export interface ReadModelCopy extends ProjectionTarget<TaskChange> {
  readonly counters: ProjectionTarget<CountChange>;
  readonly series: SeriesTarget;
  readonly versions: VersionsTarget;
  /**
   * Makes it the copy that is read and written. Readers in other processes see it at once; their projectors follow within
   * `followDelayMs`, and write to the former copy until then.
   */
  serve(): Promise<void>;
  /** Removes every copy that does not serve: the former one, or this one if it never came to serve. */
  removeOthers(): Promise<void>;
}

/** A read model that can be built again while it serves. */
export interface RebuildableReadModel extends ReadModel {
  /** What is counted, in the same copy. */
  readonly counters: ProjectionTarget<CountChange>;
  readonly series: SeriesTarget;
  readonly versions: VersionsTarget;
  /** The longest that a writer in another process takes to follow a swap, in milliseconds. */
  readonly followDelayMs: number;
  /** Begins a second copy, which is empty. One that was begun before and does not serve is removed. */
  startCopy(): Promise<ReadModelCopy>;
}
