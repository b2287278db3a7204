import { withExactIntegers } from '../../shared/core/contracts/exact-integers.js';
import { taskExtras, type LargePart } from '../../shared/core/contracts/task-fields.js';
import { taskItemJson } from '../../shared/core/contracts/task-json.js';
import { shownTime } from '../../shared/core/contracts/time.js';
import type { TaskEvent } from '../../shared/core/domain/events.js';
import type { TaskChange } from '../../shared/core/ports/read-model.js';

/** What one event changes of its task's document. Pure, and needs nothing but the event: it carries the state after it. */
export function taskChange(event: TaskEvent, revision: number): TaskChange {
  const { after } = event;
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
    ...largePart(event),
  };
}

/** The part of the document that only this type of event sets. What was erased from the ledger is as if never given. */
function largePart({ type, facts }: TaskEvent): Pick<TaskChange, LargePart> {
  if (type === 'TaskCreated') return { paramsJson: withExactIntegers(JSON.stringify(facts.params ?? {})) };
  if (type === 'TaskCompleted') return { resultJson: withExactIntegers(JSON.stringify(facts.result ?? {})) };
  if (type === 'TaskFailed') return { errorMessageJson: JSON.stringify(facts.error_message ?? '') };
  return {};
}
