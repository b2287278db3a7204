import { randomUUID } from 'node:crypto';
import clientMessages from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js';
import type streamMessages from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js';
import { UnavailableError } from '../../contracts/errors.js';
import { appendAnswer, type AppendAnswer } from './append-answer.js';
import type { AppendRequest } from './append-request.js';
import { batchAppendCall, type BatchAppendCall } from './client-calls.js';
import type { KurrentDbConnection } from './connection.js';
import { asUnavailable, within } from './deadline.js';

/** How long an append may take; what became of it is unknown then. */
export const APPEND_MS_MAX = 5_000;

/** The most events and bytes under way at the same time; what comes beyond is refused. */
export const PENDING_EVENTS_MAX = 100_000;
export const PENDING_BYTES_MAX = 64 * 1024 * 1024;

interface PendingAppend {
  stream: string;
  resolve(answer: AppendAnswer): void;
  reject(error: Error): void;
}

/**
 * Appends over one BatchAppend call, which the store answers one by one, so that as many as there are can be under way.
 *
 * The client has the same in `appendToStream`. When the connection breaks while the store is slow to take what is sent,
 * that one leaves rejections which nobody can handle and which end the process (seen with 1.3.1: 200 appends of 100 kB to
 * a store that stood still and was killed); and an append that is never answered stays forever. Here every append ends.
 */
export class BatchAppender {
  readonly #connection: KurrentDbConnection;
  #call: Promise<BatchCall> | undefined;
  #pendingEvents = 0;
  #pendingBytes = 0;

  constructor(connection: KurrentDbConnection) {
    this.#connection = connection;
  }

  /**
   * @throws UnavailableError when there is no answer in time, or too much is under way.
   * @throws InvalidRequestError when the append is too large for this store.
   */
  async append(request: AppendRequest): Promise<AppendAnswer> {
    const what = `an append to ${request.append.stream}`;
    // Whatever else waits in the same call is not going to be answered soon either, and its buffers are let go of.
    return within(what, APPEND_MS_MAX, this.#append(request), () => this.#cancelCall());
  }

  close(): void {
    this.#cancelCall();
  }

  async #append({ append, message, bytes }: AppendRequest): Promise<AppendAnswer> {
    const events = append.events.length;
    if (this.#pendingEvents + events > PENDING_EVENTS_MAX || this.#pendingBytes + bytes > PENDING_BYTES_MAX) {
      throw new UnavailableError(
        `KurrentDB has ${this.#pendingEvents} events waiting to be appended; try again later`,
      );
    }
    this.#pendingEvents += events;
    this.#pendingBytes += bytes;
    try {
      this.#call ??= this.#open();
      const call = await this.#call;
      return await new Promise<AppendAnswer>((resolve, reject) => {
        call.send(message, { stream: append.stream, resolve, reject });
      });
    } finally {
      this.#pendingEvents -= events;
      this.#pendingBytes -= bytes;
    }
  }

  #cancelCall(): void {
    this.#call?.then(
      (call) => call.cancel(),
      () => undefined,
    );
  }

  #open(): Promise<BatchCall> {
    const { client } = this.#connection;
    const ended = (error: unknown) => {
      if (this.#call === opening) this.#call = undefined;
      this.#connection.failed(client, error);
    };
    const opening = batchAppendCall(client).then((stream) => new BatchCall(stream, ended));
    opening.catch(ended);
    return opening;
  }
}

/** One BatchAppend call and what waits for its answers. */
class BatchCall {
  readonly #stream: BatchAppendCall;
  readonly #pending = new Map<string, PendingAppend>();
  #ended: Error | undefined;

  constructor(stream: BatchAppendCall, ended: (error: unknown) => void) {
    this.#stream = stream;
    stream.on('data', (response: streamMessages.BatchAppendResp) => this.#answer(response));
    const end = (error: unknown) => {
      if (this.#ended !== undefined) return;
      this.#ended = asUnavailable('the connection for appends', error);
      ended(error);
      for (const pending of this.#pending.values()) pending.reject(this.#ended);
      this.#pending.clear();
    };
    stream.on('error', end);
    stream.on('end', () => end(new Error('The store has ended it')));
  }

  send(message: streamMessages.BatchAppendReq, pending: PendingAppend): void {
    if (this.#ended !== undefined) {
      pending.reject(this.#ended);
      return;
    }
    const id = randomUUID();
    const correlationId = new clientMessages.UUID();
    correlationId.setString(id);
    message.setCorrelationId(correlationId);
    this.#pending.set(id, pending);
    this.#stream.write(message);
  }

  cancel(): void {
    this.#stream.cancel();
  }

  #answer(response: streamMessages.BatchAppendResp): void {
    const id = response.getCorrelationId()?.getString() ?? '';
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    try {
      pending.resolve(appendAnswer(pending.stream, response));
    } catch (error) {
      pending.reject(error as Error);
    }
  }
}
