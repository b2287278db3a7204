import { isRightfullySent, type EventIngest } from '../../shared/core/application/event-ingest.js';
import { ANONYMOUS_CALLER } from '../../shared/core/contracts/caller.js';
import { isLedgerRefusal, UnavailableError } from '../../shared/core/contracts/errors.js';
import { withExactIntegers } from '../../shared/core/contracts/exact-integers.js';
import { outcomesIn } from '../../shared/core/contracts/ingest-reply.js';
import { RefusedJson } from '../../shared/core/contracts/json-items.js';
import { JsonText } from '../../shared/core/contracts/json-text.js';
import type { IngestOutcome } from '../../shared/core/contracts/messages.js';
import { isJsonObject } from '../../shared/core/contracts/strict-json.js';
import { SERVICE_SUBJECT, serviceIngestSubject } from '../../shared/core/contracts/subjects.js';
import { utf8Length } from '../../shared/core/contracts/utf8.js';
import { digest } from '../../shared/core/domain/digest.js';
import type { Clock } from '../../shared/core/ports/clock.js';
import type { MessageBus, RequestContext } from '../../shared/core/ports/message-bus.js';

/** So many that each of a few services has about the same number of them. */
const PARTITIONS = 64;
/** How long a partition stays with a service: then one that has come later may get it, or one that had failed. */
const PARTITION_MS_MAX = 30_000;
/** How long the other service may take: one that was stopped in the middle is not waited for much longer. */
const REPLY_MS_MAX = 3_000;

interface Partition {
  service: Promise<string>;
  /** Its id, once it is known. */
  serviceId?: string;
  untilMs: number;
}

/** What the events of a task are taken in by. */
export type TaskIngest = Pick<EventIngest, 'ingest' | 'taskIdOfKey'>;

/**
 * Spreads the tasks whose events one command service takes from the stream over all there are, each task staying with one of
 * them as long as that answers: what it has loaded of a task is of use for the task's next event. Whoever calls keeps the
 * order of a task's events: it hands over the next when the one before is answered, or was handed over again.
 *
 * Of another service only what settles an event is believed. What would have events wait, or be put aside, is found out here:
 * the other one may be without the ledger, or of another version or other settings. What it has taken in is a duplicate then.
 * Nothing is handed over that its sender may not send: a version from before there were rights would take it.
 */
export class SpreadIngest implements TaskIngest {
  readonly #partitions = new Map<number, Partition>();
  /** Services that have not answered, and until when nothing goes to them. */
  readonly #failedUntilMs = new Map<string, number>();

  constructor(
    private readonly deps: { bus: MessageBus; here: TaskIngest; serviceId: string; clock: Clock },
  ) {}

  /**
   * As `EventIngest.ingest`, for events of one task.
   *
   * @throws UnavailableError when another service does not answer: the same events may be handed over again at once.
   */
  async ingest(events: readonly unknown[], context: RequestContext): Promise<IngestOutcome[]> {
    const { bus, here, serviceId, clock } = this.deps;
    const partition = partitionOf(events[0]);
    const service = await this.#serviceOf(partition);
    const isOurs = service === serviceId || !events.every((event) => isRightfullySent(event, context));
    const text = isOurs ? undefined : textOf(events, bus.requestBytesMax);
    if (text === undefined) return here.ingest(events, context);
    const deadlineMs = Math.min(context.deadlineMs, clock.nowMs() + REPLY_MS_MAX);
    try {
      const reply = await bus.request(serviceIngestSubject(service), text, { ...context, deadlineMs });
      const outcomes = outcomesIn(reply);
      if (outcomes.length === events.length && outcomes.every(isSettled)) return outcomes;
      if (outcomes.some(({ outcome }) => outcome === 'unavailable')) this.#failed(service);
    } catch (error) {
      if (error instanceof UnavailableError) {
        this.#failed(service);
        throw error;
      }
    }
    return here.ingest(events, context);
  }

  taskIdOfKey(key: string): Promise<number | undefined> {
    return this.deps.here.taskIdOfKey(key);
  }

  #serviceOf(partition: number): Promise<string> {
    const nowMs = this.deps.clock.nowMs();
    const known = this.#partitions.get(partition);
    if (known !== undefined && known.untilMs > nowMs) return known.service;
    const taken: Partition = { service: this.#anyService(), untilMs: nowMs + PARTITION_MS_MAX };
    this.#partitions.set(partition, taken);
    void taken.service.then((id) => (taken.serviceId = id));
    return taken.service;
  }

  /** One that answers; this one where no other does. */
  async #anyService(): Promise<string> {
    const { bus, serviceId, clock } = this.deps;
    const nowMs = clock.nowMs();
    try {
      const options = { ...ANONYMOUS_CALLER, deadlineMs: nowMs + REPLY_MS_MAX };
      const { id } = (await bus.request(SERVICE_SUBJECT, {}, options)) as { id: string };
      return (this.#failedUntilMs.get(id) ?? 0) > nowMs ? serviceId : id;
    } catch {
      return serviceId;
    }
  }

  /** What went to a service goes to others. */
  #failed(service: string): void {
    const nowMs = this.deps.clock.nowMs();
    for (const [id, untilMs] of this.#failedUntilMs) if (untilMs <= nowMs) this.#failedUntilMs.delete(id);
    this.#failedUntilMs.set(service, nowMs + PARTITION_MS_MAX);
    for (const [number, { serviceId }] of this.#partitions)
      if (serviceId === service) this.#partitions.delete(number);
  }
}

/** Whether nothing is to be done about an event any more. */
function isSettled({ outcome, task_id, reason }: IngestOutcome): boolean {
  return (
    outcome === 'accepted' ||
    outcome === 'duplicate' ||
    (task_id !== null && !isLedgerRefusal(reason) && outcome === 'rejected')
  );
}

/** By the task that an event names, or else by its own id. */
function partitionOf(event: unknown): number {
  const named = isJsonObject(event) ? (event.subject ?? event.id) : undefined;
  return digest(typeof named === 'string' ? named : '')[0] % PARTITIONS;
}

/** The events as another service can read them; `undefined` for what is refused already, or is too large. */
function textOf(events: readonly unknown[], bytesMax = Infinity): JsonText | undefined {
  if (events.some((event) => event instanceof RefusedJson)) return undefined;
  const text = withExactIntegers(JSON.stringify(events));
  return utf8Length(text) <= bytesMax ? new JsonText(text) : undefined;
}
