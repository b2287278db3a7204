import { Counter, Histogram, Registry } from 'prom-client';
import { LIFECYCLE_EVENT_TYPES } from '../../core/contracts/event-types.js';
import type { IngestOutcome } from '../../core/contracts/messages.js';
import type { Reason } from '../../core/contracts/reasons.js';
import { isJsonObject } from '../../core/contracts/strict-json.js';
import type { EventStore } from '../../core/ports/event-store.js';

/** How long an append took is counted in these classes, in seconds. */
const APPEND_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How an event came: as part of a request that is answered, or left in the stream. */
export type IntakeWay = 'request' | 'stream';

const TYPES: ReadonlySet<unknown> = new Set(LIFECYCLE_EVENT_TYPES);

/** What a command service counts of itself. */
export class CommandMetrics {
  private readonly events: Counter;
  private readonly appends: Histogram;

  constructor(private readonly registry = new Registry()) {
    this.events = new Counter({
      name: 'taskledger_intake_events_total',
      help: 'Events that were taken in or refused, by how they came, their type, and why',
      labelNames: ['via', 'type', 'reason'],
      registers: [registry],
    });
    this.appends = new Histogram({
      name: 'taskledger_append_duration_seconds',
      help: 'Time from the call of an append to the ledger to its answer, or its failure',
      buckets: APPEND_BUCKETS_SECONDS,
      registers: [registry],
    });
  }

  /** Counts what became of an event. */
  countEvent(via: IntakeWay, event: unknown, reason: Reason): void {
    this.events.inc({ via, type: typeOf(event), reason });
  }

  /** The same for the events of a request, of which many are of a kind: the library's work is done once for each kind. */
  countEvents(via: IntakeWay, events: readonly unknown[], outcomes: readonly IngestOutcome[]): void {
    const kinds = new Map<string, { type: string; reason: Reason; count: number }>();
    for (const [index, { reason }] of outcomes.entries()) {
      const type = typeOf(events[index]);
      const name = `${type} ${reason}`;
      const kind = kinds.get(name);
      if (kind === undefined) kinds.set(name, { type, reason, count: 1 });
      else kind.count++;
    }
    for (const { type, reason, count } of kinds.values()) this.events.inc({ via, type, reason }, count);
  }

  /** The same store, whose appends are timed. */
  timed(store: EventStore): EventStore {
    const time = async <Answer>(append: () => Promise<Answer>): Promise<Answer> => {
      const begunMs = performance.now();
      try {
        return await append();
      } finally {
        this.appends.observe((performance.now() - begunMs) / 1000);
      }
    };
    const timedCalls: Partial<EventStore> = {
      append: (appends) => time(() => store.append(appends)),
      appendInOrder: (appends) => time(() => store.appendInOrder(appends)),
    };
    return new Proxy(store, {
      get(target, name) {
        const call = timedCalls[name as keyof EventStore] ?? (Reflect.get(target, name) as unknown);
        // Whatever else it can do is its own affair.
        return typeof call === 'function' ? (call.bind(target) as unknown) : call;
      },
    });
  }

  /** Everything in Prometheus' text format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}

/** The end of the type, of those that there are: anything may stand there. */
function typeOf(event: unknown): string {
  const type = isJsonObject(event) ? event.type : undefined;
  return TYPES.has(type) ? (type as string).replace(/^task\./, '') : 'other';
}
