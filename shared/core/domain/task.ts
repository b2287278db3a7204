import type { JsonObject } from './json.js';

/** Every state a task can be in, in the order in which a task passes through them. */
export const TASK_STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;

/** The state a task is in. */
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** The states that nothing follows. */
export type FinalStatus = Extract<TaskStatus, 'completed' | 'failed' | 'cancelled'>;

/** Whether a status is one that nothing follows. */
export function isFinal(status: TaskStatus): status is FinalStatus {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

/**
 * The small state of a task: what every stored event carries as `after`, so that any single event is enough to
 * project, feed or stream it. Named as it is stored. Times are effective times, RFC 3339 with `Z` and milliseconds.
 */
export interface TaskSnapshot {
  namespace: string;
  task_id: number;
  project_id: number;
  task_type: string;
  /** The publisher's own name for the task. */
  key: string | null;
  status: TaskStatus;
  /** 0 until the first start, 1 from then on, one more with each further start. */
  attempt: number;
  progress: number;
  /** Total steps; 0 means unknown. */
  total: number;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  /** What it was created with, for good. No member has a value of `undefined` in JSON: it is not there. */
  labels: Labels | undefined;
  /** The task that it is a part of: that one's id in digits, or its key. It may come later. */
  parent: string | undefined;
  /** The task that it tries again, said likewise. */
  retry_of: string | undefined;
  due_at: string | undefined;
  /** Its publisher's promise to be heard of at least so often while it runs, in seconds. */
  heartbeat_s: number | undefined;
  /** What becomes of it once the promise is broken for long. */
  when_silent: 'fail' | undefined;
  /** Who runs it, or ran it last, as the start of the attempt said. */
  worker: string | undefined;
  /** What kind of error the last attempt ended with. */
  error_type: string | undefined;
  /** Whether it runs and is not heard of any more, against its publisher's promise. */
  silent: true | undefined;
  /**
   * What it was before the event that led here: new (nothing had begun), waiting (between two attempts), running, or silent
   * while it ran; at its creation new.
   */
  was: 'new' | 'waiting' | 'running' | 'silent';
}

/** A task's labels: name → value. */
export type Labels = Readonly<Record<string, string>>;

/** The state that a task was in before the event at a revision; `undefined` before its creation. */
export function statusBefore({ was }: Pick<TaskSnapshot, 'was'>, revision: number): TaskStatus | undefined {
  if (revision === 0) return undefined;
  return was === 'running' || was === 'silent' ? 'running' : 'pending';
}

/** Who says that something happened, and under which name: CloudEvents' `source` and `id`, unique together. */
export interface EventOrigin {
  source: string;
  id: string;
}

/** What a task is created with, as it is said. */
export interface CreationFacts {
  project_id: number;
  task_type: string;
  key?: string;
  params?: JsonObject;
  total?: number;
  labels?: Labels;
  parent?: string;
  retry_of?: string;
  due_at?: string;
  heartbeat_s?: number;
  when_silent?: 'fail';
}

/** What a task was created with; a repeated creation has to be equal to it. */
export interface TaskCreation extends Omit<CreationFacts, 'key' | 'params' | 'total'> {
  total: number;
  /** `undefined` once the value was erased from the ledger. */
  params: JsonObject | undefined;
}

/** What a creation says, the key aside, with what it leaves out. */
export function creationOf({ key: _, params, total = 0, ...said }: CreationFacts): TaskCreation {
  return { ...said, total, params };
}

/** The state after a creation. In alphabetical order, which is the canonical one. */
export function firstSnapshot(
  facts: CreationFacts,
  { namespace, taskId, at }: { namespace: string; taskId: number; at: string },
): TaskSnapshot {
  const { project_id, task_type, key, total = 0 } = facts;
  return {
    attempt: 0,
    completed_at: null,
    created_at: at,
    due_at: facts.due_at,
    error_type: undefined,
    heartbeat_s: facts.heartbeat_s,
    key: key ?? null,
    labels: facts.labels,
    namespace,
    parent: facts.parent,
    progress: 0,
    project_id,
    retry_of: facts.retry_of,
    silent: undefined,
    started_at: null,
    status: 'pending',
    task_id: taskId,
    task_type,
    total,
    was: 'new',
    when_silent: facts.when_silent,
    worker: undefined,
  };
}

/** The same state. Member by member, in the same order: every event makes one, and a spread that is added to is slow. */
export function copyOf(before: TaskSnapshot): TaskSnapshot {
  const { attempt, completed_at, created_at, due_at, error_type, heartbeat_s, key, labels } = before;
  const { namespace, parent, progress, project_id, retry_of, silent, started_at, status } = before;
  const { task_id, task_type, total, was, when_silent, worker } = before;
  // prettier-ignore
  return {
    attempt, completed_at, created_at, due_at, error_type, heartbeat_s, key, labels,
    namespace, parent, progress, project_id, retry_of, silent, started_at, status,
    task_id, task_type, total, was, when_silent, worker,
  };
}

/** An event that was accepted, for knowing its repeat. */
export interface Remembered {
  /** As `originKey`. */
  readonly key: string;
  /** As `meaningOf`. */
  readonly meaning: number | undefined;
}

/**
 * Remembered events from the newest to the oldest. Each state adds to the list of the state before and shares the rest of it, so
 * that folding a task that was started a hundred thousand times does not copy the list as often.
 */
export interface DedupKeys {
  readonly newest: Remembered;
  readonly older: DedupKeys | undefined;
  /** How many there are with this one. */
  readonly count: number;
}

/** Everything that `decide` needs to know of a task: the fold of its events. */
export interface Task {
  snapshot: TaskSnapshot;
  creation: TaskCreation;
  /** How many events the task has. */
  eventCount: number;
  /** The created, started and final events, kept for good. */
  dedupKeys: DedupKeys;
  /** The last progressed events, oldest first. */
  recentProgress: readonly Remembered[];
}

/** One string for an origin, different for different origins. */
export function originKey(origin: EventOrigin): string {
  return `${origin.source.length}:${origin.source}${origin.id}`;
}

/** The event of this origin that the task has accepted (progressed ones are remembered for a while only). */
export function rememberedOf(task: Task, origin: EventOrigin): Remembered | undefined {
  const key = originKey(origin);
  for (let rest: DedupKeys | undefined = task.dedupKeys; rest !== undefined; rest = rest.older) {
    if (rest.newest.key === key) return rest.newest;
  }
  // By index: most events come here, and find nothing.
  for (let at = task.recentProgress.length - 1; at >= 0; at--) {
    const remembered = task.recentProgress[at] as Remembered;
    if (remembered.key === key) return remembered;
  }
  return undefined;
}
