import { errorText } from './error-text.js';
import { TaskCancelledError, TaskledgerRefusedError } from './errors.js';
import type { EventSender } from './event-sender.js';
import { ProgressThinning } from './progress-thinning.js';
import { cancelWith, completionWith, failureWith, lesserEnd, sayableText, type TaskEnd } from './task-end.js';
import { taskEvent, type TaskEventType } from './task-event.js';
import type { TaskLane } from './task-lane.js';
import type { CompletionOutcome, EventOutcome, JsonObject, TaskStatus } from './types.js';

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
 * Whatever a task is completed or failed with, it ends: what JSON can't carry is a text that says what it was, what is too
 * large is cut or left out and says so, and an end that is refused for what it says is sent once more with less of it.
 *
 * They throw TaskledgerClosedError after `close()`, or when the event could not be sent before and is lost, and what the file
 * system throws where the buffer is on disk.
 */
export class ReportedTask {
  readonly #controller = new AbortController();
  readonly #progress: ProgressThinning<ProgressFacts>;
  #stopWatching = (): void => {};
  #watching = false;
  #finished = false;
  #warned = false;
  #isOverElsewhere = false;
  /** What was said last, to end the task. */
  #end: TaskEnd | undefined;

  /** Is made by the client's `create` and `run`. */
  constructor(private readonly parts: ReportedTaskParts) {
    const { lane, progressIntervalMs } = parts;
    this.#progress = new ProgressThinning(progressIntervalMs, (facts) => this.#report(facts));
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
    if (this.signal.aborted || this.#finished) return;
    const { message } = facts;
    this.#progress.report({ progress, ...facts, ...(message && { message: sayableText(message) }) });
  }

  /** The work is done. What is no object in JSON is shown as `{"value": …}`. */
  async completed(result?: unknown): Promise<CompletionOutcome> {
    const { outcome, data } = await this.#finish(completionWith(result));
    return { ...outcome, result: data.result as JsonObject };
  }

  /** The work failed: with an error, or whatever was thrown, or a text. */
  async failed(error: unknown): Promise<EventOutcome> {
    return (await this.#finish(failureWith(error))).outcome;
  }

  /** The worker gives the work up on its own account; after a cancel by somebody else there is nothing to report. */
  async cancelled(reason?: string): Promise<EventOutcome> {
    return (await this.#finish(cancelWith(reason))).outcome;
  }

  /** @returns the outcome, and what was said in the end. */
  async #finish(end: TaskEnd): Promise<{ outcome: EventOutcome; data: JsonObject }> {
    this.#end = end;
    let { data } = end;
    let outcome = await this.#send(end.type, data);
    const lesser = outcome.outcome === 'rejected' ? this.#lesser(end, outcome) : undefined;
    if (lesser !== undefined) {
      ({ data } = this.#end = lesser);
      outcome = await this.#send(lesser.type, data);
    }
    this.#over();
    return { outcome, data };
  }

  /** What is to be said in the place of an end that was refused. */
  #lesser(end: TaskEnd, refusal: EventOutcome): TaskEnd | undefined {
    // What is about no task, or one that is over, is not taken with less either.
    if (this.#isOverElsewhere || this.parts.lane.refusal !== undefined) return undefined;
    return lesserEnd(end, refusal);
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

  /** Nobody waits for it, so nobody could be told by an error. */
  #report(facts: ProgressFacts): void {
    const { lane, sender, warn } = this.parts;
    try {
      sender.report(lane, this.#event('task.progressed', { ...facts }));
    } catch (error) {
      warn(`Progress can't be reported: ${errorText(error)}`, 'TASKLEDGER_REFUSED');
    }
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
    this.#isOverElsewhere = status === 'cancelled' || status === 'completed' || status === 'failed';
    if (status === 'cancelled') {
      this.#abort(new TaskCancelledError(id));
      return undefined;
    }
    const refused = new TaskledgerRefusedError(`${type} was refused: ${message}`, code);
    if (this.#isOverElsewhere || type === 'task.created' || type === 'task.started') this.#abort(refused);
    return refused;
  }

  async #refusedLater(type: TaskEventType, outcome: EventOutcome): Promise<void> {
    const refused = await this.#refused(type, outcome);
    if (refused === undefined) return;
    if (type === 'task.progressed') {
      // Of many reports that are wrong in the same way, one is enough to know.
      if (this.#warned) return;
      this.#warned = true;
    }
    this.parts.warn(`Task ${this.id ?? '(not created)'}: ${refused.message}`, 'TASKLEDGER_REFUSED');
    if (this.#end?.type === type) await this.#endWithLess(this.#end, outcome);
  }

  /** Nobody waits for the end that was refused, so what becomes of the task is seen to here. */
  async #endWithLess(end: TaskEnd, refusal: EventOutcome): Promise<void> {
    const lesser = this.#lesser(end, refusal);
    if (lesser === undefined) return;
    this.#end = lesser;
    const wrong = await this.#send(lesser.type, lesser.data).then(
      ({ outcome, message }) => (outcome === 'rejected' ? message : undefined),
      errorText,
    );
    if (wrong !== undefined)
      this.parts.warn(`Task ${this.id}: ${end.type} with less was not taken: ${wrong}`, 'TASKLEDGER_REFUSED');
  }
}
