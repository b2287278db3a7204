import { Lifecycle } from '../shared/runtime/lifecycle.js';
import { createLogger } from '../shared/runtime/observability/logger.js';
import type { Settings } from '../shared/runtime/settings.js';
import { EXIT_FAILURE } from './exit-codes.js';
import { startRoles } from './roles/start-roles.js';
import { onStopSignal } from './stop-signals.js';

/**
 * Starts the roles of this process on the engines that the settings name, and stops them in order on SIGTERM, SIGINT or SIGHUP,
 * also while they are being started.
 *
 * @throws InvalidSettingError when the port, the data folder or an engine's URL can't be used.
 */
export async function start(settings: Settings, version: string): Promise<void> {
  const logger = createLogger(settings);
  const lifecycle = new Lifecycle(logger);
  // It resolves when a signal has ended the start: whatever else the start is waiting for then is left.
  const stopped = new Promise<'stopped'>((resolve) => {
    onStopSignal(() => {
      resolve('stopped');
      void lifecycle.stop().then((clean) => process.exit(clean ? 0 : EXIT_FAILURE));
    });
  });
  try {
    const address = await Promise.race([startRoles({ settings, lifecycle, logger }, version), stopped]);
    if (address === 'stopped') return;
    const { dataDir, roles } = settings;
    logger.info({ event: 'started', address, dataDir, roles, version }, 'Taskledger has started');
    process.stdout.write(`Taskledger listens on ${address}\n`);
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}
