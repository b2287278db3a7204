import { UnavailableError } from '../contracts/errors.js';
import { decideBulkCancel, doneCount, type RefusedTask, type TaskOutcome } from '../domain/bulk-cancel.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore } from '../ports/event-store.js';
import type { Logger } from '../ports/logger.js';
import { appendToBulkCancel, BulkCancelRecords, type LoadedBulkCancel } from './bulk-cancel-records.js';
import type { TaskCanceller } from './task-canceller.js';
import { BROKEN_TASK_MESSAGE } from './event-ingest.js';
import { bulkCancelStream } from './streams.js';

/** How many tasks are cancelled between two notes of the progress. */
const TASKS_A_STEP = 250;

/** How many of them side by side: enough to fill the store's groups, and few beside the requests of others. */
const TASKS_AT_ONCE = 64;

/** How long one task may take before the step is given up, and taken again. */
const TASK_TIMEOUT_MS = 5_000;

/** How often a note is tried while others write to the same record. */
const NOTES_TRIED_MAX = 10;

/** Whether there is more to do. */
export type StepResult = 'more' | 'finished';

/** Cancels the tasks of bulk cancels that are under way, some at a time. */
export class BulkCancelExecution {
  private readonly records: BulkCancelRecords;

  constructor(
    private readonly deps: {
      store: EventStore;
      clock: Clock;
      crypto: Crypto;
      logger: Logger;
      canceller: Pick<TaskCanceller, 'carryOut'>;
    },
  ) {
    this.records = new BulkCancelRecords(deps.store, deps.crypto);
  }

  /**
   * Goes on where the record stands: cancels the next tasks and notes what became of each. Several processes may do so
   * at once, and one that died may have cancelled tasks without a note: the command that cancels a task has an id made
   * of the bulk cancel's and the task's, so that its repeat finds what the first one did.
   *
   * When it is aborted, no more tasks are begun; those in hand are finished and noted.
   *
   * @param signal When it fires, no more tasks are begun; those under way are finished and noted.
   * @throws UnavailableError when the ledger is unavailable; what was done is noted as far as possible.
   */
  async step(id: string, signal: AbortSignal): Promise<StepResult> {
    const loaded = await this.records.load(id);
    if (loaded?.started === undefined || loaded.state.status !== 'running') return 'finished';
    const { outcomes, failure } = await this.cancelNext(loaded, loaded.started, signal);
    const result = await this.note(loaded, outcomes);
    if (failure !== undefined) throw failure;
    return result;
  }

  /** Notes what became of tasks, the first of which came next in what was `loaded`. */
  private async note(loaded: LoadedBulkCancel, outcomes: readonly TaskOutcome[]): Promise<StepResult> {
    let now: LoadedBulkCancel | undefined = loaded;
    for (let tries = 0; now !== undefined && tries < NOTES_TRIED_MAX; tries++) {
      // What somebody else has noted meanwhile is done; what was in hand when it was aborted still has to be noted.
      const unnoted = outcomes.slice(doneCount(now.state) - doneCount(loaded.state));
      const decision = decideBulkCancel({ type: 'RecordOutcomes', outcomes: unnoted }, now.state, '');
      if (decision.outcome !== 'accepted') break;
      if (await appendToBulkCancel(this.deps, loaded.id, now, decision.events)) {
        return decision.state.status === 'running' ? 'more' : 'finished';
      }
      now = await this.records.load(loaded.id);
    }
    // What comes next is seen when the record is read anew.
    return 'more';
  }

  /** What became of the next tasks, up to the first that is not known; and why that is not. */
  private async cancelNext(
    loaded: LoadedBulkCancel,
    started: NonNullable<LoadedBulkCancel['started']>,
    signal: AbortSignal,
  ): Promise<{ outcomes: TaskOutcome[]; failure: UnavailableError | undefined }> {
    const { state } = loaded;
    const first = doneCount(state);
    const taskIds = state.preview.task_ids.slice(first, first + TASKS_A_STEP);
    const outcomes = new Array<TaskOutcome | undefined>(taskIds.length);
    let failure: UnavailableError | undefined;
    let next = 0;
    let looking: Promise<boolean> | undefined;
    // One look for all that wait for one.
    const goesOn = (): Promise<boolean> =>
      (looking ??= this.records.isLast(loaded).finally(() => (looking = undefined)));
    const work = async (): Promise<void> => {
      while (next < taskIds.length && failure === undefined && !signal.aborted) {
        try {
          // Aborted, or gone on with by another process.
          if (!(await goesOn())) return;
          if (next >= taskIds.length || failure !== undefined || signal.aborted) return;
          const at = next++;
          outcomes[at] = await this.cancelOne(taskIds[at] as number, loaded, started);
        } catch (error) {
          if (!(error instanceof UnavailableError)) throw error;
          failure = error;
        }
      }
    };
    await Promise.all(Array.from({ length: TASKS_AT_ONCE }, work));
    const unknown = outcomes.findIndex((outcome) => outcome === undefined);
    const known = unknown === -1 ? outcomes : outcomes.slice(0, unknown);
    return { outcomes: known as TaskOutcome[], failure };
  }

  private async cancelOne(
    taskId: number,
    { id, state }: LoadedBulkCancel,
    { principal, authenticatedBy, eventId }: NonNullable<LoadedBulkCancel['started']>,
  ): Promise<TaskOutcome> {
    const { canceller, clock, logger } = this.deps;
    const { reason } = state.preview;
    const request = {
      task_id: taskId,
      ...(reason !== undefined && { reason }),
      command_id: `${bulkCancelStream(id)}/${taskId}`,
    };
    // Whether they may was found when it was started.
    const context = {
      principal,
      authenticatedBy,
      rights: ['cancel'] as const,
      deadlineMs: clock.nowMs() + TASK_TIMEOUT_MS,
    };
    const cause = { correlationId: id, causationId: eventId };
    try {
      const reply = await canceller.carryOut(request, context, cause);
      if (reply.ok) return { task_id: taskId, code: undefined };
      const { code, message } = reply.error;
      return { code: code as RefusedTask['code'], message, task_id: taskId };
    } catch (error) {
      if (error instanceof UnavailableError) throw error;
      // Whatever is wrong with one task's record, the others are cancelled.
      logger.warn(
        { event: 'bulk_cancel_task_unreadable', err: error, task_id: taskId, bulk_cancel: id },
        'A task of a bulk cancel could not be read, and is not cancelled; the others are',
      );
      return { code: 'broken_task', message: BROKEN_TASK_MESSAGE, task_id: taskId };
    }
  }
}
