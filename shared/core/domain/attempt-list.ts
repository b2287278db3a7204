import { isMessageAlone } from './attempts.js';
import type { TaskEvent } from './events.js';

/** How many attempts of a task are listed, gaps included: the last ones. */
export const ATTEMPTS_LISTED_MAX = 100;

/** What is known of one attempt. */
export interface ListedAttempt {
  number: number;
  /** When it was first heard to run; null where it was only heard to end. */
  started_at: string | null;
  /** Null while it runs. */
  ended_at: string | null;
  /** `unknown` where the next one began and nothing was heard of how this one ended. */
  outcome: 'running' | 'failed' | 'completed' | 'cancelled' | 'unknown';
  worker: string | null;
  error_type: string | null;
  /** Null also once it was erased. */
  error_message: string | null;
  /** When the next one was said to come. */
  retry_at: string | null;
  /** How often it began: more than once after a crash. */
  begun: number;
}

/** Attempts that nothing was ever heard of, since the queue's number jumped ahead: from the first to the last of them. */
export interface UnheardAttempts {
  from: number;
  to: number;
  outcome: 'unknown';
}

/** A task's attempts, oldest first. */
export interface AttemptList {
  /** The number of the last one; what is below it and not listed was left out. */
  last: number;
  attempts: readonly (ListedAttempt | UnheardAttempts)[];
}

/** What an event says of attempts. */
export type AttemptEvent = Pick<TaskEvent, 'type' | 'facts' | 'at'> & {
  after: Pick<TaskEvent['after'], 'attempt' | 'worker'>;
};

/** None yet. @param last The number of the last one before those that are to be listed. */
export function noAttempts(last = 0): AttemptList {
  return { last, attempts: [] };
}

/** The attempts after one more event of the task. Pure; types of events that are about no attempt change nothing. */
export function withAttemptEvent(list: AttemptList, event: AttemptEvent): AttemptList {
  const { type, facts, at, after } = event;
  if (type === 'TaskCreated' || isMessageAlone(event)) return list;
  const isNew = after.attempt > list.last;
  const before = isNew ? begun(list, after.attempt) : list;
  const current = before.attempts.at(-1);
  if (current === undefined || 'from' in current) return before;
  switch (type) {
    case 'TaskStarted': {
      const again = isNew ? current : { ...newAttempt(current.number), begun: current.begun + 1 };
      const started_at = current.started_at ?? at;
      return changed(before, again, { started_at, worker: after.worker ?? null });
    }
    case 'TaskProgressed':
      return current.started_at === null ? changed(before, current, { started_at: at }) : before;
    case 'TaskAttemptFailed':
      return changed(before, current, {
        ...ended('failed', current, at),
        ...errorOf(facts as Failure),
        retry_at: (facts as { retry_at?: string }).retry_at ?? null,
      });
    case 'TaskCompleted':
    case 'TaskFailed':
    case 'TaskCancelled': {
      // An end between two attempts that names none is none of theirs.
      const isItsEnd = current.outcome === 'running' || (facts as { attempt?: number }).attempt !== undefined;
      if (!isItsEnd) return before;
      const error = type === 'TaskFailed' ? errorOf(facts as Failure) : {};
      return changed(before, current, { ...ended(OUTCOMES[type], current, at), ...error });
    }
    case 'TaskWentSilent':
    case 'TaskHeardAgain':
      return before;
  }
}

const OUTCOMES = { TaskCompleted: 'completed', TaskFailed: 'failed', TaskCancelled: 'cancelled' } as const;

interface Failure {
  error_type?: string;
  error_message: string | undefined;
}

function errorOf({
  error_type,
  error_message,
}: Failure): Pick<ListedAttempt, 'error_type' | 'error_message'> {
  return { error_type: error_type ?? null, error_message: error_message ?? null };
}

/** A queue may say of a failed attempt that the task has failed with it: it ended with the first of the two. */
function ended(
  outcome: ListedAttempt['outcome'],
  current: ListedAttempt,
  at: string,
): Partial<ListedAttempt> {
  return { outcome, ended_at: outcome === current.outcome ? (current.ended_at ?? at) : at };
}

function newAttempt(number: number): ListedAttempt {
  return {
    number,
    started_at: null,
    ended_at: null,
    outcome: 'running',
    worker: null,
    error_type: null,
    error_message: null,
    retry_at: null,
    begun: 1,
  };
}

/** With a new attempt, what lies between as one gap, and the end of the one before unknown if it was not heard of. */
function begun({ last, attempts }: AttemptList, number: number): AttemptList {
  const next: (ListedAttempt | UnheardAttempts)[] = attempts.map((attempt) =>
    attempt.outcome === 'running' ? { ...attempt, outcome: 'unknown' } : attempt,
  );
  if (number > last + 1) next.push({ from: last + 1, to: number - 1, outcome: 'unknown' });
  next.push(newAttempt(number));
  return { last: number, attempts: next.slice(-ATTEMPTS_LISTED_MAX) };
}

function changed(list: AttemptList, current: ListedAttempt, changes: Partial<ListedAttempt>): AttemptList {
  return { ...list, attempts: [...list.attempts.slice(0, -1), { ...current, ...changes }] };
}
