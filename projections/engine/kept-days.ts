import type { Clock } from '../../shared/core/ports/clock.js';
import type {
  ParkedStream,
  ProjectionProgress,
  ProjectionTarget,
} from '../../shared/core/ports/read-model.js';
import { bucketOf } from '../../shared/core/ports/task-series.js';

const DAY_MS = 86_400_000;

/** What keeps nothing of before a day. */
interface KeepsFrom {
  /** @param day In UTC: `2025-03-12`. */
  keepFrom(day: string): Promise<void>;
}

/** A target of which only the last days are kept: before it writes, it has removed what is older, once a day. */
export class KeptDays<Change> implements ProjectionTarget<Change> {
  readonly madeFrom: ProjectionTarget<Change>['madeFrom'];
  readonly reset: ProjectionTarget<Change>['reset'];
  readonly nothingToDo: ProjectionTarget<Change>['nothingToDo'];
  readonly whenLost: ProjectionTarget<Change>['whenLost'];
  /** What this has last had kept; nothing is known of it when a projector begins, as the data may be another. */
  private keptFrom: string | undefined;

  /** @param keepDays How many whole days before today are kept. */
  constructor(
    private readonly inner: ProjectionTarget<Change> & KeepsFrom,
    private readonly keepDays: number,
    private readonly clock: Clock,
  ) {
    // Members that are absent stay absent.
    this.madeFrom = inner.madeFrom?.bind(inner);
    this.reset = inner.reset?.bind(inner);
    this.nothingToDo = inner.nothingToDo?.bind(inner);
    this.whenLost = inner.whenLost?.bind(inner);
  }

  async apply(changes: readonly Change[], progress: ProjectionProgress): Promise<void> {
    const day = bucketOf('day', new Date(this.clock.nowMs() - this.keepDays * DAY_MS).toISOString());
    if (day !== this.keptFrom) {
      // First, so that whatever is there from a day on is all that happened.
      await this.inner.keepFrom(day);
      this.keptFrom = day;
    }
    await this.inner.apply(changes, progress);
  }

  checkpoint(projection: string): Promise<string | undefined> {
    this.keptFrom = undefined;
    return this.inner.checkpoint(projection);
  }

  parked(projection: string): Promise<ParkedStream[]> {
    return this.inner.parked(projection);
  }
}
