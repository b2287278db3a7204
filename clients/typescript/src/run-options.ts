import { retryDelayMs } from './retries.js';

/** What is tried again, and who runs it. */
export type RunOptions = {
  /** Who runs the work, such as `host:pid`: what the task shows as its worker, at most 256 characters. */
  worker?: string;
  /** Which errors of the work are tried again (all of them); any other is final. */
  retryIf?: (error: unknown) => boolean;
} & (OwnRetries | QueueAttempt);

/** `run` tries again by itself. */
interface OwnRetries {
  /** How often the work is tried in all, the first time included (1). */
  attempts?: number;
  /** The longest wait before the second try, in milliseconds (1,000); it doubles with each further one, up to a minute. */
  backoffMs?: number;
  attempt?: undefined;
  attemptsMax?: undefined;
}

/** A queue has `run` do one of its attempts, and tries again by itself. */
interface QueueAttempt {
  /** The queue's own number of this attempt, from 1. */
  attempt: number;
  /** How many the queue makes in all: a failure of an earlier one is not the task's end. */
  attemptsMax: number;
  attempts?: undefined;
  backoffMs?: undefined;
}

/** The longest wait between two tries of `run` itself. */
const BACKOFF_MS_MAX = 60_000;

/** What follows from a failure of the attempt: the task's end, a try of the queue's, or one of ours after a while. */
export type NextTry = 'none' | 'of the queue' | { afterMs: number };

/** Says what follows from the failure of a try, counted from 1. @throws TypeError when the options are not allowed. */
export function nextTries(options: RunOptions): (failures: number, error: unknown) => NextTry {
  const { attempts = 1, backoffMs = 1_000, attempt, attemptsMax, retryIf = () => true } = options;
  if (attempt === undefined && attemptsMax === undefined) {
    checkInt('attempts', attempts);
    if (!(backoffMs >= 0 && backoffMs <= BACKOFF_MS_MAX))
      throw new TypeError(`backoffMs must be a number from 0 to ${BACKOFF_MS_MAX}, not ${backoffMs}`);
    const policy = { attemptsMax: attempts, retryDelayMsMin: backoffMs, retryDelayMsMax: BACKOFF_MS_MAX };
    return (failures, error) =>
      failures < attempts && retryIf(error) ? { afterMs: retryDelayMs(policy, failures) } : 'none';
  }
  if (options.attempts !== undefined || options.backoffMs !== undefined)
    throw new TypeError(
      'attempt and attemptsMax are of a queue that tries again: leave out attempts and backoffMs',
    );
  checkInt('attempt', attempt);
  checkInt('attemptsMax', attemptsMax);
  return (_, error) => (attempt < attemptsMax && retryIf(error) ? 'of the queue' : 'none');
}

function checkInt(name: string, value: number | undefined): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < 1)
    throw new TypeError(`${name} must be an int of 1 or more, not ${value}`);
}
