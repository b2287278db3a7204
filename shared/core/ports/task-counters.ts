import type { CountChange, TaskStats, Tally } from '../domain/task-counts.js';
import type { ProjectionProgress, ProjectionTarget } from './read-model.js';

/** How many tasks a project has. */
export interface ProjectCounts extends Tally {
  projectId: number;
}

/**
 * What is counted of all tasks and of each project's, made from the ledger and good to be thrown away. It lives where the
 * read model does, and is closed with it.
 *
 * Counts stand with the position up to which they count, and are never replaced by those of an earlier one. So a crash
 * between the counts of two projects, or before the checkpoint, is made good by giving the same events again, in whatever
 * batches: each project's counts take only those after their own position. It needs no transaction.
 */
export interface TaskCounters extends ProjectionTarget<CountChange> {
  /**
   * Counts changes in the order of their events, and then writes parked streams and the checkpoint, as
   * `ReadModel.apply` does. The changes are all there are after the last checkpoint, up to this one.
   *
   * @throws TaskledgerError with the code `conflict` when a projector with a newer epoch has written.
   */
  apply(changes: readonly CountChange[], progress: ProjectionProgress): Promise<void>;

  /** What is counted of all tasks, or of one project's; `undefined` when there is none. The same work however many there are. */
  stats(projectId?: number): Promise<TaskStats | undefined>;

  /** The projects with any task, by id ascending, after the given one. `limit` is 1 to 1000. */
  projects(limit: number, afterProjectId?: number): Promise<ProjectCounts[]>;
}
