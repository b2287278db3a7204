import type { CopyWatch } from './copy-watch.js';
import type { ReachedMark } from './projection-records.js';
import type { ServingWrites } from './serving-writes.js';

/** What all sides of the copy that serves have in common for the projection that fills them, as `ProjectionTarget` has it. */
export abstract class ServingTarget {
  constructor(
    protected readonly watch: CopyWatch,
    protected readonly writes: ServingWrites,
  ) {}

  async madeFrom(projection: string): Promise<ReachedMark[]> {
    this.checkOpen();
    return (await this.writes.begin(projection)).madeFrom(projection);
  }

  /** Takes every side away: all of them are from the same ledger. */
  async reset(projection: string): Promise<void> {
    this.checkOpen();
    return this.writes.reset(projection);
  }

  async nothingToDo(projection: string): Promise<void> {
    this.checkOpen();
    return this.writes.nothingToDo(projection);
  }

  whenLost(listener: (reason: string) => void): () => void {
    return this.watch.whenLost(listener);
  }

  /** @throws UnavailableError when the read model is closed, or about to be. */
  protected abstract checkOpen(): void;
}
