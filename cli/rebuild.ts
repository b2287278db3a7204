import { rebuild } from '../projections/engine/rebuild-read-model.js';
import { InvalidSettingError } from '../shared/core/contracts/errors.js';
import { Lifecycle } from '../shared/runtime/lifecycle.js';
import { createLogger } from '../shared/runtime/observability/logger.js';
import type { Settings } from '../shared/runtime/settings.js';
import { openEventStore, openRebuildable } from './engines.js';
import { fillCopy } from './roles/projections.js';
import { onStopSignal } from './stop-signals.js';

/**
 * Builds the read model again beside the one that serves, and swaps. SIGTERM, SIGINT and SIGHUP give up before the swap.
 *
 * @throws InvalidSettingError for the embedded read model.
 */
export async function rebuildReadModel(settings: Settings): Promise<boolean> {
  const logger = createLogger(settings);
  const lifecycle = new Lifecycle(logger);
  const giveUp = new AbortController();
  onStopSignal(() => giveUp.abort());
  try {
    const deps = { settings, lifecycle, logger };
    const readModel = await openRebuildable(deps);
    if (readModel === undefined) {
      throw new InvalidSettingError(
        `READ_MODEL_URL is not set: the embedded read model is built again by stopping Taskledger, deleting the folder ` +
          `read-model in ${settings.dataDir}, and starting it again`,
      );
    }
    const store = await openEventStore(deps);
    const clock = { nowMs: () => Date.now() };
    const { seriesKeepDays, versionsKeepDays } = settings;
    const start = fillCopy({ store, clock, logger, seriesKeepDays, versionsKeepDays }, readModel);
    const swapped = await rebuild({ readModel, start, logger, signal: giveUp.signal });
    process.stdout.write(
      swapped ? 'The read model was built again and serves\n' : 'Given up before the swap\n',
    );
    return swapped;
  } finally {
    await lifecycle.stop();
  }
}
