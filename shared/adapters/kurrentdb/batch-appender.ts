import type { KurrentDBClient } from '@kurrent/kurrentdb-client';
import type { AppendAnswer } from './append-answer.js';
import type { AppendRequest } from './append-request.js';
import { BatchCall } from './batch-call.js';
import { batchAppendCall } from './client-calls.js';
import type { KurrentDbConnection } from './kurrentdb-connection.js';
import { answerWithin } from './deadline.js';

/**
 * Appends over one BatchAppend call, which the store answers one by one, so that as many as there are can be under way.
 *
 * The client has the same in `appendToStream`. When the connection breaks while the store is slow to take what is sent,
 * that one leaves rejections which nobody can handle and which end the process (seen with 1.3.1: 200 appends of 100 kB to
 * a store that stood still and was killed); and an append that is never answered stays forever. Here every append ends.
 */
export class BatchAppender {
  readonly #connection: KurrentDbConnection;
  #opening: Promise<BatchCall> | undefined;
  /** The same, once it is open. */
  #call: BatchCall | undefined;
  readonly #checkLedger: () => Promise<void>;

  /** @param checkLedger Called with each call that is opened, before anything is sent; what it throws, its appends throw. */
  constructor(connection: KurrentDbConnection, checkLedger: () => Promise<void>) {
    this.#connection = connection;
    this.#checkLedger = checkLedger;
  }

  /**
   * What the store says of an append. One that is not answered is given up by itself; only where nothing at all is answered
   * meanwhile, the call goes with it, and whatever waits in it, as that is not going to be answered soon either.
   *
   * @param ms How long to wait for it.
   * @param beforeSent Called right before it is sent; what that throws keeps it from being sent.
   * @throws UnavailableError when it has not said what became of it.
   * @throws TooLargeForLedgerError when the append is too large for this store.
   */
  async append(request: AppendRequest, ms: number, beforeSent: () => void): Promise<AppendAnswer> {
    const what = `an append to ${request.append.stream}`;
    const sinceMs = performance.now();
    const { client } = this.#connection;
    const call = this.#call ?? (await this.#opened(what, ms));
    const leftMs = Math.max(sinceMs + ms - performance.now(), 1);
    beforeSent();
    const sent = call.send(request);
    return answerWithin(what, leftMs, sent.answer, () => {
      if (sent.giveUp() === 'others_answered') return;
      this.#leave(call);
      this.#connection.failed(client, new Error('Nothing was answered'), sinceMs);
    });
  }

  close(): void {
    if (this.#call !== undefined) this.#leave(this.#call);
  }

  #opened(what: string, ms: number): Promise<BatchCall> {
    const opening = (this.#opening ??= this.#open(this.#connection.client));
    return this.#connection.within(what, ms, opening, () => {
      if (this.#opening === opening) this.#opening = undefined;
      // Should it open yet, nobody needs it.
      opening.then(
        (call) => this.#leave(call),
        () => undefined,
      );
    });
  }

  /** Ends a call; what comes from now on has another one. */
  #leave(call: BatchCall): void {
    if (this.#call === call) this.#call = this.#opening = undefined;
    call.cancel();
  }

  #open(client: KurrentDBClient): Promise<BatchCall> {
    const answered = () => this.#connection.answered(client);
    const ended = (error: unknown) => {
      if (this.#opening === opening) this.#call = this.#opening = undefined;
      this.#connection.failed(client, error);
    };
    const opening = batchAppendCall(client).then(async (stream) => {
      const call = new BatchCall(stream, answered, ended);
      await this.#checkLedger().catch((error: unknown) => {
        call.cancel();
        throw error;
      });
      if (this.#opening === opening) this.#call = call;
      return call;
    });
    opening.catch(ended);
    return opening;
  }
}
