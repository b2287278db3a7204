import { TaskledgerError } from '../../shared/core/contracts/errors.js';
import type { Clock } from '../../shared/core/ports/clock.js';
import type { EventStore, SubscriptionBatch } from '../../shared/core/ports/event-store.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import type { ParkedStream, ProjectionTarget } from '../../shared/core/ports/read-model.js';
import { followLedger, type LedgerFollower, type LedgerWork } from './follow-ledger.js';
import { LedgerOrigin } from './ledger-origin.js';
import { Parking } from './parking.js';
import { projectEvents } from './project-events.js';
import type { Projection } from './projection.js';

export interface ProjectorOptions<Change> {
  store: EventStore;
  target: ProjectionTarget<Change>;
  projection: Projection<Change>;
  clock: Clock;
  logger: Logger;
  /** Of the lease under which it works, where there is one. */
  epoch?: number;
  /** Told when one that works under a later lease has written: this one can't. */
  superseded?: () => void;
}

/** A projector at work: when it is stopped it finishes the batch that it works on, with its checkpoint. */
export type Projector = LedgerFollower;

/**
 * Keeps a target up with the ledger: from its checkpoint on, batch by batch, each together with the checkpoint that covers
 * it. At least once: an event may come again after a crash, which the target's guard makes harmless.
 *
 * An event that can't be projected is parked on record and its stream's later events wait for it; everything else goes
 * on. Parked streams are tried again with each start, where the projection takes changes that come late. It ends for
 * good only when more streams are parked than can be kept on record.
 *
 * What was made from another ledger, or from what this one no longer has, is taken away and built again.
 */
export function startProjector<Change>(options: ProjectorOptions<Change>): Projector {
  const { store, clock, logger } = options;
  return followLedger({ store, work: new ProjectorWork(options), clock, logger });
}

class ProjectorWork<Change> implements LedgerWork {
  readonly name: string;
  readonly streamPrefix: string;
  readonly gatherMs: number;
  readonly gatherFromEvents: number;
  readonly parked: Parking<Change>;
  readonly whenLost: LedgerWork['whenLost'];
  private readonly origin: LedgerOrigin<Change>;
  private gathered: Gathered<Change> = { events: 0, changes: [], park: [] };

  constructor(private readonly options: ProjectorOptions<Change>) {
    const { projection, target } = options;
    this.name = `The projector ${projection.name}`;
    this.streamPrefix = projection.streamPrefix;
    this.gatherMs = projection.gatherMs;
    this.gatherFromEvents = projection.gatherFromEvents ?? 0;
    this.parked = new Parking(options);
    this.origin = new LedgerOrigin(options, this.name);
    if (target.whenLost !== undefined) this.whenLost = (listener) => target.whenLost?.(listener) ?? noop;
  }

  isPartial(): boolean {
    return this.origin.isPartial;
  }

  async resume(): Promise<string | undefined> {
    this.gathered = { events: 0, changes: [], park: [] };
    const checkpoint = await this.origin.resume();
    await this.unlessSuperseded(this.parked.load(checkpoint));
    return checkpoint?.position;
  }

  async handleBatch(batch: SubscriptionBatch): Promise<boolean> {
    const { events, position, caughtUp } = batch;
    const { projection, clock, target } = this.options;
    if (position === undefined) {
      if (caughtUp) await target.nothingToDo?.(projection.name);
      return true;
    }
    const parkedAt = new Date(clock.nowMs()).toISOString();
    const isParked = (stream: string): boolean => this.parked.has(stream);
    const { changes, parked } = projectEvents(projection, events, isParked, parkedAt);
    this.parked.checkRoom(parked.length);
    this.parked.add(parked);

    const { gathered } = this;
    gathered.events += events.length;
    gathered.changes.push(changes);
    gathered.park.push(...parked);
    if (!caughtUp && gathered.events < projection.gatherEvents) return false;
    const { park } = gathered;
    const checkpoint = await this.origin.checkpointAt(position, batch);
    await this.unlessSuperseded(target.apply(gathered.changes.flat(), { checkpoint, park }));
    this.gathered = { events: 0, changes: [], park: [] };
    return true;
  }

  /** Says so where a write is refused since one under a later lease has written. */
  private async unlessSuperseded(write: Promise<void>): Promise<void> {
    try {
      await write;
    } catch (error) {
      if (error instanceof TaskledgerError && error.code === 'conflict') this.options.superseded?.();
      throw error;
    }
  }
}

function noop(): void {
  // There is nothing to take back.
}

/** What is to be written together. */
interface Gathered<Change> {
  events: number;
  /** Of each batch. */
  changes: (readonly Change[])[];
  park: ParkedStream[];
}
