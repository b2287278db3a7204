import { setTimeout as delay } from 'node:timers/promises';
import { TASK_STREAM_PREFIX } from '../../../shared/core/application/streams.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { EventStore, RecordedEvent } from '../../../shared/core/ports/event-store.js';
import type { Logger } from '../../../shared/core/ports/logger.js';
import { Semaphore } from '../../../shared/kit/semaphore.js';
import { BEFORE_ALL, type NumberedChanges } from './change-ring.js';
import { NewestChanges, StreamChange } from './stream-change.js';

/** What is read at once for one reader, about as much as one part of a stream takes. */
const PAGE_EVENTS_MAX = 250;

/** How many pages are read at a time, however many readers are behind. */
const READS_MAX = 4;

/** How long after a failed read the next one is tried. */
export const RETRY_DELAY_MS = 500;

/** Reads old changes from the ledger, for readers who were away for longer than the ring reaches back. */
export class LedgerPages {
  private readonly turns = new Semaphore(READS_MAX);

  constructor(
    private readonly store: Pick<EventStore, 'readAll'>,
    private readonly logger: Logger,
  ) {}

  /**
   * The changes after a position: a page of them, or all up to a position that the ledger has reached. Waits for its
   * turn, and for a ledger that is away.
   *
   * @returns `undefined` when the signal fires first.
   */
  async after(position: string, reached: string, signal: AbortSignal): Promise<NumberedChanges | undefined> {
    while (!signal.aborted) {
      try {
        return await this.turns.run(1, async () =>
          // The client may have gone while it waited for its turn.
          signal.aborted ? undefined : this.read(position, reached, signal),
        );
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        await delay(RETRY_DELAY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  private async read(position: string, reached: string, signal: AbortSignal): Promise<NumberedChanges> {
    const events: RecordedEvent[] = [];
    const from = position === BEFORE_ALL ? {} : { fromPosition: position };
    const options = { ...from, limit: PAGE_EVENTS_MAX, streamPrefix: TASK_STREAM_PREFIX };
    for await (const event of this.store.readAll(options, signal)) events.push(event);
    const last = events.at(-1)?.position ?? position;
    const isAll = events.length < PAGE_EVENTS_MAX;
    return pageOf(changesOf(events, this.logger), isAll && reached > last ? reached : last);
  }
}

/** The changes that events make. Those that this version can't read are left out, as they are from the lists. */
export function changesOf(events: readonly RecordedEvent[], logger: Logger): StreamChange[] {
  const changes: StreamChange[] = [];
  for (const event of events) {
    try {
      changes.push(StreamChange.of(event));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const { stream, revision } = event;
      logger.error(
        { event: 'event_not_streamed', stream, revision },
        `One event is left out of the event streams: ${reason}`,
      );
    }
  }
  return changes;
}

function pageOf(changes: readonly StreamChange[], position: string): NumberedChanges {
  const newest = new NewestChanges();
  for (const change of changes) newest.add(change);
  return { end: changes.length, position, at: (number) => changes[number] as StreamChange };
}
