import { setImmediate } from 'node:timers/promises';
import { InvalidRequestError, UnavailableError } from '../../../core/contracts/errors.js';
import type { AppendOutcome } from '../../../core/ports/event-store.js';
import { COMMIT_BODY_BYTES_MAX } from '../event-log/commit-frame.js';
import type { EncodedAppend } from './encoded-append.js';

/** The most events and bytes that wait for a commit; what comes beyond is refused. */
export const QUEUED_EVENTS_MAX = 100_000;
export const QUEUED_BYTES_MAX = 64 * 1024 * 1024;

/** One commit takes no further call once it has so much. */
const COMMIT_EVENTS_MAX = 5_000;
const COMMIT_BYTES_MAX = 16 * 1024 * 1024;

/** A call that is larger is worth the other thread's while. */
const ALONE_BYTES_MAX = 16 * 1024;

/** What one call of `append` waits for. */
export interface QueuedCall {
  appends: readonly EncodedAppend[];
  /** Whether the first conflict ends it. */
  inOrder: boolean;
  events: number;
  bytes: number;
  resolve(outcomes: AppendOutcome[]): void;
  reject(error: Error): void;
}

/**
 * Writes some calls in one commit, and answers each of them.
 *
 * @param alone Whether it is a small one that comes by itself, after none was under way.
 */
type Commit = (calls: readonly QueuedCall[], alone: boolean) => Promise<void>;

/**
 * Group commit: calls wait while a commit is under way, and all that have gathered go into the next one.
 */
export class AppendQueue {
  readonly #commit: Commit;
  #calls: QueuedCall[] = [];
  #events = 0;
  #bytes = 0;
  #running: Promise<void> | undefined;

  constructor(commit: Commit) {
    this.#commit = commit;
  }

  /** Answers when the appends are on disk; rejects with UnavailableError when too much is waiting, and InvalidRequestError for more than a commit may have. */
  add(appends: readonly EncodedAppend[], inOrder: boolean): Promise<AppendOutcome[]> {
    const { events, bytes } = size(appends);
    if (bytes > COMMIT_BODY_BYTES_MAX) {
      throw new InvalidRequestError(
        `The events of one append must have at most ${COMMIT_BODY_BYTES_MAX} bytes, not ${bytes}`,
      );
    }
    if (this.#events + events > QUEUED_EVENTS_MAX || this.#bytes + bytes > QUEUED_BYTES_MAX) {
      throw new UnavailableError(
        `The ledger has ${this.#events} events waiting to be written; try again later`,
      );
    }
    this.#events += events;
    this.#bytes += bytes;
    return new Promise((resolve, reject) => {
      this.#calls.push({ appends, inOrder, events, bytes, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Waits until nothing waits any more. */
  async drained(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // What comes within the same turn of the event loop shares a commit.
    await setImmediate();
    for (let first = true; this.#calls.length > 0; first = false) {
      const calls = this.#take();
      const alone = first && calls.length === 1 && (calls[0]?.bytes ?? 0) <= ALONE_BYTES_MAX;
      await this.#commit(calls, alone);
      // Everyone who was just answered gets the chance to be part of the next commit: this waits for all of them.
      await new Promise<void>((resolve) => process.nextTick(resolve));
    }
    this.#running = undefined;
  }

  #take(): QueuedCall[] {
    let count = 0;
    let eventsTaken = 0;
    let bytesTaken = 0;
    for (const { events, bytes } of this.#calls) {
      if (eventsTaken >= COMMIT_EVENTS_MAX || bytesTaken >= COMMIT_BYTES_MAX) break;
      if (bytesTaken + bytes > COMMIT_BODY_BYTES_MAX) break;
      eventsTaken += events;
      bytesTaken += bytes;
      count++;
    }
    this.#events -= eventsTaken;
    this.#bytes -= bytesTaken;
    if (count === this.#calls.length) {
      const taken = this.#calls;
      this.#calls = [];
      return taken;
    }
    return this.#calls.splice(0, count);
  }
}

function size(appends: readonly EncodedAppend[]): { events: number; bytes: number } {
  let events = 0;
  let bytes = 0;
  for (const append of appends) {
    events += append.records.length;
    bytes += append.bytes;
  }
  return { events, bytes };
}
