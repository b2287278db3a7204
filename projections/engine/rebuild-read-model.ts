import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../shared/core/ports/logger.js';
import type { ReadModelCopy, RebuildableReadModel } from '../../shared/core/ports/rebuildable-read-model.js';
import type { Projector } from './start-projector.js';

const LOOK_DELAY_MS = 50;
/** How many times the readers' delay the former copy is kept, for those who are reading it. */
const KEPT_DELAYS = 4;

/** One of the projections that a copy is built by. */
export interface CopyProjector {
  projector: Projector;
  /** Where the same projection is in the copy that serves; `undefined` when it has not begun there. */
  served: () => Promise<string | undefined>;
}

export interface RebuildOptions {
  readModel: RebuildableReadModel;
  /** Starts the projections that fill the copy. */
  start: (copy: ReadModelCopy) => readonly CopyProjector[];
  logger: Logger;
  /** Gives up before the swap when it fires; what was built is removed. */
  signal: AbortSignal;
}

/**
 * Builds the read model again from the first event while it serves, and swaps when the new copy has caught up with the one
 * that serves. One rebuild at a time: a second one removes what the first has begun.
 *
 * The new copy has projectors of its own, which work until every process has followed the swap, so that at any moment
 * both copies are kept up to date. Writers follow the swap within `readModel.followDelayMs`.
 *
 * @returns Whether it was swapped; false when the signal fired first.
 * @throws UnavailableError when the read model is unavailable at the beginning or the end.
 */
export async function rebuild({ readModel, start, logger, signal }: RebuildOptions): Promise<boolean> {
  const copy = await readModel.startCopy();
  const projectors = start(copy);
  let swapped = false;
  try {
    while (!signal.aborted && !(await haveCaughtUp(projectors)))
      await delay(LOOK_DELAY_MS, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) {
      await copy.serve();
      swapped = true;
      logger.info(
        { event: 'read_model_swapped' },
        'The read model that was built from the ledger serves now',
      );
      await delay(readModel.followDelayMs * KEPT_DELAYS);
    }
  } finally {
    await Promise.all(projectors.map(({ projector }) => projector.stop()));
    await copy.removeOthers();
  }
  return swapped;
}

async function haveCaughtUp(projectors: readonly CopyProjector[]): Promise<boolean> {
  for (const { projector, served } of projectors) {
    const { caughtUp, lastError, position } = projector.status();
    if (!caughtUp || lastError !== undefined) return false;
    const reached = await served();
    if (reached !== undefined && (position === undefined || position < reached)) return false;
  }
  return true;
}
