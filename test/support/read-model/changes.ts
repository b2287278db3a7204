import type { TaskTraits } from '../../../shared/core/contracts/task-fields.js';
import type { TaskStatus } from '../../../shared/core/domain/task.js';
import type { TaskChange } from '../../../shared/core/ports/read-model.js';

/** The change that a test says least about: all that it does not name follows from the task's id. */
export function change(
  taskId: number,
  revision: number,
  { attempt, traits, ...said }: Partial<TaskChange> & { attempt?: number; traits?: TaskTraits } = {},
): TaskChange {
  const projectId = said.projectId ?? 1;
  const taskType = said.taskType ?? 'search';
  const status: TaskStatus = said.status ?? 'pending';
  const createdSecond = said.createdSecond ?? '2025-03-12T10:00:00';
  return {
    taskId,
    revision,
    projectId,
    taskType,
    status,
    createdSecond,
    key: null,
    itemJson: JSON.stringify({ id: taskId, revision, projectId, taskType, status, createdSecond }),
    extras: {
      createdAtJson: `"${createdSecond}.123Z"`,
      startedAtJson: status === 'pending' ? 'null' : '"2025-03-12T10:00:01.000Z"',
      completedAtJson: status === 'pending' || status === 'running' ? 'null' : '"2025-03-12T10:02:30.999Z"',
      attempt: attempt ?? (status === 'pending' ? 0 : 1),
      traits: traits ?? {},
    },
    ...said,
  };
}

/** What a list shows of some tasks: their ids. */
export function idsOf(items: readonly string[]): number[] {
  return items.map((item) => (JSON.parse(item) as { id: number }).id);
}

/** Positions as text in the order of the numbers. */
export function position(number: number): string {
  return String(number).padStart(16, '0');
}
