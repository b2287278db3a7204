import { TaskCancelledError, TaskledgerRefusedError } from './errors.js';
import type { EventSender } from './event-sender.js';
import { ProgressThinning } from './progress-thinning.js';
import { taskEvent, type TaskEventType } from './task-event.js';
import type { TaskLane } from './task-lane.js';
import type { EventOutcome, JsonObject } from './types.js';

/** What a reported task works with. */
export interface ReportedTaskParts {
  source: string;
  lane: TaskLane;
  sender: EventSender;
  progressIntervalMs: number;
  /** Watches for the task's cancel; answers how to stop. */
  watchCancel: (taskId: number, onCancelled: () => void) => () => void;
  warn: (message: string, code: string) => void;
}

interface ProgressFacts {
  progress: number;
  total?: number;
  message?: string;
}

/**
 * A task that this process reports about. Its events arrive in the order in which the methods were called. The promises
 * resolve with the event's outcome: `accepted` or `duplicate` is on disk at Taskledger, `kept` is in the buffer while
 * Taskledger is away, and `rejected` is an answer too (somebody else was first with a final event, say).
 *
 * They throw TaskledgerRefusedError (413) for an event that is too large, TypeError for what JSON can't say,
 * TaskledgerClosedError after `close()`, and what the file system throws where the buffer is on disk.
 */
export class ReportedTask {
  readonly #controller = new AbortController();
  readonly #progress: ProgressThinning<ProgressFacts>;
  #stopWatching = (): void => {};
  #watching = false;
  #finished = false;
  #warned = false;

  /** Is made by the client's `create` and `run`. */
  constructor(private readonly parts: ReportedTaskParts) {
    const { lane, sender, progressIntervalMs } = parts;
    this.#progress = new ProgressThinning(progressIntervalMs, (facts) =>
      sender.report(lane, this.#event('task.progressed', { ...facts })),
    );
    lane.onRejected = (type, outcome, awaited) => this.#rejected(type, outcome, awaited);
  }

  /** The task's id; `undefined` while Taskledger has been away since the task was created here. */
  get id(): number | undefined {
    return this.parts.lane.taskId;
  }

  /**
   * Aborted once the task is known to be cancelled (its reason is a TaskCancelledError), or to have been refused. Hand it on
   * to whatever does the work.
   */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The work begins; from now on the task's cancel is watched for. */
  started(facts: { total?: number } = {}): Promise<EventOutcome> {
    this.#watch();
    return this.#send('task.started', facts);
  }

  /**
   * The work has come to `progress` steps; an int that never goes back. Costs next to nothing and never waits, so call it as
   * often as you like: the newest report wins, at most four a second are sent.
   */
  progress(progress: number, facts: { total?: number; message?: string } = {}): void {
    if (!this.signal.aborted && !this.#finished) this.#progress.report({ progress, ...facts });
  }

  /** The work is done. */
  completed(result: JsonObject = {}): Promise<EventOutcome> {
    return this.#finish('task.completed', { result });
  }

  /** The work failed. */
  failed(errorMessage: string): Promise<EventOutcome> {
    return this.#finish('task.failed', { error_message: errorMessage });
  }

  /** The worker gives the work up on its own account; after a cancel by somebody else there is nothing to report. */
  cancelled(reason?: string): Promise<EventOutcome> {
    return this.#finish('task.cancelled', reason === undefined ? {} : { reason });
  }

  async #finish(type: TaskEventType, data: JsonObject): Promise<EventOutcome> {
    const outcome = await this.#send(type, data);
    this.#over();
    return outcome;
  }

  /** Nothing more is reported or listened for. */
  #over(): void {
    this.#finished = true;
    this.#progress.drop();
    this.#stopWatching();
  }

  async #send(type: TaskEventType, data: JsonObject): Promise<EventOutcome> {
    const event = this.#event(type, data);
    this.#progress.flush();
    return this.parts.sender.send(this.parts.lane, event);
  }

  #event(type: TaskEventType, data: JsonObject) {
    return taskEvent(this.parts.source, type, data);
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const { lane, watchCancel } = this.parts;
    lane.whenKnown((taskId) => {
      if (this.#finished || this.signal.aborted) return;
      this.#stopWatching = watchCancel(taskId, () => this.#abort(new TaskCancelledError(taskId)));
    });
  }

  #abort(reason: Error): void {
    this.#progress.drop();
    this.#stopWatching();
    this.#controller.abort(reason);
  }

  /** Taskledger's own words tell a cancel that has not been heard of from other refusals. */
  #rejected(type: TaskEventType, { code, message, taskId }: EventOutcome, awaited: boolean): void {
    if (message === 'Task is already cancelled') {
      if (!this.#finished) this.#abort(new TaskCancelledError(taskId ?? this.id));
      return;
    }
    const refused = new TaskledgerRefusedError(`${type} was refused: ${message}`, code);
    if (type === 'task.created' || type === 'task.started') this.#abort(refused);
    if (awaited || this.#warned) return;
    // Of many reports that are wrong in the same way, one is enough to know.
    this.#warned = type === 'task.progressed';
    this.parts.warn(`Task ${this.id ?? '(not created)'}: ${refused.message}`, 'TASKLEDGER_REFUSED');
  }
}
