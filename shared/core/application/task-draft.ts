import type { LedgerRefusalCode } from '../contracts/errors.js';
import { effectiveTime, timeOf } from '../contracts/time.js';
import { decide, type Decision, type RefusalCode } from '../domain/decide.js';
import type { TaskEvent } from '../domain/events.js';
import type { Task } from '../domain/task.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { NewEvent } from '../ports/event-store.js';
import { AppendSize } from './append-size.js';
import { CANCEL_RECEIPT, isCancelledByCommand } from './cancel-receipt.js';
import { chainEvent } from './chained-event.js';
import { NO_EVENT_BEFORE } from './event-hash.js';
import type { ReceivedCommand } from './received-command.js';
import { sealedEventData } from './stored-facts.js';
import { eventMetadata } from './stored-metadata.js';
import { DEFAULT_NAMESPACE, taskStream } from './streams.js';
import type { RefusedCommand } from './task-evidence.js';
import type { LoadedTask } from './task-streams.js';

/** The position of what is not appended yet: it is known only then. */
export const NOT_APPENDED = '';

/** What became of one command. */
export type CommandResult =
  /** `position` is that of the last event that was appended with it. */
  | { outcome: 'accepted'; taskId: number; revision: number; position: string }
  /** `position` is that of the task's last event: the same event is there or before it. */
  | { outcome: 'duplicate'; taskId: number; position: string }
  | {
      outcome: 'refused';
      taskId: number | undefined;
      code: RefusalCode | LedgerRefusalCode;
      message: string;
    };

/** One task's commands decided one after the other, each on the state that those before it lead to. */
export class TaskDraft {
  /** What is to be kept as evidence. */
  readonly refused: RefusedCommand[] = [];
  /** The task with these events; `undefined` while there is none. */
  after: LoadedTask | undefined;
  private readonly recordedAt: string;
  private events: NewEvent[] = [];
  private size = new AppendSize();

  constructor(
    private readonly taskId: number,
    before: LoadedTask | undefined,
    private readonly deps: { clock: Clock; crypto: Crypto },
  ) {
    this.after = before;
    const now = timeOf(deps.clock.nowMs());
    // Our clock may have been set back, or another service's may be ahead.
    this.recordedAt = before !== undefined && before.recordedAt > now ? before.recordedAt : now;
  }

  /** Decides one more command; what creates the task for it is accepted with it or not at all. */
  add(received: ReceivedCommand): CommandResult {
    const { taskId, after } = this;
    const { creation } = received;
    const created =
      after === undefined && creation !== undefined ? this.decide(creation, undefined) : undefined;
    const decision = this.decide(received, created?.outcome === 'accepted' ? created.task : after?.task);
    if (created?.outcome === 'accepted' && decision.outcome === 'accepted')
      this.append(created.event, created.task, creation as ReceivedCommand);
    switch (decision.outcome) {
      case 'accepted': {
        const revision = this.append(decision.event, decision.task, received);
        return { outcome: 'accepted', taskId, revision, position: NOT_APPENDED };
      }
      case 'duplicate':
        if (decision.confirmsCancel === true && after !== undefined && isCancelledByCommand(after.task))
          this.keep(received, after, CANCEL_RECEIPT, '');
        return { outcome: 'duplicate', taskId, position: after?.position ?? NOT_APPENDED };
      case 'refused': {
        const { code, message, evidence } = decision;
        if (after === undefined) return { outcome: 'refused', taskId: undefined, code, message };
        if (evidence) this.keep(received, after, code, message);
        return { outcome: 'refused', taskId, code, message };
      }
    }
  }

  private keep(
    received: ReceivedCommand,
    { revision, task }: LoadedTask,
    code: RefusedCommand['code'],
    explanation: string,
  ): void {
    const { status } = task.snapshot;
    this.refused.push({ received, code, explanation, status, revision, recordedAt: this.recordedAt });
  }

  private decide({ command, origin, occurredAt }: ReceivedCommand, before: Task | undefined): Decision {
    const { taskId, recordedAt } = this;
    const at = effectiveTime(occurredAt, recordedAt);
    return decide(command, before, { namespace: DEFAULT_NAMESPACE, taskId, origin, at });
  }

  /** How many events there are to be appended. */
  get eventCount(): number {
    return this.events.length;
  }

  /** Whether what is accepted next may not fit into the same append. */
  isFull(): boolean {
    return this.size.isFull();
  }

  /** What is to be appended to the task's stream. It is handed over: nothing shall hold it until it is on disk. */
  takeEvents(): NewEvent[] {
    const { events } = this;
    this.events = [];
    this.size = new AppendSize();
    return events;
  }

  private append(event: TaskEvent, task: Task, received: ReceivedCommand): number {
    const { taskId, after, recordedAt, deps } = this;
    const revision = (after?.revision ?? -1) + 1;
    const place = { stream: taskStream(taskId), revision, prev: after?.hash ?? NO_EVENT_BEFORE };
    const data = sealedEventData(event, revision, deps.crypto);
    const metadata = eventMetadata(received, recordedAt);
    const stored = chainEvent(place, event.type, data, metadata, deps.crypto);
    this.events.push(stored);
    this.size.add(stored);
    this.after = {
      task,
      revision,
      hash: stored.hash,
      position: NOT_APPENDED,
      recordedAt,
      weight: after?.weight ?? 0,
    };
    return revision;
  }
}
