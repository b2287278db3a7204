import { TaskCancelledError, TaskledgerRefusedError } from './errors.js';
import type { ReportedTask } from './reported-task.js';
import type { EventOutcome, JsonObject, TaskRun } from './types.js';

/**
 * Does a task's work and reports how it went: completed with what `work` returns, failed with the message of what it throws
 * or when its result can't be recorded. When the task is cancelled meanwhile, `task.signal` tells `work`, which should then
 * throw or return soon; whatever it does, the task stays cancelled.
 *
 * @throws TaskledgerRefusedError when somebody else has finished the task.
 */
export async function runTask(
  task: ReportedTask,
  work: (task: ReportedTask) => Promise<JsonObject | void> | JsonObject | void,
): Promise<TaskRun> {
  await task.started();
  if (task.signal.aborted) return ended(task);
  let result: JsonObject;
  try {
    result = (await work(task)) ?? {};
  } catch (error) {
    return fail(task, error);
  }
  if (task.signal.aborted) return ended(task);
  let outcome: EventOutcome;
  try {
    outcome = await task.completed(result);
  } catch (error) {
    // Nothing can be said in JSON of a cycle, and no more than some 240 KiB.
    if (error instanceof TypeError || error instanceof TaskledgerRefusedError) return fail(task, error);
    throw error;
  }
  if (outcome.outcome !== 'rejected')
    return { id: task.id, status: 'completed', result, recorded: outcome.outcome !== 'kept' };
  return fail(task, new TaskledgerRefusedError(`The result was refused: ${outcome.message}`, outcome.code));
}

async function fail(task: ReportedTask, error: unknown): Promise<TaskRun> {
  if (task.signal.aborted) return ended(task);
  const outcome = await task.failed(error instanceof Error ? error.message : String(error));
  if (outcome.outcome === 'rejected') return ended(task, outcome);
  return { id: task.id, status: 'failed', error, recorded: outcome.outcome !== 'kept' };
}

/** Cancelled, or else not ours any more. */
function ended(task: ReportedTask, outcome?: EventOutcome): TaskRun {
  const reason = task.signal.reason as Error | undefined;
  if (reason instanceof TaskCancelledError) return { id: task.id, status: 'cancelled', recorded: true };
  throw reason ?? new TaskledgerRefusedError(`Task ${task.id}: ${outcome?.message}`, outcome?.code ?? 400);
}
