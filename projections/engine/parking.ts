import type { Clock } from '../../shared/core/ports/clock.js';
import type { EventStore, RecordedEvent } from '../../shared/core/ports/event-store.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import type { Checkpoint, ParkedStream, ProjectionTarget } from '../../shared/core/ports/read-model.js';
import { StandstillError } from './follow-ledger.js';
import { projectEvents, type ProjectedEvents } from './project-events.js';
import type { Projection } from './projection.js';

/** So many parked streams mean that the program is wrong and not the streams. */
export const PARKED_STREAMS_MAX = 10_000;

const STREAMS_PER_APPLY_MAX = 1_000;

interface ParkingOptions<Change> {
  store: EventStore;
  target: ProjectionTarget<Change>;
  projection: Projection<Change>;
  clock: Clock;
  logger: Logger;
}

/** The streams that a projector could not go on with. */
export class Parking<Change> {
  private streams = new Set<string>();
  private triedAgain = false;

  constructor(private readonly options: ParkingOptions<Change>) {}

  get count(): number {
    return this.streams.size;
  }

  has(stream: string): boolean {
    return this.streams.size > 0 && this.streams.has(stream);
  }

  /** @throws StandstillError when so many more would be too many to keep on record. */
  checkRoom(more: number): void {
    if (this.streams.size + more <= PARKED_STREAMS_MAX) return;
    throw new StandstillError(
      'corrupt_store',
      `More than ${PARKED_STREAMS_MAX} streams can't be projected: the projector stops before it loses track of them`,
    );
  }

  /** Remembers streams that are about to be put on record; `load` forgets those that did not come to it. */
  add(parked: readonly ParkedStream[]): void {
    for (const { stream, revision, reason } of parked) {
      this.streams.add(stream);
      this.options.logger.error(
        { event: 'stream_parked', projection: this.options.projection.name, stream, revision },
        `The stream of one task is parked, all others go on: an event can't be projected: ${reason}`,
      );
    }
  }

  /**
   * Reads which streams are on record; the first time, tries each of them again where changes may come late.
   *
   * @param checkpoint It stays where it is.
   */
  async load(checkpoint: Checkpoint | undefined): Promise<void> {
    const { target, projection, logger } = this.options;
    const parked = await target.parked(projection.name);
    this.streams = new Set(parked.map(({ stream }) => stream));
    if (checkpoint === undefined || this.triedAgain || !projection.takesLateChanges) return;
    let changes: Change[] = [];
    let park: ParkedStream[] = [];
    let unpark: string[] = [];
    const save = async (): Promise<void> => {
      await target.apply(changes, { checkpoint, park, unpark });
      for (const stream of unpark) {
        this.streams.delete(stream);
        const fields = { event: 'stream_unparked', projection: projection.name, stream } as const;
        logger.info(fields, 'The stream of one task is no longer parked');
      }
      [changes, park, unpark] = [[], [], []];
    };
    for (const one of parked) {
      const { changes: found, parked: still } = await this.tryAgain(one);
      changes.push(...found);
      if (still.length === 0) unpark.push(one.stream);
      // It may have come further, to another event that can't be projected.
      park.push(...still.filter(({ revision }) => revision !== one.revision));
      if (park.length + unpark.length >= STREAMS_PER_APPLY_MAX) await save();
    }
    if (park.length + unpark.length > 0) await save();
    this.triedAgain = true;
  }

  /** Projects the events of a parked stream from the one on that it was parked for. */
  private async tryAgain({ stream, revision, parkedAt }: ParkedStream): Promise<ProjectedEvents<Change>> {
    const { store, projection } = this.options;
    const events: RecordedEvent[] = [];
    for await (const event of store.readStream(stream, { fromRevision: revision })) events.push(event);
    return projectEvents(projection, events, () => false, parkedAt);
  }
}
