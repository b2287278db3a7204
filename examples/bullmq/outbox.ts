import { setTimeout as delay } from 'node:timers/promises';

/** A lifecycle event, a CloudEvent 1.0. */
export interface LifecycleEvent {
  id: string;
  type: string;
  subject: string;
  time: string;
  data: object;
}

/** How an event was answered. */
interface Outcome {
  outcome: 'accepted' | 'duplicate' | 'rejected' | 'unavailable';
  reason: string;
  message: string;
}

const BATCH_EVENTS_MAX = 500;
const WAITING_EVENTS_MAX = 100_000;
const REQUEST_MS_MAX = 10_000;
const RETRY_WAIT_MS = 500;

/** Sends events in their order until each is answered; again under the same id, which has no second effect. */
export class Outbox {
  readonly #waiting: LifecycleEvent[] = [];
  #sending: Promise<void> | undefined;

  /** @param onRejected Is told what Taskledger does not take, mostly since the task has ended already. */
  constructor(
    private readonly url: string,
    private readonly source: string,
    private readonly onRejected: (event: LifecycleEvent, reason: string, message: string) => void,
  ) {}

  /** @throws Error when too much waits: the bridge is to end, and to begin anew with what the queue remembers. */
  put(event: LifecycleEvent): void {
    if (this.#waiting.push(event) > WAITING_EVENTS_MAX)
      throw new Error(`More than ${WAITING_EVENTS_MAX} events wait for Taskledger`);
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined));
  }

  /** Resolves once everything is answered. */
  async flushed(): Promise<void> {
    while (this.#sending !== undefined) await this.#sending;
  }

  async #sendAll(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH_EVENTS_MAX);
      const outcomes = await this.#post(batch).catch(() => undefined);
      const left = batch.filter((event, at) => {
        const { outcome, reason, message } = outcomes?.[at] ?? { outcome: 'unavailable' };
        if (outcome === 'rejected') this.onRejected(event, reason ?? '', message ?? '');
        return outcome === 'unavailable';
      });
      this.#waiting.splice(0, batch.length, ...left);
      if (left.length > 0) await delay(RETRY_WAIT_MS);
    }
  }

  async #post(events: LifecycleEvent[]): Promise<Outcome[] | undefined> {
    const body = events.map((event) => ({ specversion: '1.0', source: this.source, ...event }));
    const response = await fetch(`${this.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_MS_MAX),
    });
    const { data } = (await response.json()) as { data: Outcome[] | null };
    return data?.length === events.length ? data : undefined;
  }
}
