import { setTimeout as delay } from 'node:timers/promises';
import { TaskCancelledError, TaskledgerRefusedError } from './errors.js';
import type { ReportedTask } from './reported-task.js';
import type { nextTries, RunOptions } from './run-options.js';
import type { EventOutcome, TaskRun } from './types.js';

/**
 * Does a task's work and reports how it went: completed with whatever `work` returns, failed with whatever it throws, and with
 * a failed attempt before each further try. When the task is cancelled meanwhile, `task.signal` tells `work`, which should then
 * throw or return soon; whatever it does, the task stays cancelled.
 *
 * @param nextTry Says what follows from the failure of a try.
 * @throws TaskledgerRefusedError when somebody else has finished the task, or Taskledger takes no end of it.
 */
export async function runTask(
  task: ReportedTask,
  work: (task: ReportedTask) => unknown,
  { attempt, worker }: Pick<RunOptions, 'attempt' | 'worker'>,
  nextTry: ReturnType<typeof nextTries>,
): Promise<TaskRun> {
  for (let tried = 1; ; tried++) {
    await task.started({ attempt, worker });
    if (task.signal.aborted) return ended(task);
    let returned: unknown;
    try {
      returned = await work(task);
    } catch (error) {
      if (task.signal.aborted) return ended(task);
      const next = nextTry(tried, error);
      if (next === 'none') return fail(task, error);
      if (next === 'of the queue') return left(task, error);
      const retryAt = new Date(Date.now() + next.afterMs);
      await task.attemptFailed(error, { retryAt });
      await delay(next.afterMs, undefined, { signal: task.signal }).catch(() => {});
      if (task.signal.aborted) return ended(task);
      continue;
    }
    return complete(task, returned);
  }
}

async function complete(task: ReportedTask, returned: unknown): Promise<TaskRun> {
  if (task.signal.aborted) return ended(task);
  const { outcome, result, message, code, reason } = await task.completed(returned);
  if (outcome === 'rejected')
    return fail(task, new TaskledgerRefusedError(`The result was refused: ${message}`, code, reason));
  return { id: task.id, status: 'completed', result, recorded: outcome !== 'kept' };
}

async function fail(task: ReportedTask, error: unknown): Promise<TaskRun> {
  if (task.signal.aborted) return ended(task);
  const outcome = await task.failed(error);
  if (outcome.outcome === 'rejected') return ended(task, outcome);
  return { id: task.id, status: 'failed', error, recorded: outcome.outcome !== 'kept' };
}

/** The task is left to its queue, which tries again. */
async function left(task: ReportedTask, error: unknown): Promise<TaskRun> {
  const outcome = await task.attemptFailed(error);
  task.leave();
  if (outcome.outcome === 'rejected') return ended(task, outcome);
  return { id: task.id, status: 'pending', error, recorded: outcome.outcome !== 'kept' };
}

/** Cancelled, or else not ours any more. */
function ended(task: ReportedTask, outcome?: EventOutcome): TaskRun {
  const why = task.signal.reason as Error | undefined;
  if (why instanceof TaskCancelledError) return { id: task.id, status: 'cancelled', recorded: true };
  if (why !== undefined) throw why;
  const { message, code = 400, reason } = outcome ?? {};
  throw new TaskledgerRefusedError(`Task ${task.id}: ${message}`, code, reason);
}
