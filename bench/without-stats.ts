import { randomUUID } from 'node:crypto';
import { openEventStore, openReadModel } from '../cli/engines.js';
import { runProjector } from '../cli/roles/projections.js';
import { startCommandThread } from '../cli/start-command-thread.js';
import { refreshTask } from '../projections/tasks/refresh-task.js';
import { tasksProjection } from '../projections/tasks/tasks-projection.js';
import { HeardTasks } from '../services/query/events/heard-tasks.js';
import { createQueryService } from '../services/query/query-service.js';
import { NodeCrypto } from '../shared/adapters/node/node-crypto.js';
import { Lifecycle } from '../shared/runtime/lifecycle.js';
import { createLogger } from '../shared/runtime/observability/logger.js';
import { Metrics } from '../shared/runtime/observability/metrics.js';
import { readSettings } from '../shared/runtime/settings.js';

/** The whole program in one process on the embedded engines, but for the projections that count. */
async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const logger = createLogger(settings);
  const lifecycle = new Lifecycle(logger);
  process.on('SIGTERM', () => void lifecycle.stop().then(() => process.exit(0)));
  const deps = { settings, lifecycle, logger };
  const clock = { nowMs: () => Date.now() };
  const thread = await startCommandThread(deps, (error) => {
    throw error;
  });
  const store = await openEventStore(deps, { readOnly: true });
  const engines = { store, ...(await openReadModel(deps)), clock };
  const { readModel, counters, series, versions } = engines;
  const projector = runProjector(deps, engines, tasksProjection, readModel);
  const { bus } = thread;
  lifecycle.started('command service', () => thread.stop());
  const service = createQueryService({
    readModel,
    counters,
    eventStore: store,
    bus,
    heard: new HeardTasks(clock),
    projector,
    stats: projector,
    series,
    seriesProjector: projector,
    versions,
    versionsProjector: projector,
    parkedTaskIds: async () => [],
    refreshTask: (taskId) => refreshTask(store, readModel, taskId),
    metrics: new Metrics(),
    logger,
    clock,
    crypto: new NodeCrypto(),
    newId: randomUUID,
    settings: { ...settings, version: 'bench' },
  });
  await service.listen();
  lifecycle.started('HTTP service', () => service.close());
  process.stdout.write(`Taskledger listens on ${service.address()}\n`);
}

await main();
