import { setTimeout as delay } from 'node:timers/promises';
import type { RebuildableReadModel } from '../../shared/ports/read-model.js';
import { startProjector, type Projector, type ProjectorOptions } from './start-projector.js';

const LOOK_DELAY_MS = 50;
/** How many times the readers' delay the former copy is kept, for those who are reading it. */
const KEPT_DELAYS = 4;

export interface RebuildOptions extends Omit<ProjectorOptions, 'readModel' | 'epoch'> {
  readModel: RebuildableReadModel;
  /** Gives up before the swap when it fires; what was built is removed. */
  signal: AbortSignal;
  /** Hears of the new copy's progress, about every 50 ms. */
  onProgress?: (status: ReturnType<Projector['status']>) => void;
}

/**
 * Builds the read model anew from the first event while it serves, and swaps when the new copy has caught up with the one
 * that serves. One rebuild at a time: a second one removes what the first has begun.
 *
 * The new copy has a projector of its own, which works until every process has followed the swap, so that at any moment
 * both copies are kept up to date. Readers may see the former copy for `readModel.followDelayMs` after the swap.
 *
 * @returns Whether it was swapped; false when the signal fired first.
 * @throws UnavailableError when the read model is away at the beginning or the end.
 */
export async function rebuild(options: RebuildOptions): Promise<boolean> {
  const { readModel, projection, signal, logger } = options;
  const copy = await readModel.startCopy();
  const projector = startProjector({ ...options, readModel: copy });
  const hasCaughtUp = async (): Promise<boolean> => {
    const status = projector.status();
    options.onProgress?.(status);
    if (!status.caughtUp || status.lastError !== undefined) return false;
    const served = await readModel.checkpoint(projection.name);
    return served === undefined || (status.position !== undefined && status.position >= served);
  };
  let swapped = false;
  try {
    while (!signal.aborted && !(await hasCaughtUp()))
      await delay(LOOK_DELAY_MS, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) {
      await copy.serve();
      swapped = true;
      logger.info({ projection: projection.name }, 'The copy that was built anew serves now');
      await delay(readModel.followDelayMs * KEPT_DELAYS);
    }
  } finally {
    await projector.stop();
    await copy.removeOthers();
  }
  return swapped;
}
