import { createHash, randomUUID } from 'node:crypto';
import type { JsonObject } from '../../shared/core/domain/json.js';
import type {
  AppendOutcome,
  EventStore,
  NewEvent,
  RecordedEvent,
  StreamAppend,
  SubscribeOptions,
  SubscriptionBatch,
} from '../../shared/core/ports/event-store.js';

/** One engine's data for one test: fresh or not, but nothing in it has the test's names. */
export interface EventStoreHarness {
  /** Opens a store on the same data; each one that was opened before must be closed, where the engine asks for that. */
  open(): Promise<EventStore>;
  /** Removes the data. */
  dispose(): Promise<void>;
}

/** A name that nothing else has, for streams or the beginning of their names. */
export function uniqueName(kind = 'stream'): string {
  return `${kind}-${randomUUID()}`;
}

/** An event whose id is made from its content, as the ledger's are. */
export function newEvent(
  data: JsonObject,
  metadata: Record<string, string> = {},
  type = 'SomethingHappened',
): NewEvent {
  const hash = createHash('sha256')
    .update(JSON.stringify([type, data, metadata]))
    .digest('hex');
  const id = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
  return { id, type, data: JSON.stringify(data), metadata: JSON.stringify(metadata) };
}

/** Different events, numbered from `first`; the stream's name makes them different from those of other streams. */
export function numberedEvents(stream: string, count: number, first = 0): NewEvent[] {
  return Array.from({ length: count }, (_, index) => newEvent({ stream, number: first + index }));
}

/** Appends to one stream. */
export async function appendTo(
  store: EventStore,
  stream: string,
  expectedRevision: StreamAppend['expectedRevision'],
  events: readonly NewEvent[],
): Promise<AppendOutcome> {
  const outcomes = await store.append([{ stream, expectedRevision, events }]);
  if (outcomes.length !== 1) throw new Error(`Expected one outcome, got ${outcomes.length}`);
  return outcomes[0] as AppendOutcome;
}

/** Appends to one stream, and the position of the last event. */
export async function mustAppend(...args: Parameters<typeof appendTo>): Promise<string> {
  const outcome = await appendTo(...args);
  if (outcome.outcome !== 'appended') throw new Error(`Conflict at revision ${outcome.actualRevision}`);
  return outcome.position;
}

/** Everything that an iteration gives. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** The events without their place, as they were handed in. */
export function asNew(events: readonly RecordedEvent[]): NewEvent[] {
  return events.map(({ id, type, data, metadata }) => ({
    id,
    type,
    data: JSON.stringify(data),
    metadata: JSON.stringify(metadata),
  }));
}

/** What a subscription has given so far, and waiting for more of it. */
export class Subscriber {
  readonly batches: SubscriptionBatch[] = [];
  readonly #abort = new AbortController();
  readonly #ended: Promise<void>;
  #wake: () => void = () => undefined;
  #error: Error | undefined;

  constructor(store: EventStore, options: SubscribeOptions) {
    this.#ended = this.#run(store.subscribe(options, this.#abort.signal));
  }

  get events(): RecordedEvent[] {
    return this.batches.flatMap(({ events }) => events);
  }

  /** Waits until what was given meets a condition; fails when the subscription fails before. */
  async until(condition: (subscriber: Subscriber) => boolean): Promise<void> {
    while (!condition(this)) {
      if (this.#error !== undefined) throw this.#error;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Aborts it and waits for its end; throws what it ended with, if not quietly. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#ended;
    if (this.#error !== undefined) throw this.#error;
  }

  /** Waits for its end without aborting; answers what it ended with. */
  async failure(): Promise<Error | undefined> {
    await this.#ended;
    return this.#error;
  }

  async #run(batches: AsyncIterable<SubscriptionBatch>): Promise<void> {
    try {
      for await (const batch of batches) {
        this.batches.push(batch);
        this.#wake();
      }
    } catch (error) {
      this.#error = error as Error;
    }
    this.#wake();
  }
}
