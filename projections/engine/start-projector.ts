import type { Clock } from '../../shared/ports/clock.js';
import type { EventStore, SubscriptionBatch } from '../../shared/ports/event-store.js';
import type { Logger } from '../../shared/ports/logger.js';
import type { ParkedStream, ProjectionTarget } from '../../shared/ports/read-model.js';
import { followLedger, type LedgerFollower, type LedgerWork } from './follow-ledger.js';
import { checkpointAt, Parking } from './parking.js';
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
}

/** A projector at work: when it is stopped it finishes the batch in hand, with its checkpoint. */
export type Projector = LedgerFollower;

/**
 * Keeps a target up with the ledger: from its checkpoint on, batch by batch, each together with the checkpoint that covers
 * it. At least once: an event may come again after a crash, which the target's guard makes harmless.
 *
 * An event that can't be projected is parked on record and its stream's later events wait for it; everything else goes
 * on. Parked streams are tried anew with each start, where the projection takes changes that come late. It stands still for
 * good only when more streams are parked than can be kept on record.
 */
export function startProjector<Change>(options: ProjectorOptions<Change>): Projector {
  const { store, clock, logger } = options;
  return followLedger({ store, work: new ProjectorWork(options), clock, logger });
}

class ProjectorWork<Change> implements LedgerWork {
  readonly name: string;
  readonly streamPrefix: string;
  readonly gatherMs: number;
  readonly parked: Parking<Change>;
  private gathered: Gathered<Change> = { events: 0, changes: [], park: [] };

  constructor(private readonly options: ProjectorOptions<Change>) {
    const { name, streamPrefix, gatherMs } = options.projection;
    this.name = `The projector ${name}`;
    this.streamPrefix = streamPrefix;
    this.gatherMs = gatherMs;
    this.parked = new Parking(options);
  }

  async resume(): Promise<string | undefined> {
    const { target, projection } = this.options;
    this.gathered = { events: 0, changes: [], park: [] };
    const position = await target.checkpoint(projection.name);
    await this.parked.load(position);
    return position;
  }

  async takeIn({ events, position, caughtUp }: SubscriptionBatch): Promise<boolean> {
    if (position === undefined) return true;
    const { projection, clock, target } = this.options;
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
    const checkpoint = checkpointAt(this.options, position);
    await target.apply(gathered.changes.flat(), { checkpoint, park });
    this.gathered = { events: 0, changes: [], park: [] };
    return true;
  }
}

/** What is to be written together. */
interface Gathered<Change> {
  events: number;
  /** Of each batch. */
  changes: (readonly Change[])[];
  park: ParkedStream[];
}
