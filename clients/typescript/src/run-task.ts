import { TaskCancelledError, TaskledgerRefusedError } from './errors.js';
import type { ReportedTask } from './reported-task.js';
import type { EventOutcome, TaskRun } from './types.js';

/**
 * Does a task's work and reports how it went: completed with whatever `work` returns, failed with whatever it throws. When the
 * task is cancelled meanwhile, `task.signal` tells `work`, which should then throw or return soon; whatever it does, the task
 * stays cancelled.
 *
 * @throws TaskledgerRefusedError when somebody else has finished the task, or Taskledger takes no end of it.
 */
export async function runTask(task: ReportedTask, work: (task: ReportedTask) => unknown): Promise<TaskRun> {
  await task.started();
  if (task.signal.aborted) return ended(task);
  let returned: unknown;
  try {
    returned = await work(task);
  } catch (error) {
    return fail(task, error);
  }
  if (task.signal.aborted) return ended(task);
  const { outcome, result, message, code } = await task.completed(returned);
  if (outcome === 'rejected')
    return fail(task, new TaskledgerRefusedError(`The result was refused: ${message}`, code));
  return { id: task.id, status: 'completed', result, recorded: outcome !== 'kept' };
}

async function fail(task: ReportedTask, error: unknown): Promise<TaskRun> {
  if (task.signal.aborted) return ended(task);
  const outcome = await task.failed(error);
  if (outcome.outcome === 'rejected') return ended(task, outcome);
  return { id: task.id, status: 'failed', error, recorded: outcome.outcome !== 'kept' };
}

/** Cancelled, or else not ours any more. */
function ended(task: ReportedTask, outcome?: EventOutcome): TaskRun {
  const reason = task.signal.reason as Error | undefined;
  if (reason instanceof TaskCancelledError) return { id: task.id, status: 'cancelled', recorded: true };
  throw reason ?? new TaskledgerRefusedError(`Task ${task.id}: ${outcome?.message}`, outcome?.code ?? 400);
}
