import { attemptAfter, isBetweenAttempts, isMessageAlone } from './attempts.js';
import { STATUS_AFTER, UnknownEventTypeError, type TaskFact } from './events.js';
import { REMEMBERED_PROGRESS_EVENTS_MAX } from './limits.js';
import { meaningOf } from './meaning.js';
import {
  copyOf,
  creationOf,
  firstSnapshot,
  originKey,
  type DedupKeys,
  type Remembered,
  type Task,
  type TaskSnapshot,
} from './task.js';

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
  // Their repeat is told by the revision that they are about.
  if (isSilence(fact)) return { ...task, snapshot, eventCount };
  const newest = remembered(fact);
  return fact.type === 'TaskProgressed'
    ? { snapshot, creation, eventCount, dedupKeys, recentProgress: withProgress(recentProgress, newest) }
    : { snapshot, creation, eventCount, dedupKeys: withDedupKey(dedupKeys, newest), recentProgress };
}

function created(fact: Extract<TaskFact, { type: 'TaskCreated' }>): Task {
  return {
    snapshot: firstSnapshot(fact.facts, fact),
    creation: creationOf(fact.facts),
    eventCount: 1,
    dedupKeys: { newest: remembered(fact), older: undefined, count: 1 },
    recentProgress: [],
  };
}

function snapshotAfter(before: TaskSnapshot, fact: Exclude<TaskFact, { type: 'TaskCreated' }>): TaskSnapshot {
  const after = copyOf(before);
  after.was = stageOf(before);
  // Whatever comes of it, something was heard.
  after.silent = undefined;
  if (isMessageAlone(fact)) return after;
  after.status = STATUS_AFTER[fact.type];
  after.attempt = attemptAfter(before, fact);
  switch (fact.type) {
    case 'TaskStarted':
      after.error_type = undefined;
      after.heartbeat_s = fact.facts.heartbeat_s ?? before.heartbeat_s;
      after.progress = 0;
      after.total = fact.facts.total ?? before.total;
      after.started_at ??= fact.at;
      after.worker = fact.facts.worker;
      return after;
    case 'TaskProgressed':
      after.progress = fact.facts.progress ?? (after.attempt === before.attempt ? before.progress : 0);
      after.total = fact.facts.total ?? before.total;
      after.started_at ??= fact.at;
      return after;
    case 'TaskAttemptFailed':
      after.error_type = fact.facts.error_type;
      after.started_at ??= fact.at;
      return after;
    case 'TaskWentSilent':
      after.silent = true;
      return after;
    case 'TaskHeardAgain':
      return after;
    case 'TaskCompleted':
      // An unknown total stays unknown: the progress that was reported last is then all that is known.
      if (before.total !== 0) after.progress = before.total;
      after.error_type = undefined;
      after.completed_at = fact.at;
      return after;
    case 'TaskFailed':
      after.error_type = fact.facts.error_type;
      after.completed_at = fact.at;
      return after;
    case 'TaskCancelled':
      after.completed_at = fact.at;
      return after;
    default:
      throw new UnknownEventTypeError((fact satisfies never as TaskFact).type);
  }
}

function stageOf(before: TaskSnapshot): TaskSnapshot['was'] {
  if (before.silent) return 'silent';
  if (before.status !== 'pending') return 'running';
  return isBetweenAttempts(before) ? 'waiting' : 'new';
}

function isSilence({ type }: TaskFact): boolean {
  return type === 'TaskWentSilent' || type === 'TaskHeardAgain';
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
