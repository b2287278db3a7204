import type { JsonObject } from '../domain/json.js';

/** An event as it is handed to the store. The same id at the same revision must mean the same bytes. */
export interface NewEvent {
  /** A UUID made from the event's hash. */
  id: string;
  type: string;
  /** A JSON object, as text: stored as it stands. */
  data: string;
  /** A flat JSON object of strings, as text: stored as it stands. */
  metadata: string;
}

/** An event as the store gives it back. */
export interface RecordedEvent {
  id: string;
  type: string;
  data: JsonObject;
  metadata: Record<string, string>;
  stream: string;
  /** Place in its stream, from 0. */
  revision: number;
  /** Place among all events: opaque, and ordered as text is ordered. */
  position: string;
  /**
   * Why the event can't be read, when it can't: its bytes are not those that were written. Its place is known, and
   * nothing else of it is right; whoever wants more must refuse it.
   */
  damage?: string;
}

/** Events for one stream, to be appended together or not at all. */
export interface StreamAppend {
  stream: string;
  /** The revision of the stream's last event, or `no_stream` when it must not exist yet. */
  expectedRevision: number | 'no_stream';
  /** 1 to `APPEND_EVENTS_MAX`, and one alone or of at most `APPEND_BYTES_MAX` together. */
  events: readonly NewEvent[];
}

/** The most events that one stream can be given in one append. */
export const APPEND_EVENTS_MAX = 1000;

/**
 * The most bytes that the events of one append have, as data and metadata in UTF-8: every store takes so many, unless an
 * operator has set it lower (KurrentDB up to 24.10 takes 1 MiB in all, names and types included). What is more has to be
 * given in several appends: so it is the caller who decides what belongs together, and each append stays whole.
 */
export const APPEND_BYTES_MAX = 896 * 1024;

/** What became of the events for one stream. */
export type AppendOutcome =
  /** The events are on disk; `revision` and `position` are the last one's. */
  | { outcome: 'appended'; revision: number; position: string }
  /** The stream is at another revision, and what stands there is not these events. Nothing was written. */
  | { outcome: 'conflict'; actualRevision: number | 'no_stream' };

/** Where a read of one stream starts and how far it goes. */
export interface StreamReadOptions {
  /** The first revision to give; by default the first in the direction of reading. */
  fromRevision?: number;
  /** Default `forwards`. */
  direction?: 'forwards' | 'backwards';
  /** The most events to give; by default all. */
  limit?: number;
}

/** Where a read of all events starts and how far it goes. */
export interface AllReadOptions {
  /** Only events before it (backwards) or after it (forwards), that one not included; by default all. */
  fromPosition?: string;
  direction?: 'forwards' | 'backwards';
  limit?: number;
  /** Only events of streams whose name starts so. */
  streamPrefix?: string;
}

/** Where a subscription starts and what it leaves out. */
export interface SubscribeOptions {
  /** The last position that the subscriber has seen; by default none, so that it starts with the first event. */
  afterPosition?: string;
  /** Only events of streams whose name starts so. */
  streamPrefix?: string;
}

/** Some events of a subscription, in the order of their positions. */
export interface SubscriptionBatch {
  /** May be empty, when everything up to `position` was left out by the filter. At most `SUBSCRIPTION_BATCH_EVENTS_MAX`. */
  events: readonly RecordedEvent[];
  /** Everything up to here has been given or left out; `undefined` while the store is empty. */
  position: string | undefined;
  /** Whether that was all there is for now: given once each time that the subscriber has caught up. */
  caughtUp: boolean;
}

/** The most events in one batch of a subscription. */
export const SUBSCRIPTION_BATCH_EVENTS_MAX = 5000;

/** What a store can do beyond what is asked of every store. Nothing relies on these. */
export interface EventStoreCapabilities {
  /** One `append` over several streams is written whole or not at all, outcomes of `conflict` apart. */
  atomicAcrossStreams: boolean;
  /** Positions can be subtracted to give a number of events. */
  countEvents?(afterPosition: string | undefined, upToPosition: string | undefined): number;
  /** The position that so many events come up to, where positions count them. */
  positionAt?: (events: number) => string;
}

/**
 * The ledger: streams of events that are only ever appended to.
 *
 * Every method throws `UnavailableError` when the engine is unavailable; an append's effect is then unknown, and sending the
 * same bytes at the same revision again is safe.
 */
export interface EventStore {
  readonly capabilities: EventStoreCapabilities;

  /**
   * Appends to one or more different streams; the outcomes come in the order of the appends. When it answers, what was
   * appended is on disk. The events that already stand at exactly that place, byte for byte, count as appended.
   *
   * @throws TooLargeForLedgerError when the store takes less at once. Nothing was written.
   */
  append(appends: readonly StreamAppend[]): Promise<AppendOutcome[]>;

  /**
   * Appends to different streams one after the other, up to the first conflict: each is on disk no later than those after
   * it, and those after a conflict are not tried. A store may write all of them at once.
   *
   * @returns The outcomes of those that were tried.
   */
  appendInOrder(appends: readonly StreamAppend[]): Promise<AppendOutcome[]>;

  /** The events of a stream; none when it does not exist. */
  readStream(stream: string, options?: StreamReadOptions, signal?: AbortSignal): AsyncIterable<RecordedEvent>;

  /** The events of all streams in the order of their positions. */
  readAll(options?: AllReadOptions, signal?: AbortSignal): AsyncIterable<RecordedEvent>;

  /** All events from a position on, and then those that come, until the signal fires (which ends it without an error). */
  subscribe(options: SubscribeOptions, signal: AbortSignal): AsyncIterable<SubscriptionBatch>;

  /**
   * The id of the ledger, a UUID that it has for good: what is made from one ledger is told from what is made from another.
   * `undefined` for a store that has none.
   */
  identity(): Promise<string | undefined>;

  /**
   * What tells the event at a position from any other that might stand there, as in an older copy of the ledger that has
   * gone on by itself; `undefined` when no event stands there, or for a store that has no identity. At a position that a
   * filtered subscription gave and no event has, it is that of the last event before.
   *
   * @param seen An event that was just read: if it is the one at the position, a store may do without reading it again.
   */
  fingerprintAt(position: string, seen?: RecordedEvent): Promise<string | undefined>;

  /**
   * Has a listener told when an append found another ledger than before, or an older copy, and was refused: what was loaded
   * is to be forgotten. Answers how to have it told no longer. Absent where that can't be while a process has it open.
   */
  whenReplaced?(listener: () => void): () => void;

  /** Whether a text has the form of this store's positions. */
  isPosition(text: string): boolean;

  /** The position of the last event of all, or `undefined` while there is none. */
  lastPosition(): Promise<string | undefined>;

  /**
   * Why the engine lets nothing be appended, in one sentence: as long as it has said so lately, and has taken nothing since.
   * Not for a store that can always be written to.
   */
  appendsDenied?(): string | undefined;

  /** Waits for the appends under way and lets go of the engine. Idempotent. */
  close(): Promise<void>;
}
