import { TaskCancelledError, TaskledgerRefusedError } from './errors.js';
import type { EventSender } from './event-sender.js';
import { ProgressThinning } from './progress-thinning.js';
import { taskEvent, type TaskEventType } from './task-event.js';
import type { TaskLane } from './task-lane.js';
import type { EventOutcome, JsonObject, TaskStatus } from './types.js';

/** What a reported task works with. */
export interface ReportedTaskParts {
  source: string;
  lane: TaskLane;
  sender: EventSender;
  progressIntervalMs: number;
  /** Watches for the task's cancel; answers how to stop. */
  watchCancel: (taskId: number, onCancelled: () => void) => () => void;
  /** The status that a task has now, where it is known. */
  statusOf: (taskId: number) => Promise<TaskStatus | undefined>;
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
 * TaskledgerClosedError after `close()`, or when it could not be sent before and is lost, and what the file system throws
 * where the buffer is on disk.
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
    lane.onRejected = (type, outcome) => void this.#refusedLater(type, outcome);
  }

  /** The task's id; `undefined` while Taskledger has been away since the task was created here. */
  get id(): number | undefined {
    return this.parts.lane.taskId;
  }

  /**
   * Aborted once the task is known to be cancelled (its reason is a TaskCancelledError), or to have been refused or finished
   * by somebody else (TaskledgerRefusedError). Hand it on to whatever does the work.
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
    const outcome = await this.parts.sender.send(this.parts.lane, event);
    if (outcome.outcome === 'rejected') await this.#refused(type, outcome);
    return outcome;
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
    if (this.#finished) return;
    this.#progress.drop();
    this.#stopWatching();
    this.#controller.abort(reason);
  }

  /**
   * A refusal may come of an end that has not been heard of, so Taskledger is asked how the task stands. Resolves once the
   * signal says what follows from it.
   *
   * @returns what there is to say of the refusal; nothing after a cancel.
   */
  async #refused(
    type: TaskEventType,
    { code, message }: EventOutcome,
  ): Promise<TaskledgerRefusedError | undefined> {
    const { id } = this;
    // When it can't be asked, only what was refused is known.
    const status = id === undefined ? undefined : await this.parts.statusOf(id).catch(() => undefined);
    if (status === 'cancelled') {
      this.#abort(new TaskCancelledError(id));
      return undefined;
    }
    const refused = new TaskledgerRefusedError(`${type} was refused: ${message}`, code);
    const isOver = status === 'completed' || status === 'failed';
    if (isOver || type === 'task.created' || type === 'task.started') this.#abort(refused);
    return refused;
  }

  async #refusedLater(type: TaskEventType, outcome: EventOutcome): Promise<void> {
    const refused = await this.#refused(type, outcome);
    if (refused === undefined || this.#warned) return;
    // Of many reports that are wrong in the same way, one is enough to know.
    this.#warned = type === 'task.progressed';
    this.parts.warn(`Task ${this.id ?? '(not created)'}: ${refused.message}`, 'TASKLEDGER_REFUSED');
  }
}
