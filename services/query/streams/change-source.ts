import { setTimeout as delay } from 'node:timers/promises';
import { TASK_STREAM_PREFIX } from '../../../shared/core/application/streams.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { EventStore, RecordedEvent } from '../../../shared/core/ports/event-store.js';
import type { Logger } from '../../../shared/core/ports/logger.js';
import { BEFORE_ALL, ChangeRing, type RingLimits } from './change-ring.js';
import { changesOf, RETRY_DELAY_MS } from './ledger-pages.js';
import type { LedgerPlaces, PlacedLedger } from './ledger-places.js';
import { markOf, type LedgerPlace } from './place-mark.js';

/** How many of the ledger's last changes are taken into the ring at the start: readers who were cut off lack only these. */
const RECENT_CHANGES = 1_000;

/**
 * How long changes are gathered, so that a busy ledger does not mean a write to every reader for each of its commits: longer
 * when so many come at once that nobody can follow them one by one.
 */
const GATHER_MS = 10;
const GATHER_MANY_MS = 50;
const MANY_CHANGES = 250;

/** What it takes to follow a ledger. */
export interface SourceParts {
  source: Pick<EventStore, 'subscribe'> & PlacedLedger;
  places: LedgerPlaces;
  logger: Logger;
  ringLimits: RingLimits;
  /** Called when changes have come into the ring; further ones wait for it. */
  onChanges: () => Promise<void>;
  /** Called once when another ledger is there than the one that was followed, or an older copy: it is stopped then. */
  onReplaced: () => void;
}

/** Takes the end of the ledger into a ring, over all times when the ledger is unavailable, until it is stopped. */
export class ChangeSource {
  private readonly stopping = new AbortController();

  private constructor(
    private readonly parts: SourceParts,
    readonly ring: ChangeRing,
    private readonly begunAt: string,
    /** The last event of a task that was seen. */
    private seen: LedgerPlace,
  ) {
    void this.untilStopped();
  }

  /** @throws UnavailableError when the ledger is unavailable. */
  static async start(parts: SourceParts): Promise<ChangeSource> {
    const begunAt = (await parts.source.lastPosition()) ?? BEFORE_ALL;
    const recent = await recentPlace(parts.source);
    return new ChangeSource(parts, new ChangeRing(parts.ringLimits, recent.position), begunAt, recent);
  }

  /** A position of which is known that the ledger has come to it, while everything after it is still to come. */
  get now(): string {
    return this.ring.position > this.begunAt ? this.ring.position : this.begunAt;
  }

  stop(): void {
    this.stopping.abort();
  }

  private async untilStopped(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.follow(signal);
      } catch (error) {
        if (signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        const fields = { event: 'event_streams_stalled', retryDelayMs: RETRY_DELAY_MS } as const;
        this.parts.logger.warn(fields, `The event streams are stalled, and tried again: ${reason}`);
        await delay(RETRY_DELAY_MS, undefined, { signal }).catch(() => undefined);
        if (await this.isReplaced()) return this.parts.onReplaced();
      }
    }
  }

  /** Whether what was seen last is not there any more. While the ledger is away it stays the one that it was. */
  private async isReplaced(): Promise<boolean> {
    return !(await this.parts.places.has(this.seen).catch(() => true));
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const { source, logger, onChanges } = this.parts;
    const from = this.ring.position === BEFORE_ALL ? {} : { afterPosition: this.ring.position };
    const options = { ...from, streamPrefix: TASK_STREAM_PREFIX };
    for await (const { events, position, caughtUp } of source.subscribe(options, signal)) {
      if (position === undefined) continue;
      const last = events.at(-1);
      if (last !== undefined) this.seen = placeOf(last);
      this.ring.add(changesOf(events, logger), position);
      await onChanges();
      const gatherMs = events.length < MANY_CHANGES ? GATHER_MS : GATHER_MANY_MS;
      if (caughtUp) await delay(gatherMs, undefined, { signal }).catch(() => undefined);
    }
    if (!signal.aborted) throw new UnavailableError('The ledger has ended the subscription');
  }
}

function placeOf(event: RecordedEvent): LedgerPlace {
  return { position: event.position, mark: markOf(event) };
}

/** Where the last changes of the ledger begin. */
async function recentPlace(source: Pick<EventStore, 'readAll'>): Promise<LedgerPlace> {
  const limit = RECENT_CHANGES;
  let count = 0;
  const all: LedgerPlace = { position: BEFORE_ALL, mark: undefined };
  let first = all;
  const options = { direction: 'backwards', limit, streamPrefix: TASK_STREAM_PREFIX } as const;
  for await (const event of source.readAll(options)) {
    first = placeOf(event);
    count++;
  }
  return count < limit ? all : first;
}
