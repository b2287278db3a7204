import { errorText } from './error-text.js';
import { TaskCancelledError, TaskledgerRefusedError } from './errors.js';
import type { EventSender } from './event-sender.js';
import { shortName } from './failure-facts.js';
import type { Heartbeats } from './heartbeats.js';
import { ProgressThinning } from './progress-thinning.js';
import {
  attemptFailureWith,
  cancelWith,
  completionWith,
  failureWith,
  lesserEnd,
  sayableText,
  type TaskEnd,
} from './task-end.js';
import { taskEvent, type TaskEventType } from './task-event.js';
import type { TaskLane } from './task-lane.js';
import type { CancelFacts } from './transport.js';
import type { CompletionOutcome, EventOutcome, JsonObject, MessageLevel, TaskStatus } from './types.js';

/** What a reported task works with. */
export interface ReportedTaskParts {
  source: string;
  lane: TaskLane;
  sender: EventSender;
  progressIntervalMs: number;
  /** Watches for the task's cancel; answers how to stop. */
  watchCancel: (taskId: number, onCancelled: (cancel: CancelFacts) => void) => () => void;
  /** What is known of a task's cancel. */
  cancelOf: (taskId: number) => Promise<CancelFacts>;
  /** The status that a task has now, where it is known. */
  statusOf: (taskId: number) => Promise<TaskStatus | undefined>;
  warn: (message: string, code: string) => void;
  /** What beats for the tasks that run, where they promise to be heard of. */
  heartbeats: Heartbeats | undefined;
}

interface ProgressFacts {
  progress: number;
  total?: number;
  message?: string;
}

/** What is said of a start. */
export interface StartFacts {
  total?: number | undefined;
  /**
   * The queue's own number of this attempt, from 1; all that is reported up to the next start carries it. Without it the
   * ledger counts.
   */
  attempt?: number | undefined;
  /** Who runs it, such as `host:pid`; cut to 256 characters. */
  worker?: string | undefined;
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
  #stopBeating = (): void => {};
  #finished = false;
  #warned = false;
  #isOverElsewhere = false;
  /** The queue's number of the attempt that runs. */
  #attempt: number | undefined;
  /** An attempt has failed and the next one has not begun: what is still said of its progress must not begin it. */
  #isBetweenAttempts = false;
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

  /** The work begins, or begins again; from now on the task's cancel is watched for. */
  started({ attempt, worker, ...facts }: StartFacts = {}): Promise<EventOutcome> {
    this.#watch();
    this.#attempt = attempt;
    this.#isBetweenAttempts = false;
    this.#beat();
    const { promiseS } = this.parts.heartbeats ?? {};
    return this.#send('task.started', {
      ...facts,
      ...(worker && { worker: shortName(worker) }),
      ...(promiseS !== undefined && { heartbeat_s: promiseS }),
    });
  }

  /**
   * The work has come to `progress` steps; an int that never goes back. Costs next to nothing and never waits, so call it as
   * often as you like: the newest report wins, at most four a second are sent.
   */
  progress(progress: number, facts: { total?: number; message?: string } = {}): void {
    if (this.signal.aborted || this.#finished || this.#isBetweenAttempts) return;
    const { message } = facts;
    this.#progress.report({ progress, ...facts, ...(message && { message: sayableText(message) }) });
  }

  /**
   * Says something for people, with the task's history; progress stays as it is. Never waits and throws nothing. Each message is
   * an event that is kept for good: for a few lines of a task, not for its log.
   */
  message(text: string, level?: MessageLevel): void {
    if (this.signal.aborted || this.#finished) return;
    this.#tell({ message: sayableText(text), ...(level && { level }) }, true);
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

  /** The attempt failed, and another one will come: the task is pending again, up to its next start. */
  async attemptFailed(error: unknown, { retryAt }: { retryAt?: Date } = {}): Promise<EventOutcome> {
    const failure = attemptFailureWith(error, retryAt);
    const said = this.#say(failure);
    this.#isBetweenAttempts = true;
    this.#stopBeating();
    return (await said).outcome;
  }

  /** This process has done its part, and the task goes on elsewhere: its cancel is not watched for any more. */
  leave(): void {
    this.#over();
  }

  /** The worker gives the work up on its own account; after a cancel by somebody else there is nothing to report. */
  async cancelled(reason?: string): Promise<EventOutcome> {
    return (await this.#finish(cancelWith(reason))).outcome;
  }

  /** @returns the outcome, and what was said in the end. */
  async #finish(end: TaskEnd): Promise<{ outcome: EventOutcome; data: JsonObject }> {
    this.#end = end;
    const said = await this.#say(end);
    this.#over();
    return said;
  }

  /** Says it, and when that is refused, once more with less. */
  async #say(end: TaskEnd): Promise<{ outcome: EventOutcome; data: JsonObject }> {
    const outcome = await this.#send(end.type, end.data);
    const lesser = outcome.outcome === 'rejected' ? this.#lesser(end, outcome) : undefined;
    if (lesser === undefined) return { outcome, data: end.data };
    if (this.#end === end) this.#end = lesser;
    return { outcome: await this.#send(lesser.type, lesser.data), data: lesser.data };
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
    this.#stopBeating();
  }

  async #send(type: TaskEventType, data: JsonObject): Promise<EventOutcome> {
    const event = this.#event(type, data);
    this.#progress.flush();
    const outcome = await this.parts.sender.send(this.parts.lane, event);
    if (outcome.outcome === 'rejected') await this.#refused(type, outcome);
    return outcome;
  }

  #report(facts: ProgressFacts): void {
    // What is no number in JSON would be taken as not said, and leave the message alone.
    if (Number.isSafeInteger(facts.progress)) return this.#tell({ ...facts }, false);
    const said = errorText(facts.progress).slice(0, 100);
    this.parts.warn(`Progress must be an int of 0 or more. ${said}`, 'TASKLEDGER_REFUSED');
  }

  /** Nobody waits for it, so nobody could be told by an error. */
  #tell(facts: JsonObject, isMessage: boolean): void {
    const { lane, sender, warn } = this.parts;
    try {
      sender.report(lane, this.#event('task.progressed', facts), isMessage);
    } catch (error) {
      warn(`Progress or a message can't be reported: ${errorText(error)}`, 'TASKLEDGER_REFUSED');
    }
  }

  #event(type: TaskEventType, data: JsonObject) {
    const attempt = this.#attempt;
    return taskEvent(this.parts.source, type, attempt === undefined ? data : { ...data, attempt });
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const { lane, watchCancel } = this.parts;
    lane.whenKnown((taskId) => {
      if (this.#finished || this.signal.aborted) return;
      this.#stopWatching = watchCancel(taskId, (cancel) =>
        this.#abort(new TaskCancelledError(taskId, cancel)),
      );
    });
  }

  /** From now on the task is heard of as often as it promises. */
  #beat(): void {
    const { lane, heartbeats } = this.parts;
    this.#stopBeating();
    lane.whenKnown((taskId) => {
      const runs = !this.#finished && !this.signal.aborted && !this.#isBetweenAttempts;
      if (runs && heartbeats !== undefined) this.#stopBeating = heartbeats.begin(taskId);
    });
  }

  #abort(reason: Error): void {
    if (this.#finished) return;
    this.#progress.drop();
    this.#stopWatching();
    this.#stopBeating();
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
    { code, reason, message }: EventOutcome,
  ): Promise<TaskledgerRefusedError | undefined> {
    const { id } = this;
    // When it can't be asked, only what was refused is known.
    const status = id === undefined ? undefined : await this.parts.statusOf(id).catch(() => undefined);
    this.#isOverElsewhere = status === 'cancelled' || status === 'completed' || status === 'failed';
    if (status === 'cancelled') {
      this.#abort(new TaskCancelledError(id, await this.parts.cancelOf(id as number)));
      return undefined;
    }
    const refused = new TaskledgerRefusedError(`${type} was refused: ${message}`, code, reason);
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
