import type {
  ParkedStream,
  ProjectionProgress,
  TaskCount,
  TaskPage,
} from '../../../core/ports/read-model.js';
import type { ListFilter } from '../../../core/ports/task-filter.js';
import type {
  PastListRequest,
  TaskState,
  TaskVersions,
  VersionChange,
} from '../../../core/ports/task-versions.js';
import type { UnitStart } from '../../../core/ports/version-units.js';
import type { CopyRouter } from '../copy-router.js';
import type { CopyWatch } from '../copy-watch.js';
import { ServingTarget } from '../serving-target.js';
import { ServingWrites } from '../serving-writes.js';
import { checkLimit } from '../task-lists.js';

/** The versions of whichever copy of the read model serves. */
export class MongoDbTaskVersions extends ServingTarget implements TaskVersions {
  /** @param checkOpen As in `ServingTarget`. */
  constructor(
    private readonly serving: CopyRouter,
    watch: CopyWatch,
    protected readonly checkOpen: () => void,
  ) {
    super(watch, new ServingWrites(serving, 'versions'));
  }

  async apply(changes: readonly VersionChange[], progress: ProjectionProgress): Promise<void> {
    this.checkOpen();
    return this.writes.add(({ versions }) => versions.apply(changes, progress), progress);
  }

  async keepFrom(day: string): Promise<void> {
    this.checkOpen();
    return this.writes.add(({ versions }) => versions.keepFrom(day), undefined);
  }

  async keptFrom(): Promise<UnitStart | undefined> {
    this.checkOpen();
    return this.serving.read('versions', ({ versions }) => versions.keptFrom());
  }

  async unitAt(time: string): Promise<UnitStart | undefined> {
    this.checkOpen();
    return this.serving.read('versions', ({ versions }) => versions.unitAt(time));
  }

  async statesAt(taskIds: readonly number[], position: string): Promise<Map<number, TaskState>> {
    this.checkOpen();
    return this.serving.read('versions', ({ versions }) => versions.statesAt(taskIds, position));
  }

  async list(position: string, request: PastListRequest): Promise<TaskPage> {
    this.checkOpen();
    checkLimit(request.limit);
    return this.serving.read('versions', ({ versions }) => versions.list(position, request));
  }

  async count(position: string, filter: ListFilter): Promise<TaskCount> {
    this.checkOpen();
    return this.serving.read('versions', ({ versions }) => versions.count(position, filter));
  }

  async checkpoint(projection: string): Promise<string | undefined> {
    this.checkOpen();
    return (await this.writes.begin(projection)).versions.checkpoint(projection);
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    this.checkOpen();
    return this.serving.read(undefined, ({ versions }) => versions.parked(projection));
  }

  /** Waits for the writes under way. */
  written(): Promise<void> {
    return this.writes.done();
  }
}
