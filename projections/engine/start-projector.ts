import { setTimeout as delay } from 'node:timers/promises';
import { TaskledgerError, UnavailableError } from '../../shared/contracts/errors.js';
import type { Clock } from '../../shared/ports/clock.js';
import type { EventStore, RecordedEvent, SubscriptionBatch } from '../../shared/ports/event-store.js';
import type { Logger } from '../../shared/ports/logger.js';
import type { ProjectorStatus } from '../../shared/ports/projector-status.js';
import type { ProjectionTarget } from '../../shared/ports/read-model.js';
import { Backoff } from './backoff.js';
import { checkpointAt, Parking } from './parking.js';
import { projectEvents } from './project-events.js';
import type { Projection } from './projection.js';
import { ProjectorLag } from './projector-lag.js';

export interface ProjectorOptions {
  store: EventStore;
  readModel: ProjectionTarget;
  projection: Projection;
  clock: Clock;
  logger: Logger;
  /** Of the lease under which it works, where there is one. */
  epoch?: number;
}

/** A projector at work. */
export interface Projector extends ProjectorStatus {
  /** Finishes the batch in hand, with its checkpoint, and ends. Idempotent. */
  stop(): Promise<void>;
}

/**
 * How long events are gathered once the end of the ledger is reached: it bounds how many transactions the read model
 * makes in a second, at the price of this delay for what comes right after something else.
 */
const GATHER_MS = 10;

/**
 * Keeps a read model up with the ledger: from its checkpoint on, batch by batch, each together with the checkpoint that
 * covers it. At least once: an event may come again after a crash, which the read model's guard makes harmless.
 *
 * An event that can't be projected is parked on record and its stream's later events wait for it; everything else goes
 * on. Parked streams are tried anew with each start. When an engine is away it tries again until it is back. It stands
 * still for good only when more streams are parked than can be kept on record.
 */
export function startProjector(options: ProjectorOptions): Projector {
  const stopping = new AbortController();
  const run = new ProjectorRun(options, stopping.signal);
  const running = run.untilStopped();
  return {
    status: () => run.lag.status(),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

class ProjectorRun {
  readonly lag: ProjectorLag;
  private readonly parking: Parking;
  private readonly backoff = new Backoff();

  constructor(
    private readonly options: ProjectorOptions,
    private readonly signal: AbortSignal,
  ) {
    this.parking = new Parking(options);
    this.lag = new ProjectorLag(options.clock, this.parking);
  }

  async untilStopped(): Promise<void> {
    const { logger, projection } = this.options;
    while (!this.signal.aborted) {
      try {
        await this.follow();
      } catch (error) {
        if (this.signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        this.lag.failed(reason);
        if (this.parking.isFull()) {
          logger.error({ projection: projection.name }, reason);
          return;
        }
        const code = error instanceof TaskledgerError ? error.code : undefined;
        const retryDelayMs = this.backoff.nextDelayMs();
        logger.warn(
          { projection: projection.name, code, retryDelayMs },
          `The projector stands still: ${reason}`,
        );
        await delay(retryDelayMs, undefined, { signal: this.signal }).catch(() => undefined);
      }
    }
  }

  /** Takes in batches until the signal fires or something fails. */
  private async follow(): Promise<void> {
    const { store, readModel, projection } = this.options;
    const position = await readModel.checkpoint(projection.name);
    this.lag.resumed(position);
    await this.parking.load(position);
    const { streamPrefix } = projection;
    const from = position === undefined ? { streamPrefix } : { streamPrefix, afterPosition: position };
    for await (const batch of store.subscribe(from, this.signal)) {
      this.lag.received(batch);
      await this.takeIn(batch);
      this.lag.took(batch);
      this.backoff.reset();
      if (!batch.caughtUp) continue;
      await delay(GATHER_MS, undefined, { signal: this.signal }).catch(() => undefined);
      this.lag.listening();
    }
    if (!this.signal.aborted) throw new UnavailableError('The ledger has ended the subscription');
  }

  private async takeIn({ events, position }: SubscriptionBatch): Promise<void> {
    if (position === undefined) return;
    const { changes, parked } = this.project(events);
    this.parking.checkRoom(parked.length);
    await this.options.readModel.apply(changes, {
      checkpoint: checkpointAt(this.options, position),
      park: parked,
    });
    this.parking.add(parked);
  }

  private project(events: readonly RecordedEvent[]): ReturnType<typeof projectEvents> {
    const { projection, clock } = this.options;
    const parkedAt = new Date(clock.nowMs()).toISOString();
    return projectEvents(projection, events, (stream) => this.parking.has(stream), parkedAt);
  }
}
