import { randomUUID } from 'node:crypto';
import clientMessages from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js';
import type streamMessages from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js';
import { appendAnswer, type AppendAnswer } from './append-answer.js';
import type { AppendRequest } from './append-request.js';
import type { BatchAppendCall } from './client-calls.js';
import { asUnavailable } from './deadline.js';

interface PendingAppend {
  stream: string;
  resolve(answer: AppendAnswer): void;
  reject(error: Error): void;
}

/** An append that was sent. */
export interface SentAppend {
  answer: Promise<AppendAnswer>;
  /** Lets go of it: its answer is of no use any more. Says whether the store has answered anything since it was sent. */
  giveUp(): 'others_answered' | 'nothing_answered';
}

/** One BatchAppend call and what waits for its answers. */
export class BatchCall {
  readonly #stream: BatchAppendCall;
  readonly #onAnswer: () => void;
  readonly #pending = new Map<string, PendingAppend>();
  #answers = 0;
  #ended: Error | undefined;

  /**
   * @param onAnswer Told of each answer.
   * @param onEnd Told once why the call has ended.
   */
  constructor(stream: BatchAppendCall, onAnswer: () => void, onEnd: (error: unknown) => void) {
    this.#stream = stream;
    this.#onAnswer = onAnswer;
    stream.on('data', (response: streamMessages.BatchAppendResp) => this.#answer(response));
    const end = (error: unknown) => {
      if (this.#ended !== undefined) return;
      this.#ended = asUnavailable('the connection for appends', error);
      onEnd(error);
      for (const pending of this.#pending.values()) pending.reject(this.#ended);
      this.#pending.clear();
    };
    stream.on('error', end);
    stream.on('end', () => end(new Error('The store has ended it')));
  }

  send({ append, message }: AppendRequest): SentAppend {
    const id = randomUUID();
    const answersBefore = this.#answers;
    const answer = new Promise<AppendAnswer>((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended);
        return;
      }
      const correlationId = new clientMessages.UUID();
      correlationId.setString(id);
      message.setCorrelationId(correlationId);
      this.#pending.set(id, { stream: append.stream, resolve, reject });
      this.#stream.write(message);
    });
    const giveUp = () => {
      this.#pending.delete(id);
      return this.#answers > answersBefore ? 'others_answered' : 'nothing_answered';
    };
    return { answer, giveUp };
  }

  cancel(): void {
    this.#stream.cancel();
  }

  #answer(response: streamMessages.BatchAppendResp): void {
    this.#answers++;
    this.#onAnswer();
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
