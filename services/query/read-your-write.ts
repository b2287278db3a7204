import { UnavailableError } from '../../shared/contracts/errors.js';
import type { QueryDeps } from './query-deps.js';

/** Waits until a write shows in the read model. */
export type AwaitVisible = (taskId: number, revision: number) => Promise<void>;

/**
 * Makes what a write waits for before it is answered, so that the very next GET, from any replica, shows it. The projector
 * has a moment to bring it; after that, or while it builds everything, the task's document is refreshed here.
 *
 * @throws UnavailableError (the wait) when neither works. The write is in the ledger then: only the answer is missing.
 */
export function awaitVisible(
  { readModel, projector, refreshTask }: QueryDeps,
  readModelWaitMs: number,
): AwaitVisible {
  return async (taskId, revision) => {
    try {
      const isBehind = projector.status().rebuilding === true;
      const waitMs = isBehind ? 0 : readModelWaitMs;
      if (await readModel.waitForRevision(taskId, revision, AbortSignal.timeout(waitMs))) return;
      await refreshTask(taskId);
    } catch (cause) {
      throw new UnavailableError('It is recorded, but does not show yet; send it again to make sure', {
        cause,
      });
    }
  };
}
