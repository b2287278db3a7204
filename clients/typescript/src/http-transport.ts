import { CancelStream } from './cancel-stream.js';
import { TaskledgerRefusedError, TaskledgerUnavailableError } from './errors.js';
import { successData, type JsonHttp } from './json-http.js';
import { presentCancel } from './present-cancel.js';
import { presentStatus } from './present-status.js';
import type { RetryPolicy } from './retries.js';
import {
  outcomeOf,
  type CancelCommand,
  type CancelFacts,
  type Transport,
  type WireOutcome,
} from './transport.js';
import type { EventOutcome, TaskStatus } from './types.js';

/** Statuses by which an event itself is refused; any other (a proxy's, say) is no verdict on it, so it is kept. */
const VERDICTS: ReadonlySet<number> = new Set([400, 413]);

/** Taskledger over HTTP: events by POST, cancels heard of by the event stream, or by asking. */
export class HttpTransport implements Transport {
  readonly #cancels: CancelStream;

  /** @param pollIntervalMs How often a task's status is asked for while the event stream can't be had. */
  constructor(
    private readonly http: JsonHttp,
    retry: RetryPolicy,
    pollIntervalMs: number,
  ) {
    this.#cancels = new CancelStream(http, retry, pollIntervalMs);
  }

  /** One event goes in the structured mode, several in the batched mode (CloudEvents HTTP binding 1.0.2, section 3). */
  async send(texts: readonly string[]): Promise<EventOutcome[]> {
    const single = texts.length === 1;
    const type = single ? 'application/cloudevents+json' : 'application/cloudevents-batch+json';
    const body = single ? texts[0] : `[${texts.join(',')}]`;
    const answer = await this.http
      .request('POST', '/api/v1/events', body, { 'content-type': type })
      .catch(keptUnlessTooLarge);
    // A single event's outcome is the HTTP status as well, so a list of outcomes counts whatever the status.
    if (Array.isArray(answer.data) && answer.data.length === texts.length)
      return (answer.data as WireOutcome[]).map(outcomeOf);
    if (VERDICTS.has(answer.status))
      throw new TaskledgerRefusedError(answer.message, answer.status, answer.reason);
    const said = `Taskledger answered ${answer.status}, ${answer.message}, and no outcomes`;
    throw new TaskledgerUnavailableError(said, answer.retryAfterMs);
  }

  async cancel({ taskId, commandId, reason, actor }: CancelCommand): Promise<void> {
    // By the key, a cancel whose answer got lost is answered again as the first time, not as "already cancelled".
    const headers = { 'idempotency-key': commandId, 'content-type': 'application/json' };
    const body = JSON.stringify({ reason, actor });
    successData(await this.http.request('POST', `/api/v1/tasks/${taskId}/cancel`, body, headers));
  }

  watchCancel(taskId: number, onCancelled: (cancel: CancelFacts) => void): () => void {
    return this.#cancels.watch(taskId, onCancelled);
  }

  cancelOf(taskId: number): Promise<CancelFacts> {
    return presentCancel(this.http, taskId);
  }

  statusOf(taskId: number): Promise<TaskStatus> {
    return presentStatus(this.http, taskId);
  }

  async close(): Promise<void> {
    this.#cancels.close();
  }
}

/**
 * What does not even speak this API, such as a proxy while Taskledger is away, has not decided on the events. Only a request
 * that is too large for it will always be.
 */
function keptUnlessTooLarge(error: Error): never {
  if (!(error instanceof TaskledgerRefusedError) || error.status === 413) throw error;
  throw new TaskledgerUnavailableError(error.message, undefined, { cause: error });
}
