import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { startCommandService } from '../services/commands/command-service.js';
import { ThreadBus } from '../shared/adapters/embedded/thread-bus.js';
import { NodeCrypto } from '../shared/adapters/node/node-crypto.js';
import { TaskledgerError, type ErrorCode } from '../shared/core/contracts/errors.js';
import { METRICS_SUBJECT } from '../shared/core/contracts/subjects.js';
import { Lifecycle } from '../shared/runtime/lifecycle.js';
import { CommandMetrics } from '../shared/runtime/observability/command-metrics.js';
import { createLogger } from '../shared/runtime/observability/logger.js';
import type { Settings } from '../shared/runtime/settings.js';
import { openEventStore } from './engines.js';

/** What the thread is given. */
export interface CommandThreadData {
  settings: Settings;
  /** Its end of the message bus. */
  busPort: MessagePort;
}

/** What the thread says once: that it answers requests, or why it can't. `code` is that of a `TaskledgerError`. */
export type CommandThreadReport =
  { kind: 'started' } | { kind: 'failed'; code: ErrorCode | undefined; message: string };

/**
 * The command service in a worker thread, with the ledger's writer. Any message from the thread that started it is the word
 * to stop: requests under way are answered, the writer closes, and the thread ends with 0 when all went well.
 */
async function main(parent: MessagePort, { settings, busPort }: CommandThreadData): Promise<void> {
  const logger = createLogger(settings);
  const lifecycle = new Lifecycle(logger);
  parent.once('message', () => void lifecycle.stop().then((clean) => process.exit(clean ? 0 : 1)));
  const report = (said: CommandThreadReport): void => parent.postMessage(said);
  try {
    const store = await openEventStore({ settings, lifecycle, logger });
    const bus = new ThreadBus(busPort, logger);
    lifecycle.started('message bus', () => bus.close());
    const metrics = new CommandMetrics();
    await bus.respond(METRICS_SUBJECT, () => metrics.text());
    const commands = await startCommandService({
      store: metrics.timed(store),
      metrics,
      clock: { nowMs: () => Date.now() },
      crypto: new NodeCrypto(),
      logger,
      taskTypes: settings.taskTypes,
      bus,
    });
    lifecycle.started('command service', () => commands.close());
    report({ kind: 'started' });
  } catch (error) {
    const code = error instanceof TaskledgerError ? error.code : undefined;
    report({ kind: 'failed', code, message: error instanceof Error ? error.message : String(error) });
  }
}

await main(parentPort as MessagePort, workerData as CommandThreadData);
