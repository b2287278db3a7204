import { setImmediate } from 'node:timers/promises';
import { START, type AllStreamSubscription, type KurrentDBClient } from '@kurrent/kurrentdb-client';
import { type RecordedEvent, type SubscriptionBatch } from '../../ports/event-store.js';
import { allFilter } from './all-filter.js';
import { within } from './deadline.js';
import { BEFORE_ALL, formatPosition, parsePosition, type LogPosition } from './position.js';
import { recordedEvent, type ClientEvent } from './recorded-event.js';

/** How long the store may take to confirm a subscription. */
export const SUBSCRIBE_MS_MAX = 5_000;

/** What waits here for the subscriber, at most; what comes beyond stays with the store. */
const QUEUED_MAX = 1000;
const QUEUED_CHARACTERS_MAX = 4 * 1024 * 1024;

/** What the client keeps besides, in events. */
const BUFFERED_EVENTS_MAX = 64;

/** How far a subscriber is, across links. */
export interface SubscriberState {
  /** Everything up to here was given or left out. */
  position: string;
  /** Whether it was told that this is all there is for now. */
  toldCaughtUp: boolean;
}

interface QueuedEvent {
  event: RecordedEvent;
  characters: number;
}

/** Something said between two events. */
interface Mark {
  /** How many events came before it. */
  after: number;
  position: string;
  caughtUp: boolean;
}

/**
 * One subscription of the client, as long as its connection lasts.
 *
 * The client says that it has caught up, and how far the filter has come, by events beside its stream, ahead of what the
 * stream still holds. Each such mark is put back between the events where it was said, by counting them.
 */
export class SubscriptionLink {
  readonly #subscription: AllStreamSubscription;
  readonly #state: SubscriberState;
  readonly #queue: (QueuedEvent | Mark)[] = [];
  #queuedCharacters = 0;
  /** Marks that belong behind events which the client still holds. */
  readonly #marks: Mark[] = [];
  /** How many events were taken from the client. */
  #taken = 0;
  /** Whether the store has said that it gave all there was, and has not said otherwise since. */
  #live = false;
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  /** @param known A position that events were seen at before it was opened: catching up goes at least so far. */
  private constructor(
    client: KurrentDBClient,
    state: SubscriberState,
    streamPrefix: string,
    known: string | undefined,
  ) {
    this.#state = state;
    const checkpointReached = (_: unknown, position: LogPosition) =>
      this.#mark(formatPosition(position), false);
    this.#subscription = client.subscribeToAll(
      {
        fromPosition: state.position === BEFORE_ALL ? START : parsePosition(state.position),
        filter: allFilter(streamPrefix, checkpointReached),
        requiresLeader: true,
      },
      { highWaterMark: BUFFERED_EVENTS_MAX },
    );
    this.#subscription.on('readable', () => {
      this.#fill();
      this.#wake();
    });
    this.#subscription.on('caughtUp', () => this.#mark(known ?? BEFORE_ALL, true));
    this.#subscription.on('fellBehind', () => (this.#live = false));
    this.#subscription.on('error', (error) => this.#fail(error));
    this.#subscription.on('end', () => this.#fail(new Error('The store has ended the subscription')));
  }

  /** @throws UnavailableError when the store does not confirm it in time. */
  static async open(
    client: KurrentDBClient,
    state: SubscriberState,
    streamPrefix: string,
    known: string | undefined,
  ): Promise<SubscriptionLink> {
    const link = new SubscriptionLink(client, state, streamPrefix, known);
    try {
      await within('a subscription', SUBSCRIBE_MS_MAX, link.#confirmed());
      return link;
    } catch (error) {
      link.close();
      throw error;
    }
  }

  /**
   * The next batch; `undefined` when the signal fires first. What has come is given before a failure is thrown.
   */
  async next(signal: AbortSignal): Promise<SubscriptionBatch | undefined> {
    const aborted = () => this.#wake();
    signal.addEventListener('abort', aborted);
    try {
      while (!signal.aborted) {
        const batch = this.#take();
        if (batch !== undefined) return batch;
        if (this.#failure !== undefined) throw this.#failure;
        await new Promise<void>((resolve) => (this.#wake = resolve));
        // What arrives within the same turn of the event loop makes one batch.
        await setImmediate();
      }
      return undefined;
    } finally {
      signal.removeEventListener('abort', aborted);
    }
  }

  close(): void {
    this.#subscription.unsubscribe().catch(() => undefined);
  }

  #confirmed(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#subscription.once('confirmation', resolve);
      this.#subscription.once('error', reject);
      this.#subscription.once('end', () => reject(new Error('The store has ended the subscription')));
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  #mark(position: string, caughtUp: boolean): void {
    const after = this.#taken + this.#subscription.readableLength;
    const last = this.#marks.at(-1);
    if (last?.after === after) {
      // However much is left out while the subscriber is busy, it comes to one mark.
      if (position > last.position) last.position = position;
      last.caughtUp ||= caughtUp;
    } else {
      this.#marks.push({ after, position, caughtUp });
    }
    this.#fill();
    this.#wake();
  }

  /** Takes over what the client has, as far as there is room. */
  #fill(): void {
    try {
      this.#takeOver();
    } catch (error) {
      this.#failure ??= error as Error;
    }
  }

  #takeOver(): void {
    for (;;) {
      while (this.#marks[0] !== undefined && this.#marks[0].after <= this.#taken) {
        this.#queue.push(this.#marks.shift() as Mark);
      }
      if (this.#queue.length >= QUEUED_MAX || this.#queuedCharacters >= QUEUED_CHARACTERS_MAX) return;
      const resolved = this.#subscription.read() as { event?: ClientEvent } | null;
      if (resolved === null) return;
      this.#taken++;
      if (resolved.event === undefined) continue;
      const event = recordedEvent(resolved.event);
      // Its JSON stands for what it takes in memory.
      const characters = JSON.stringify(event.data).length;
      this.#queue.push({ event, characters });
      this.#queuedCharacters += characters;
    }
  }

  #take(): SubscriptionBatch | undefined {
    this.#fill();
    const events: RecordedEvent[] = [];
    let { position } = this.#state;
    let count = 0;
    for (const entry of this.#queue) {
      if ('event' in entry) {
        if (events.length === QUEUED_MAX) break;
        events.push(entry.event);
        this.#queuedCharacters -= entry.characters;
        position = entry.event.position;
      } else {
        if (entry.position > position) position = entry.position;
        if (entry.caughtUp) this.#live = true;
      }
      count++;
    }
    this.#queue.splice(0, count);
    const rest = this.#queue.length + this.#marks.length + this.#subscription.readableLength;
    const caughtUp = this.#live && rest === 0;
    const state = this.#state;
    const news = position > state.position || (caughtUp && !state.toldCaughtUp);
    if (!news) return undefined;
    state.position = position;
    state.toldCaughtUp = caughtUp;
    return { events, position: position === BEFORE_ALL ? undefined : position, caughtUp };
  }
}
