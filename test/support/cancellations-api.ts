import type { EventOutcome } from '../../shared/core/contracts/messages.js';
import { BATCH_EVENTS_MAX } from '../../shared/core/contracts/messages.js';

/** How often a state is asked for before a test gives up; each takes a millisecond or more. */
const ASKS_MAX = 60_000;

/** How often something is sent again while it is answered with 503, as on a machine that is busy with other tests. */
const TRIES_MAX = 50;

/** A cancellation as the API shows it, as far as tests look at it. */
export interface ShownCancellation {
  id: string;
  state: 'previewed' | 'running' | 'finished' | 'expired' | 'aborted';
  position: string;
  total: number;
  counts: { cancelled: number; refused: number; open: number };
}

/** What became of one task, as the API shows it. */
export interface ShownTaskOutcome {
  task_id: number;
  outcome: 'cancelled' | 'refused' | 'open';
  code: string | null;
  message: string | null;
}

/** A lifecycle event of a pipeline that cancellations come in the way of. */
export function pipelineEvent(type: string, subject: string, data: object = {}): Record<string, unknown> {
  const id = `${subject}/${type}`;
  return { specversion: '1.0', id, source: '/many', type: `task.${type}`, subject, data };
}

/** A user of the API: scripts a bulk cancel as anybody would. */
export class CancellationsApi {
  constructor(readonly url: string) {}

  /** Sends events in batches. @returns What became of each, in the order sent. */
  async publish(events: object[], batchEvents = BATCH_EVENTS_MAX): Promise<EventOutcome[]> {
    const outcomes: EventOutcome[] = [];
    for (let first = 0; first < events.length; first += batchEvents) {
      const batch = events.slice(first, first + batchEvents);
      const { data } = await this.post<EventOutcome[]>(
        '/api/v1/events',
        batch,
        'application/cloudevents-batch+json',
      );
      outcomes.push(...data);
    }
    return outcomes;
  }

  preview(filter: object, reason?: string): Promise<{ status: number; data: ShownCancellation }> {
    return this.post('/api/v1/cancellations', { filter, reason });
  }

  execute(id: string): Promise<{ status: number; data: ShownCancellation }> {
    return this.post(`/api/v1/cancellations/${id}/execute`, {});
  }

  abort(id: string): Promise<{ status: number; data: ShownCancellation }> {
    return this.post(`/api/v1/cancellations/${id}/abort`, {});
  }

  /** The newest of all cancellations. */
  async list(): Promise<ShownCancellation[]> {
    const response = await fetch(`${this.url}/api/v1/cancellations`);
    return ((await response.json()) as { data: ShownCancellation[] }).data;
  }

  /** How the cancels of the newest cancelled tasks were taken. */
  async cancelSummary(): Promise<{ tasks: number; by_project: object[] }> {
    const response = await fetch(`${this.url}/api/v1/cancels/summary`);
    return ((await response.json()) as { data: { tasks: number; by_project: object[] } }).data;
  }

  async show(id: string): Promise<ShownCancellation> {
    const response = await fetch(`${this.url}/api/v1/cancellations/${id}`);
    return ((await response.json()) as { data: ShownCancellation }).data;
  }

  /** Asks until the cancellation meets a condition. */
  async until(id: string, condition: (shown: ShownCancellation) => boolean): Promise<ShownCancellation> {
    for (let asks = 0; asks < ASKS_MAX; asks++) {
      const shown = await this.show(id);
      if (condition(shown)) return shown;
    }
    throw new Error(`Cancellation ${id} did not get there: ${JSON.stringify(await this.show(id))}`);
  }

  /** What became of all of its tasks, page by page. */
  async outcomes(id: string): Promise<ShownTaskOutcome[]> {
    const all: ShownTaskOutcome[] = [];
    let next: string | undefined = `/api/v1/cancellations/${id}/tasks?limit=1000`;
    while (next !== undefined) {
      const response: Response = await fetch(this.url + next);
      all.push(...((await response.json()) as { data: ShownTaskOutcome[] }).data);
      next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    }
    return all;
  }

  private async post<Data>(
    path: string,
    body: object,
    type = 'application/json',
  ): Promise<{ status: number; data: Data }> {
    const request = { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(body) };
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const response = await fetch(this.url + path, request);
      const { data } = (await response.json()) as { data: Data };
      if (response.status !== 503) return { status: response.status, data };
    }
    throw new Error(`${path} is not to be had`);
  }
}
