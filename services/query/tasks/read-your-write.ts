import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { QueryDeps } from '../query-deps.js';

/** Waits until a write shows in the read model. */
export type AwaitVisible = (taskId: number, revision: number) => Promise<void>;

/**
 * Makes what a write waits for before it is answered, so that the very next GET, from any replica, shows it. The projector
 * has a moment to bring it; after that, or while it builds everything, the task's document is refreshed here.
 *
 * @throws UnavailableError (the wait) when neither works. The write is in the ledger then: only the answer is missing.
 */
export function awaitVisible(
  { readModel, projector, checkLedger, refreshTask }: QueryDeps,
  readModelWaitMs: number,
): AwaitVisible {
  const bring = async (taskId: number, revision: number): Promise<void> => {
    const isBehind = projector.status().rebuilding === true;
    const waitMs = isBehind ? 0 : readModelWaitMs;
    if (await readModel.waitForRevision(taskId, revision, AbortSignal.timeout(waitMs))) return;
    await refreshTask(taskId);
  };
  return async (taskId, revision) => {
    try {
      // Another ledger's task of the same id may be there, and further.
      await Promise.all([bring(taskId, revision), checkLedger?.()]);
    } catch (cause) {
      throw new UnavailableError('It is recorded, but does not show yet; send it again to make sure', {
        cause,
      });
    }
  };
}
