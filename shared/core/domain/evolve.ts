import { UnknownEventTypeError, type TaskFact } from './events.js';
import { REMEMBERED_PROGRESS_EVENTS_MAX } from './limits.js';
import { meaningOf } from './meaning.js';
import { originKey, type DedupKeys, type Remembered, type Task, type TaskSnapshot } from './task.js';

/**
 * The state after one more fact. It never looks at an event's `after`, so that an audit can hold the one against the
 * other.
 *
 * @param task `undefined` before the task was created.
 * @throws UnknownEventTypeError for a type that this version does not know.
 * @throws Error when a fact other than a creation comes first: such a stream was not written by `decide`.
 */
export function evolve(task: Task | undefined, fact: TaskFact): Task {
  if (fact.type === 'TaskCreated') return created(fact);
  if (task === undefined) throw new Error(`A task's first event must be TaskCreated, not ${fact.type}`);
  const { creation, dedupKeys, recentProgress } = task;
  const snapshot = snapshotAfter(task.snapshot, fact);
  const eventCount = task.eventCount + 1;
  const newest = remembered(fact);
  return fact.type === 'TaskProgressed'
    ? { snapshot, creation, eventCount, dedupKeys, recentProgress: withProgress(recentProgress, newest) }
    : { snapshot, creation, eventCount, dedupKeys: withDedupKey(dedupKeys, newest), recentProgress };
}

function created(fact: Extract<TaskFact, { type: 'TaskCreated' }>): Task {
  const { project_id, task_type, key, params, total = 0 } = fact.facts;
  return {
    // In alphabetical order, which is the canonical one.
    snapshot: {
      attempt: 0,
      completed_at: null,
      created_at: fact.at,
      key: key ?? null,
      namespace: fact.namespace,
      progress: 0,
      project_id,
      started_at: null,
      status: 'pending',
      task_id: fact.taskId,
      task_type,
      total,
    },
    creation: { project_id, task_type, total, params },
    eventCount: 1,
    dedupKeys: { newest: remembered(fact), older: undefined, count: 1 },
    recentProgress: [],
  };
}

function snapshotAfter(before: TaskSnapshot, fact: Exclude<TaskFact, { type: 'TaskCreated' }>): TaskSnapshot {
  const after = copyOf(before);
  switch (fact.type) {
    case 'TaskStarted':
      after.status = 'running';
      after.attempt = before.attempt + 1;
      after.progress = 0;
      after.total = fact.facts.total ?? before.total;
      after.started_at ??= fact.at;
      return after;
    case 'TaskProgressed':
      after.status = 'running';
      after.attempt = Math.max(before.attempt, 1);
      after.progress = fact.facts.progress;
      after.total = fact.facts.total ?? before.total;
      after.started_at ??= fact.at;
      return after;
    case 'TaskCompleted':
      after.status = 'completed';
      // An unknown total stays unknown: the progress that was reported last is then all that is known.
      if (before.total !== 0) after.progress = before.total;
      after.completed_at = fact.at;
      return after;
    case 'TaskFailed':
      after.status = 'failed';
      after.completed_at = fact.at;
      return after;
    case 'TaskCancelled':
      after.status = 'cancelled';
      after.completed_at = fact.at;
      return after;
    default:
      throw new UnknownEventTypeError((fact satisfies never as TaskFact).type);
  }
}

/** Member by member, in the order of `created`: every event makes one, and a spread that is added to is slow. */
function copyOf(before: TaskSnapshot): TaskSnapshot {
  const { attempt, completed_at, created_at, key, namespace, progress } = before;
  const { project_id, started_at, status, task_id, task_type, total } = before;
  // prettier-ignore
  return {
    attempt, completed_at, created_at, key, namespace, progress,
    project_id, started_at, status, task_id, task_type, total,
  };
}

function remembered(fact: TaskFact): Remembered {
  return { key: originKey(fact.origin), meaning: meaningOf(fact) };
}

function withDedupKey(older: DedupKeys, newest: Remembered): DedupKeys {
  return { newest, older, count: older.count + 1 };
}

function withProgress(before: readonly Remembered[], newest: Remembered): readonly Remembered[] {
  return [...(before.length < REMEMBERED_PROGRESS_EVENTS_MAX ? before : before.slice(1)), newest];
}
