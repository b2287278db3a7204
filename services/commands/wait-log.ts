import { isJsonObject } from '../../shared/core/contracts/strict-json.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import type { WaitScope } from './task-queue.js';

/** How often it is said again that events wait. */
const SAY_AGAIN_MS = 10_000;

/** Says in the log that events from the stream wait, whose, and why, but not for each of them. */
export class WaitLog {
  /** When it was last said, by what keeps them waiting. */
  private readonly saidMs: Record<WaitScope, number> = { task: -SAY_AGAIN_MS, ledger: -SAY_AGAIN_MS };

  constructor(private readonly logger: Logger) {}

  /** @param messagesInFlight How many messages are taken and not settled yet, those that wait among them. */
  say(event: unknown, reason: string, scope: WaitScope, messagesInFlight: number): void {
    const nowMs = performance.now();
    if (nowMs - this.saidMs[scope] < SAY_AGAIN_MS) return;
    this.saidMs[scope] = nowMs;
    if (scope === 'task') {
      const fields = { event: 'intake_task_waits', task: taskNameOf(event) } as const;
      this.logger.warn(fields, `Events of at least one task wait, others go on: ${reason}`);
    } else {
      const fields = { event: 'intake_ledger_unavailable', messagesInFlight } as const;
      this.logger.warn(fields, `Events from JetStream wait, and are tried again: ${reason}`);
    }
  }
}

/** What an event calls its task: its id or key. */
export function taskNameOf(event: unknown): unknown {
  return isJsonObject(event) ? event.subject : undefined;
}
