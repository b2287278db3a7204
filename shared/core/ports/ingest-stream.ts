import type { Caller } from '../contracts/caller.js';
import type { Reason } from '../contracts/reasons.js';

/** What a publisher that does not wait for an answer has left. */
export interface IngestMessage {
  /** Its place in the stream. */
  sequence: number;
  /** Where it was published to. */
  subject: string;
  /** Milliseconds since 1970, by the clock of the stream's server. */
  publishedAtMs: number;
  /** As it came, not checked in any way; of an event in binary mode, the same in structured mode. */
  body: Uint8Array;
  /** Why it holds no event, where its headers say so already; it is parked with these. */
  fault?: string;
  /** Who has left it, as far as that is believed on its subject. */
  caller: Caller;
  /** What it belongs to, as W3C Trace Context has it, where it says so. */
  traceparent: string | undefined;
  /** It has been dealt with: it need not come again. */
  ack(): void;
}

/** Why something is parked; also the end of its subject. */
export type ParkingCode =
  /** It is no event, or none that is well formed. */
  | 'malformed'
  /** Its task does not exist, and was not created in time. */
  | 'unknown_task'
  /** The ledger's record of its task can't be read or written by this program. */
  | 'broken_task'
  /** It is larger than what the ledger's engine takes. */
  | 'too_large';

/** Something that can't be appended. */
export interface ParkedEvent {
  code: ParkingCode;
  /** Why it can't be appended. */
  reason: Reason;
  /** The same in one sentence for whoever looks after it. */
  message: string;
  /** The message that it came in, or the one event of it that is parked. */
  body: Uint8Array;
}

/** The time in which one process alone takes messages. */
export interface IngestLease {
  /** The term's number, as `Lease.epoch`. */
  readonly epoch: number;

  /** Fires when the term is lost: what is in flight will be given to whoever has the next one. */
  readonly lost: AbortSignal;

  /**
   * The messages in the stream's order, from the first that has not been acknowledged on: each once, and again in
   * another term when it was not acknowledged in this one. Ends when the signal fires.
   *
   * @throws UnavailableError when the term is lost: to another process, or since the engine is unavailable.
   */
  messages(signal: AbortSignal): AsyncIterable<IngestMessage>;

  /**
   * Puts something where somebody will look after it. When it answers, it is on disk there.
   *
   * @throws UnavailableError when the engine is unavailable: whether it was kept is then unknown.
   */
  park(message: IngestMessage, parked: ParkedEvent, index: number): Promise<void>;

  /** Sends the acknowledgements that are on their way and lets another process have the next term. Idempotent. */
  end(): Promise<void>;
}

/** What lies in the stream and beside it, whoever's term it is. */
export interface IngestBacklog {
  /** How many messages have not been acknowledged. */
  waiting: number;
  /** When the first of them was published, in milliseconds since 1970 by the clock of the stream's server. */
  oldestAtMs: number | undefined;
  /** How many messages are parked: those of every process there ever was, less those that somebody has looked after. */
  parked: number;
}

/** The stream in which events wait until the ledger has taken them. */
export interface IngestStream {
  /**
   * Waits until it is this process's term: one process works at a time, and the others stand by.
   *
   * @throws UnavailableError when the engine is unavailable, or the signal has fired.
   */
  takeLease(signal: AbortSignal): Promise<IngestLease>;

  /**
   * What lies there now.
   *
   * @throws UnavailableError when the engine is unavailable, or has no such stream, or has it on no server that is there.
   */
  backlog(): Promise<IngestBacklog>;

  /** Lets go of the engine. Idempotent. */
  close(): Promise<void>;
}
