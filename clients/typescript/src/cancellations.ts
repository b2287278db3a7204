import type { JsonHttp } from './json-http.js';
import { linkedPages } from './linked-pages.js';
import { withRetries, type RetryPolicy } from './retries.js';
import { queryOf, wireFilter } from './task-query.js';
import type { JsonObject, Task, TaskFilter } from './types.js';
import type * as Wire from './wire.js';
import { shown, type Shown } from './wire-form.js';

/** A cancel of many tasks: first previewed, then executed. */
export interface Cancellation {
  id: string;
  state: 'previewed' | 'running' | 'finished' | 'expired' | 'aborted';
  /** As it was sent. */
  filter: JsonObject;
  reason: string | null;
  /** The ledger position at which exactly these tasks were open and matched. */
  position: string | null;
  total: number;
  /** The first 100. */
  tasks: Task[];
  /** `refused`: ended by themselves before; `open`: not tried yet. */
  counts: { cancelled: number; refused: number; open: number };
  createdAt: Date;
  expiresAt: Date;
}

/** What became of one task of a cancellation. */
export type CancellationOutcome = Shown<Wire.TaskOutcome>;

/** Cancels many tasks at once. All of it throws TaskledgerRefusedError and TaskledgerUnavailableError. */
export class Cancellations {
  constructor(
    private readonly http: JsonHttp,
    private readonly retry: RetryPolicy,
  ) {}

  /** Finds exactly the open tasks that match now, and puts them on record. Cancels nothing. */
  preview(
    filter: TaskFilter,
    { reason, actor }: { reason?: string; actor?: string } = {},
  ): Promise<Cancellation> {
    return this.#post('', { filter: wireFilter(filter), reason, actor });
  }

  /** Cancels the tasks of a preview that are still open. Called again, it goes on where it stood. */
  execute(id: string, { actor }: { actor?: string } = {}): Promise<Cancellation> {
    return this.#post(`/${encodeURIComponent(id)}/execute`, { actor });
  }

  /**
   * Has no more of its tasks cancelled; what is done stays done. A preview that was aborted is never executed. Called again, it is
   * the same end.
   */
  abort(id: string, { actor }: { actor?: string } = {}): Promise<Cancellation> {
    return this.#post(`/${encodeURIComponent(id)}/abort`, { actor });
  }

  /** Those whose previews hold tasks, newest first, without their tasks. */
  async *list(): AsyncGenerator<Omit<Cancellation, 'tasks'>> {
    for await (const { data } of linkedPages(this.http, this.retry, '/api/v1/cancellations?limit=100'))
      yield* (data as Wire.ListedCancellation[]).map(listedOf);
  }

  /** A cancellation and how far it has come. */
  async get(id: string): Promise<Cancellation> {
    const path = `/api/v1/cancellations/${encodeURIComponent(id)}`;
    const data = await withRetries(this.retry, () => this.http.data('GET', path));
    return cancellationOf(data as Wire.Cancellation);
  }

  /** What became of each task, in the order of the preview. */
  async *outcomes(
    id: string,
    { outcome }: { outcome?: CancellationOutcome['outcome'] } = {},
  ): AsyncGenerator<CancellationOutcome> {
    const query = queryOf({}, { outcome, limit: 1000 });
    const first = `/api/v1/cancellations/${encodeURIComponent(id)}/tasks${query}`;
    for await (const { data } of linkedPages(this.http, this.retry, first))
      yield* (data as Wire.TaskOutcome[]).map(shown);
  }

  async #post(path: string, body: object): Promise<Cancellation> {
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json' };
    const data = await withRetries(this.retry, () =>
      this.http.data('POST', `/api/v1/cancellations${path}`, text, headers),
    );
    return cancellationOf(data as Wire.Cancellation);
  }
}

function cancellationOf(wire: Wire.Cancellation): Cancellation {
  return { ...listedOf(wire), tasks: wire.tasks.map(shown) };
}

function listedOf(wire: Wire.ListedCancellation): Omit<Cancellation, 'tasks'> {
  const { id, state, filter, reason, position, total, counts, createdAt, expiresAt } = shown(wire);
  return { id, state, filter, reason, position, total, counts, createdAt, expiresAt };
}
