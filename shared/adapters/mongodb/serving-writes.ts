import { UnavailableError } from '../../core/contracts/errors.js';
import type { ProjectionProgress } from '../../core/ports/read-model.js';
import type { CopyRouter } from './copy-router.js';
import type { CopySide } from './serving-pointer.js';
import type { MongoDbCopy } from './mongodb-copy.js';

/** What is written into the copy of the read model that serves, one after the other. */
export class ServingWrites {
  /** The copy that a projection's checkpoint was last taken from. */
  private readonly projectedInto = new Map<string, MongoDbCopy>();
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly serving: CopyRouter,
    private readonly side: CopySide,
  ) {}

  /** Has something written when all before it is. A projection's progress only counts for the copy that it began in. */
  add(write: (copy: MongoDbCopy) => Promise<void>, progress: ProjectionProgress | undefined): Promise<void> {
    const written = this.last.then(async () => {
      const copy = await this.serving.get();
      if (progress !== undefined) this.checkCopy(progress.checkpoint.projection, copy);
      await write(copy);
      if (progress !== undefined && progress.checkpoint.partial !== true)
        await this.serving.finished(copy, this.side);
    });
    this.last = written.catch(() => undefined);
    return written;
  }

  /** The copy that a projection is about to begin, or to go on, in. */
  async begin(projection: string): Promise<MongoDbCopy> {
    const copy = await this.serving.ready();
    this.projectedInto.set(projection, copy);
    return copy;
  }

  /** As `ProjectionTarget.reset`: another copy takes the place of the one that the projection has looked at. */
  async reset(projection: string): Promise<void> {
    await this.serving.replace(this.projectedInto.get(projection) ?? (await this.serving.ready()));
  }

  /** As `ProjectionTarget.nothingToDo`. */
  async nothingToDo(projection: string): Promise<void> {
    const copy = this.projectedInto.get(projection);
    if (copy !== undefined) await this.serving.finished(copy, this.side);
  }

  /** Waits for the writes under way. */
  done(): Promise<void> {
    return this.last;
  }

  /** A checkpoint counts for the copy whose documents it covers, so after a swap the projector must begin with another. */
  private checkCopy(projection: string, copy: MongoDbCopy): void {
    const before = this.projectedInto.get(projection);
    if (before === undefined || before === copy) return;
    throw new UnavailableError(
      `Another copy of the read model serves now: ${projection} goes on in that one`,
    );
  }
}
