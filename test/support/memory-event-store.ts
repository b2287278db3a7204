import { UnavailableError } from '../../shared/core/contracts/errors.js';
import type {
  AllReadOptions,
  AppendOutcome,
  EventStore,
  NewEvent,
  RecordedEvent,
  StreamAppend,
  StreamReadOptions,
  SubscribeOptions,
  SubscriptionBatch,
} from '../../shared/core/ports/event-store.js';
import { asNew } from './event-store-fixtures.js';

/** An event store in memory that can be told to fail: for tests of what happens between two appends. */
export class MemoryEventStore implements EventStore {
  readonly capabilities = { atomicAcrossStreams: false };
  readonly events: RecordedEvent[] = [];
  private readonly streams = new Map<string, RecordedEvent[]>();
  /** Called before each append; what it throws is the append's failure, with nothing written. */
  beforeAppend: (append: StreamAppend) => void | Promise<void> = () => undefined;
  /** Called after each append is written; what it throws hides that it was: an unknown outcome. */
  afterAppend: (append: StreamAppend) => void = () => undefined;

  async append(appends: readonly StreamAppend[]): Promise<AppendOutcome[]> {
    const outcomes: AppendOutcome[] = [];
    for (const append of appends) {
      await this.beforeAppend(append);
      outcomes.push(this.appendOne(append));
      this.afterAppend(append);
    }
    return outcomes;
  }

  async appendInOrder(appends: readonly StreamAppend[]): Promise<AppendOutcome[]> {
    const outcomes: AppendOutcome[] = [];
    for (const append of appends) {
      const [outcome] = (await this.append([append])) as [AppendOutcome];
      outcomes.push(outcome);
      if (outcome.outcome === 'conflict') break;
    }
    return outcomes;
  }

  stream(stream: string): RecordedEvent[] {
    return [...(this.streams.get(stream) ?? [])];
  }

  async *readStream(stream: string, options: StreamReadOptions = {}): AsyncGenerator<RecordedEvent> {
    const { direction = 'forwards', fromRevision, limit = Infinity } = options;
    const found = this.stream(stream);
    if (direction === 'backwards') found.reverse();
    const wanted = found.filter(({ revision }) => {
      if (fromRevision === undefined) return true;
      return direction === 'forwards' ? revision >= fromRevision : revision <= fromRevision;
    });
    yield* structuredClone(wanted.slice(0, limit));
  }

  async *readAll(options: AllReadOptions = {}): AsyncGenerator<RecordedEvent> {
    const { direction = 'forwards', fromPosition, limit = Infinity, streamPrefix = '' } = options;
    const found = direction === 'forwards' ? [...this.events] : this.events.toReversed();
    const wanted = found.filter(({ stream, position }) => {
      if (!stream.startsWith(streamPrefix)) return false;
      if (fromPosition === undefined) return true;
      return direction === 'forwards' ? position > fromPosition : position < fromPosition;
    });
    yield* structuredClone(wanted.slice(0, limit));
  }

  subscribe(_options: SubscribeOptions): AsyncIterable<SubscriptionBatch> {
    throw new UnavailableError('The store in memory tells nobody of what comes');
  }

  identity(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  fingerprintAt(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  isPosition(text: string): boolean {
    return /^\d{16}$/.test(text);
  }

  lastPosition(): Promise<string | undefined> {
    return Promise.resolve(this.events.at(-1)?.position);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private appendOne({ stream, expectedRevision, events }: StreamAppend): AppendOutcome {
    const existing = this.streams.get(stream) ?? [];
    this.streams.set(stream, existing);
    const actual = existing.length === 0 ? 'no_stream' : existing.length - 1;
    if (actual !== expectedRevision) {
      const first = expectedRevision === 'no_stream' ? 0 : expectedRevision + 1;
      const standing = existing.slice(first, first + events.length);
      const last = standing.at(-1);
      if (last === undefined || asNew(standing).map(storedAs).join() !== events.map(storedAs).join()) {
        return { outcome: 'conflict', actualRevision: actual };
      }
      return { outcome: 'appended', revision: last.revision, position: last.position };
    }
    for (const event of events) {
      const position = String(this.events.length + 1).padStart(16, '0');
      // Through JSON, as every real store has it.
      const content = JSON.parse(storedAs(event)) as RecordedEvent;
      const recorded = { ...content, stream, revision: existing.length, position };
      this.events.push(recorded);
      existing.push(recorded);
    }
    const { revision, position } = this.events.at(-1) as RecordedEvent;
    return { outcome: 'appended', revision, position };
  }
}

/** The bytes that a store would write. */
function storedAs({ id, type, data, metadata }: NewEvent): string {
  return `{"id":"${id}","type":"${type}","data":${data},"metadata":${metadata}}`;
}
