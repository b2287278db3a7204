import { setTimeout as delay } from 'node:timers/promises';
import { TaskledgerUnavailableError } from './errors.js';

/** How often and how long is waited before something is tried again. */
export interface RetryPolicy {
  /** How often it is tried in all, the first time included. */
  attemptsMax: number;
  /** The longest wait after the first try; it doubles with each further one … */
  retryDelayMsMin: number;
  /** … up to this. A server's `Retry-After` is honoured up to this, too. */
  retryDelayMsMax: number;
}

/** Eight tries, at most about fifteen seconds of waiting. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  attemptsMax: 8,
  retryDelayMsMin: 200,
  retryDelayMsMax: 5_000,
};

/**
 * Tries again while `attempt` throws `TaskledgerUnavailableError`; any other error passes at once. The waits are
 * random between nothing and the bound ("full jitter"), so that many publishers do not come back in step.
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
      const bound = Math.min(policy.retryDelayMsMax, policy.retryDelayMsMin * 2 ** (tries - 1));
      const asked = Math.min(policy.retryDelayMsMax, error.retryAfterMs ?? 0);
      await delay(Math.max(asked, Math.random() * bound));
    }
  }
}
