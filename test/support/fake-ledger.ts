import type {
  AllReadOptions,
  EventStore,
  EventStoreCapabilities,
  RecordedEvent,
  StreamReadOptions,
  SubscribeOptions,
  SubscriptionBatch,
} from '../../shared/core/ports/event-store.js';

const BATCH_EVENTS_MAX = 1000;

/** A ledger in memory to be read from: it holds what a test gives it, and fails when a test says so. */
export class FakeLedger implements EventStore {
  capabilities: EventStoreCapabilities = {
    atomicAcrossStreams: false,
    countEvents: (after = '0', upTo = '0') => Number(upTo) - Number(after),
  };
  readonly events: RecordedEvent[] = [];
  /** Its identity, should a test want it to have one. */
  id: string | undefined;
  /** Every subscription that was begun. */
  readonly subscriptions: SubscribeOptions[] = [];
  /** How many subscriptions go on. */
  readerCount = 0;
  /** Called before anything is read; what it throws is the read's failure. */
  beforeRead: () => void = () => undefined;
  private readonly heads = new Map<string, number>();
  private readonly waiting = new Set<() => void>();
  private subscriptionsEnded = 0;

  /** Adds an event of a type to a stream. */
  add(stream: string, type = 'Good', recordedAt = '2025-03-12T10:00:00.000Z'): RecordedEvent {
    const revision = (this.heads.get(stream) ?? -1) + 1;
    const position = String(this.events.length + 1).padStart(16, '0');
    const metadata = { recorded_at: recordedAt };
    const event = { id: `${stream}@${revision}`, type, data: {}, metadata, stream, revision, position };
    this.take(event);
    return event;
  }

  /** Adds an event as another store has recorded it. */
  take(event: RecordedEvent): void {
    this.heads.set(event.stream, event.revision);
    this.events.push(event);
    for (const wake of this.waiting) wake();
  }

  /** Ends the subscriptions, as an engine that goes away without an error. */
  endSubscriptions(): void {
    this.subscriptionsEnded++;
    for (const wake of this.waiting) wake();
  }

  async *subscribe(options: SubscribeOptions, signal: AbortSignal): AsyncGenerator<SubscriptionBatch> {
    this.subscriptions.push(options);
    this.readerCount++;
    try {
      yield* this.follow(options, signal);
    } finally {
      this.readerCount--;
    }
  }

  private async *follow(options: SubscribeOptions, signal: AbortSignal): AsyncGenerator<SubscriptionBatch> {
    const { subscriptionsEnded } = this;
    let read = this.events.filter(({ position }) => position <= (options.afterPosition ?? '')).length;
    let caughtUp = false;
    while (!signal.aborted && subscriptionsEnded === this.subscriptionsEnded) {
      this.beforeRead();
      const found = this.events.slice(read, read + BATCH_EVENTS_MAX);
      read += found.length;
      if (found.length > 0 || !caughtUp) {
        caughtUp = read === this.events.length;
        const events = found.filter(({ stream }) => stream.startsWith(options.streamPrefix ?? ''));
        yield { events, position: this.events[read - 1]?.position, caughtUp };
      } else {
        await this.more(signal);
      }
    }
  }

  async *readStream(
    stream: string,
    { fromRevision, direction = 'forwards', limit = Infinity }: StreamReadOptions = {},
  ): AsyncGenerator<RecordedEvent> {
    this.beforeRead();
    const forwards = direction === 'forwards';
    const wanted = this.events.filter((event) => {
      if (event.stream !== stream) return false;
      return forwards ? event.revision >= (fromRevision ?? 0) : event.revision <= (fromRevision ?? Infinity);
    });
    yield* (forwards ? wanted : wanted.reverse()).slice(0, limit);
  }

  /** Has other events stand where its own were; who follows it hears of that when its subscription has ended. */
  replaceBy(events: readonly RecordedEvent[]): void {
    this.events.splice(0, Infinity, ...events);
  }

  identity(): Promise<string | undefined> {
    return Promise.resolve(this.id);
  }

  fingerprintAt(position: string): Promise<string | undefined> {
    return Promise.resolve(this.events.find((event) => event.position === position)?.id);
  }

  isPosition(text: string): boolean {
    return /^\d{16}$/.test(text);
  }

  async lastPosition(): Promise<string | undefined> {
    this.beforeRead();
    return this.events.at(-1)?.position;
  }

  appendInOrder(): never {
    return this.append();
  }

  append(): never {
    throw new Error('A fake ledger is only read from');
  }

  async *readAll({
    fromPosition,
    direction = 'forwards',
    limit = Infinity,
    streamPrefix = '',
  }: AllReadOptions = {}): AsyncGenerator<RecordedEvent> {
    this.beforeRead();
    const forwards = direction === 'forwards';
    const wanted = this.events.filter(({ stream, position }) => {
      const isBehind = fromPosition === undefined || position > fromPosition === forwards;
      return isBehind && position !== fromPosition && stream.startsWith(streamPrefix);
    });
    yield* (forwards ? wanted : wanted.reverse()).slice(0, limit);
  }

  async close(): Promise<void> {
    return undefined;
  }

  private async more(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
