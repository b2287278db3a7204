import { withCodes } from '../../services/commands/outcome-codes.js';
import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { SilenceRecorder } from '../../shared/core/application/silence-recorder.js';
import { TaskCanceller } from '../../shared/core/application/task-canceller.js';
import { CommandHandler } from '../../shared/core/application/command-handler.js';
import { CreationNames } from '../../shared/core/application/creation-names.js';
import { EventIngest } from '../../shared/core/application/event-ingest.js';
import { ANONYMOUS_CALLER } from '../../shared/core/contracts/caller.js';
import { DEFAULT_TASK_TYPES } from '../../shared/core/contracts/fields.js';
import { lifecycleEventParser } from '../../shared/core/contracts/lifecycle-events.js';
import type { EventOutcome } from '../../shared/core/contracts/messages.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import type { RequestContext } from '../../shared/core/ports/message-bus.js';

/** Far enough that no test meets it. */
export const NO_DEADLINE_MS = Number.MAX_SAFE_INTEGER;

/** The context of who does not say who they are. */
export function anonymously(deadlineMs = NO_DEADLINE_MS): RequestContext {
  return { ...ANONYMOUS_CALLER, deadlineMs };
}

export const silentLogger = { debug: noop, info: noop, warn: noop, error: noop };

function noop(): void {
  // Says nothing.
}

/** A command service without a bus: the use cases on a store, and a clock that the test sets. */
export class CommandSide {
  nowMs = Date.parse('2025-03-12T10:00:00.000Z');
  readonly crypto = new NodeCrypto();
  readonly handler: CommandHandler;
  private readonly ingestion: EventIngest;
  private readonly canceller: TaskCanceller;
  private readonly recorder: SilenceRecorder;

  readonly names: CreationNames;

  constructor(store: EventStore, taskTypes: readonly string[] = DEFAULT_TASK_TYPES) {
    const deps = { store, crypto: this.crypto, clock: { nowMs: () => this.nowMs } };
    const handler = new CommandHandler(deps);
    this.handler = handler;
    this.names = new CreationNames({ ...deps, taskTypes });
    const { names } = this;
    const parse = lifecycleEventParser(taskTypes);
    this.ingestion = new EventIngest({ handler, names, parse, logger: silentLogger });
    this.canceller = new TaskCanceller({ handler, store });
    this.recorder = new SilenceRecorder({ handler, logger: silentLogger });
  }

  silences(request: object, context = anonymously()): ReturnType<SilenceRecorder['record']> {
    return this.recorder.record(request, context);
  }

  ingest(...events: unknown[]): Promise<EventOutcome[]> {
    return this.ingestAs(anonymously(), ...events);
  }

  async ingestAs(context: RequestContext, ...events: unknown[]): Promise<EventOutcome[]> {
    return withCodes(await this.ingestion.ingest(events, context));
  }

  async one(event: unknown): Promise<EventOutcome> {
    return (await this.ingest(event))[0] as EventOutcome;
  }

  cancel(request: object, context = anonymously()): ReturnType<TaskCanceller['cancel']> {
    return this.canceller.cancel(request, context);
  }
}

let eventNumber = 0;

/** A lifecycle event with an id of its own; `over` replaces attributes. */
export function lifecycleEvent(
  type: string,
  subject: string | number | undefined,
  data: object = {},
  over: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    specversion: '1.0',
    id: `event-${++eventNumber}`,
    source: '/test/pipeline',
    type: `task.${type}`,
    ...(subject === undefined ? {} : { subject: String(subject) }),
    data,
    ...over,
  };
}

/** A `task.created` event. */
export function created(
  key?: string,
  over: Record<string, unknown> = {},
  data: object = {},
): Record<string, unknown> {
  return lifecycleEvent('created', key, { project_id: 1, task_type: 'search', total: 100, ...data }, over);
}
