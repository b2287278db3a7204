import { setTimeout as delay } from 'node:timers/promises';
import { TaskledgerUnavailableError } from './errors.js';

/** How often and how long is waited before something is tried again. */
export interface RetryPolicy {
  /** How often a read or a cancel is tried in all, the first time included. Events are tried until they are answered. */
  attemptsMax: number;
  /** The longest wait after the first try; it doubles with each further one … */
  retryDelayMsMin: number;
  /** … up to this. A server's `Retry-After` is honoured up to this, too, and the random part comes on top of it. */
  retryDelayMsMax: number;
}

/** Eight tries, at most about fifteen seconds of waiting. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  attemptsMax: 8,
  retryDelayMsMin: 200,
  retryDelayMsMax: 5_000,
};

/**
 * How long to wait after some tries have failed: random between nothing and the bound ("full jitter"), so that many
 * publishers do not come back in step.
 */
export function retryDelayMs(policy: RetryPolicy, failures: number, retryAfterMs = 0): number {
  // Doubling ends where the bound is reached, however often it failed.
  const bound = Math.min(policy.retryDelayMsMax, policy.retryDelayMsMin * 2 ** Math.min(failures - 1, 30));
  return Math.min(policy.retryDelayMsMax, retryAfterMs) + Math.random() * bound;
}

/**
 * Tries again while `attempt` throws `TaskledgerUnavailableError`; any other error passes at once.
 *
 * @throws the last `TaskledgerUnavailableError` when the tries are used up.
 */
export async function withRetries<Answer>(
  policy: RetryPolicy,
  attempt: () => Promise<Answer>,
): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TaskledgerUnavailableError) || tries >= policy.attemptsMax) throw error;
      await delay(retryDelayMs(policy, tries, error.retryAfterMs));
    }
  }
}
