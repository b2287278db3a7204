import { withExactIntegers } from '../contracts/exact-integers.js';
import { taskExtras } from '../contracts/task-fields.js';
import { taskItemJson } from '../contracts/task-json.js';
import { shownTime } from '../contracts/time.js';
import type { TaskEvent } from '../domain/events.js';
import type { TaskSnapshot } from '../domain/task.js';
import type { TaskChange } from '../ports/read-model.js';

/** What one event changes of its task's document. Pure, and needs nothing but the event: it carries the state after it. */
export function taskChange({ type, facts, after }: TaskEvent, revision: number): TaskChange {
  const change = stateChange(after, revision);
  // Each large part is set by one type of event. What was erased from the ledger is as if never given.
  if (type === 'TaskCreated') change.paramsJson = withExactIntegers(JSON.stringify(facts.params ?? {}));
  else if (type === 'TaskCompleted')
    change.resultJson = withExactIntegers(JSON.stringify(facts.result ?? {}));
  else if (type === 'TaskFailed') change.errorMessageJson = JSON.stringify(facts.error_message ?? '');
  return change;
}

/** The part of it that follows from the state after the event. */
export function stateChange(after: TaskSnapshot, revision: number): TaskChange {
  return {
    taskId: after.task_id,
    revision,
    projectId: after.project_id,
    taskType: after.task_type,
    status: after.status,
    createdSecond: shownTime(after.created_at),
    key: after.key,
    itemJson: taskItemJson(after),
    extras: taskExtras(after),
  };
}
