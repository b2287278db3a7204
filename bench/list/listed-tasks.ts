import { stateChange } from '../../shared/core/application/task-change.js';
import { EmbeddedReadModel } from '../../shared/adapters/embedded/read-model/embedded-read-model.js';
import { shownTime } from '../../shared/core/contracts/time.js';
import { firstSnapshot, isFinal, type TaskSnapshot } from '../../shared/core/domain/task.js';
import type { ReadModel, TaskChange } from '../../shared/core/ports/read-model.js';

/** How many tasks a list shows. */
export const LIMIT = 50;

// So few of each that even of 1,000 tasks more than one page is left by the narrowest filter.
const PROJECTS = [1, 2];
export const STATUSES = ['completed', 'failed', 'running'] as const;
export const TASK_TYPES = ['search', 'crawl', 'ocr'];

/** From when on only the late ones were started, and ended; and the time before which only they were due. */
export const LATE = '2026-01-01T00:00:00';
export const DUE = '2025-01-01T00:00:00';

const BATCH_TASKS = 1_000;

/** A read model with so many tasks. */
export async function filled(path: string, tasks: number): Promise<ReadModel> {
  const readModel = await EmbeddedReadModel.open(path);
  for (let first = 1; first <= tasks; first += BATCH_TASKS) {
    await readModel.apply(
      Array.from({ length: BATCH_TASKS }, (_, index) => exampleChange(first + index, tasks)),
    );
  }
  // The last ones would wait in memory while list follows list, and be looked through each time.
  await readModel.close();
  return EmbeddedReadModel.open(path);
}

/** The second in which a task was created, and first started unless it was late. */
export function createdSecond(taskId: number): string {
  return shownTime(createdAt(taskId));
}

/** A task's key. */
export function keyOf(taskId: number): string {
  return `crawl/${Math.floor(taskId / 18) % 2 === 0 ? 'even' : 'odd'}/${taskId}`;
}

/** Each task is created a tenth of a second after the one before it. */
function createdAt(taskId: number): string {
  return new Date(Date.UTC(2025, 2, 12) + taskId * 100).toISOString();
}

/** Up to ten seconds later. */
function endedAt(taskId: number): string {
  return new Date(Date.parse(createdAt(taskId)) + ((taskId * 7_919) % 10_000)).toISOString();
}

/**
 * One of so many tasks, of which `LIMIT` are cancelled, and as many of the newer half started and ended late, and are due: as many
 * in each store, far from each other.
 */
function exampleChange(taskId: number, tasks: number): TaskChange {
  const created_at = createdAt(taskId);
  const isLate = taskId > tasks / 2 && taskId % (tasks / 2 / LIMIT) === 3;
  const created = {
    project_id: PROJECTS[taskId % 2]!,
    task_type: TASK_TYPES[Math.floor(taskId / 6) % 3]!,
    key: keyOf(taskId),
    total: 100,
    labels: { team: String(taskId % 20), tier: taskId % 2 === 0 ? 'even' : 'odd' },
    parent: String(taskId % 20),
  };
  const lateAt = new Date(Date.parse(`${LATE}Z`) + (taskId % 997) * 1000).toISOString();
  const snapshot: TaskSnapshot = {
    ...firstSnapshot(created, { namespace: 'default', taskId, at: created_at }),
    status: isLate
      ? 'completed'
      : taskId % (tasks / LIMIT) === 1
        ? 'cancelled'
        : STATUSES[Math.floor(taskId / 2) % 3]!,
    attempt: 1,
    progress: 30,
    started_at: isLate ? lateAt : created_at,
    worker: `worker ${taskId % 20}`,
    error_type: `Error${taskId % 20}`,
    ...(taskId % 20 === 7 && { silent: true as const }),
    ...(isLate && { due_at: '2024-12-24T00:00:00.000Z' }),
  };
  if (isFinal(snapshot.status)) snapshot.completed_at = isLate ? lateAt : endedAt(taskId);
  return {
    ...stateChange(snapshot, 2),
    errorMessageJson: JSON.stringify(`No answer from the host, reason${taskId % 20}`),
    paramsJson: JSON.stringify({ query: 'machine learning', sources: ['semantic_scholar'], page: taskId }),
  };
}
