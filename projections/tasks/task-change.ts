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
function largePart(event: TaskEvent): Pick<TaskChange, LargePart> {
  switch (event.type) {
    case 'TaskCreated':
      return { paramsJson: withExactIntegers(JSON.stringify(event.facts.params ?? {})) };
    case 'TaskCompleted':
      return { resultJson: withExactIntegers(JSON.stringify(event.facts.result ?? {})) };
    case 'TaskFailed':
      return { errorMessageJson: JSON.stringify(event.facts.error_message ?? '') };
    case 'TaskStarted':
    case 'TaskProgressed':
    case 'TaskCancelled':
      return {};
  }
}
