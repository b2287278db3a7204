import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startProjector } from '../projections/engine/start-projector.js';
import { refreshTask } from '../projections/tasks/refresh-task.js';
import { tasksProjection } from '../projections/tasks/tasks-projection.js';
import { startCommandService } from '../services/commands/command-service.js';
import { createQueryService } from '../services/query/query-service.js';
import { EmbeddedEventStore } from '../shared/adapters/embedded/event-store/embedded-event-store.js';
import { InProcessBus } from '../shared/adapters/embedded/in-process-bus.js';
import { EmbeddedReadModel } from '../shared/adapters/embedded/read-model/embedded-read-model.js';
import { NodeCrypto } from '../shared/adapters/node/crypto.js';
import type { Settings } from '../shared/config/settings.js';
import { InvalidSettingError } from '../shared/contracts/errors.js';
import { Lifecycle } from '../shared/lifecycle/lifecycle.js';
import { createLogger } from '../shared/observability/logger.js';

/**
 * Starts all roles in this process on the embedded engines, and stops them in order on SIGTERM or SIGINT.
 *
 * @throws InvalidSettingError when the port or the data folder can't be used.
 */
export async function start(settings: Settings, version: string): Promise<void> {
  const logger = createLogger(settings.logLevel);
  const lifecycle = new Lifecycle(logger);
  stopOnSignals(lifecycle);
  try {
    await startAll(settings, version, lifecycle, logger);
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

async function startAll(
  settings: Settings,
  version: string,
  lifecycle: Lifecycle,
  logger: ReturnType<typeof createLogger>,
): Promise<void> {
  const { dataDir, taskTypes } = settings;
  const clock = { nowMs: () => Date.now() };

  const store = await EmbeddedEventStore.open(join(dataDir, 'ledger'));
  lifecycle.started('event store', () => store.close());
  const readModel = await EmbeddedReadModel.open(join(dataDir, 'read-model'));
  lifecycle.started('read model', () => readModel.close());
  const projector = startProjector({ store, readModel, projection: tasksProjection, clock, logger });
  lifecycle.started('projector', () => projector.stop());
  const bus = new InProcessBus();
  lifecycle.started('message bus', () => bus.close());
  const commands = await startCommandService({
    store,
    clock,
    crypto: new NodeCrypto(),
    logger,
    taskTypes,
    bus,
  });
  lifecycle.started('command service', () => commands.close());
  const query = createQueryService({
    readModel,
    eventStore: store,
    bus,
    projector,
    refreshTask: (taskId) => refreshTask(store, readModel, taskId),
    logger,
    clock,
    newId: randomUUID,
    settings: { ...settings, version },
  });
  await listen(query, settings);
  lifecycle.started('query service', () => query.close());
  const address = query.address() ?? '';
  logger.info({ address, dataDir, roles: settings.roles, version }, 'Taskledger has started');
  process.stdout.write(`Taskledger listens on ${address}\n`);
}

async function listen(query: ReturnType<typeof createQueryService>, { host, port }: Settings): Promise<void> {
  try {
    await query.listen();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new InvalidSettingError(`PORT ${port} is in use on ${host}`, { cause });
    if (code === 'EACCES')
      throw new InvalidSettingError(`PORT ${port} needs rights that this process lacks`, { cause });
    throw new InvalidSettingError(`HOST ${host} can't be listened on (${code ?? String(cause)})`, { cause });
  }
}

/** The first signal stops everything; more of them change nothing. */
function stopOnSignals(lifecycle: Lifecycle): void {
  const stop = (): void => {
    void lifecycle.stop().then((clean) => process.exit(clean ? 0 : 1));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
