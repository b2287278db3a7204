import { CorruptStoreError, TaskledgerError, UnavailableError } from '../../core/contracts/errors.js';
import type { SubscribeOptions, SubscriptionBatch } from '../../core/ports/event-store.js';
import { Backoff } from '../../kit/backoff.js';
import type { KurrentDbConnection } from './kurrentdb-connection.js';
import { asUnavailable } from './deadline.js';
import { FollowedLedger } from './followed-ledger.js';
import type { LedgerIdentity } from './ledger-identity.js';
import { BEFORE_ALL, parsePosition } from './position.js';
import { SharedReads } from './shared-reads.js';

/** How long a subscription that has lost its connection tries to get it back before it gives up. */
const RESUME_MS_MAX = 30_000;

const RETRY_MS = { first: 100, max: 2_000 };

/** Those who follow the ledger; those of the same streams share what is read. */
export class LedgerSubscriptions {
  readonly #connection: KurrentDbConnection;
  readonly #identity: LedgerIdentity;
  /** By the prefix of the streams, as long as somebody follows. */
  readonly #reads = new Map<string, SharedReads>();

  constructor(connection: KurrentDbConnection, identity: LedgerIdentity) {
    this.#connection = connection;
    this.#identity = identity;
  }

  /**
   * All events after a position and then those that come, across lost connections: each time it goes on after the position
   * that was given last, so that nothing is left out and nothing comes twice. Ends quietly when the signal fires.
   *
   * @throws UnavailableError when the store is away at the start, or for longer than `RESUME_MS_MAX`.
   * @throws CorruptStoreError when it is another ledger, or an older copy, after a connection was lost.
   * @throws InvalidRequestError for a position that is none.
   */
  async *subscribe(
    { afterPosition, streamPrefix = '' }: SubscribeOptions,
    signal: AbortSignal,
  ): AsyncGenerator<SubscriptionBatch> {
    if (afterPosition !== undefined) parsePosition(afterPosition);
    if (signal.aborted) return;
    const reads = this.#reads.get(streamPrefix) ?? new SharedReads(this.#connection, streamPrefix);
    this.#reads.set(streamPrefix, reads);
    const leave = reads.join();
    try {
      yield* this.#follow(reads, afterPosition, signal);
    } catch (error) {
      // What was read of another ledger is given to nobody who begins now.
      if (error instanceof CorruptStoreError) this.#forget(streamPrefix, reads);
      throw error;
    } finally {
      if (leave()) this.#forget(streamPrefix, reads);
    }
  }

  #forget(streamPrefix: string, reads: SharedReads): void {
    if (this.#reads.get(streamPrefix) === reads) this.#reads.delete(streamPrefix);
  }

  async *#follow(
    reads: SharedReads,
    after: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<SubscriptionBatch> {
    const followed = new FollowedLedger(this.#identity, after);
    /** The connection on which it was made sure that this is the ledger that is followed. */
    let sureOn: unknown;
    let position = after ?? BEFORE_ALL;
    let toldCaughtUp = false;
    /** When it must be back, while it is lost; at the start there is nothing to get back. */
    let untilMs = 0;
    const backoff = new Backoff(RETRY_MS);
    while (!signal.aborted) {
      try {
        const { client } = this.#connection;
        if (sureOn !== client) await followed.check();
        sureOn = client;
        const page = await unlessAborted(reads.after(position), signal);
        if (page === undefined) return;
        untilMs = Infinity;
        backoff.reset();
        const { events, to, isEnd } = page;
        const isNews = to > position || (isEnd && !toldCaughtUp);
        position = to;
        if (isNews) {
          toldCaughtUp = isEnd;
          followed.saw(events);
          yield { events, position: to === BEFORE_ALL ? undefined : to, caughtUp: isEnd };
        }
        // A client connects again by itself: an older copy may stand there then, which is silent up to this place.
        if (isEnd && !(await reads.more(position, signal))) sureOn = undefined;
      } catch (error) {
        if (signal.aborted) return;
        sureOn = undefined;
        if (error instanceof TaskledgerError && !(error instanceof UnavailableError)) throw error;
        if (untilMs === Infinity) untilMs = Date.now() + RESUME_MS_MAX;
        if (Date.now() >= untilMs) throw asUnavailable('a subscription', error);
        await backoff.wait(signal);
      }
    }
  }
}

/** What a promise comes to; `undefined` when the signal fires first. */
async function unlessAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal,
): Promise<Value | undefined> {
  let fire: () => void = () => undefined;
  const aborted = new Promise<undefined>((resolve) => (fire = () => resolve(undefined)));
  signal.addEventListener('abort', fire);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', fire);
  }
}
