import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { ANONYMOUS_CALLER } from '../../shared/core/contracts/caller.js';
import { METRICS_SUBJECT } from '../../shared/core/contracts/subjects.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import type { MessageBus } from '../../shared/core/ports/message-bus.js';
import { CommandMetrics } from '../../shared/runtime/observability/command-metrics.js';
import { watchIntake } from '../../shared/runtime/observability/watch-intake.js';
import { openIngestStream } from '../engines.js';
import { EXIT_FAILURE } from '../exit-codes.js';
import { startCommandThread, type CommandThread } from '../start-command-thread.js';
import type { Process } from './process.js';

/** How long the command thread may take to say what it counts. */
const METRICS_MS_MAX = 1_000;

/** Starts the thread that carries out commands, where there is no bus to other processes. It alone writes to the ledger. */
export function openCommandThread({ deps }: Process): Promise<CommandThread> {
  return startCommandThread(deps, endAtOnce(deps.logger));
}

/** Has the thread stopped in its place: it was opened first, for the others to find a ledger, and yet ends before them. */
export function startThreadRole({ deps, clock, metrics }: Process, thread: CommandThread): void {
  deps.lifecycle.started('command service', () => thread.stop());
  metrics.add(async () => {
    const context = { ...ANONYMOUS_CALLER, deadlineMs: clock.nowMs() + METRICS_MS_MAX };
    return (await thread.bus.request(METRICS_SUBJECT, {}, context)) as string;
  });
}

/** Answers commands on the bus, and takes in what publishers leave in JetStream. */
export async function startCommandRole(
  { deps, clock, checks, metrics }: Process,
  store: EventStore,
  bus: MessageBus,
): Promise<void> {
  const { settings, lifecycle, logger } = deps;
  const { taskTypes } = settings;
  const stream = await openIngestStream(deps);
  const crypto = new NodeCrypto();
  const { startCommandService } = await import('../../services/commands/command-service.js');
  const counted = new CommandMetrics(metrics.registry);
  const service = { store: counted.timed(store), clock, crypto, logger, taskTypes, metrics: counted };
  const commands = await startCommandService({ ...service, bus, stream });
  lifecycle.started('command service', () => commands.close());
  store.whenReplaced?.(() => commands.forget());
  const { watchLedger } = await import('../../services/commands/watch-ledger.js');
  const watch = watchLedger({ store, logger, replaced: () => commands.forget() });
  lifecycle.started('ledger watch', () => watch.stop());
  checks.creations = () => {
    const error = commands.creationFault();
    return error === undefined ? { ok: true } : { ok: false, error };
  };
  if (stream === undefined) return;
  watchIntake(metrics, { status: () => commands.intake(), backlog: () => stream.backlog() });
  checks.intake = async () => {
    const { working = false, inFlight, lastError } = commands.intake() ?? {};
    const { waiting, parked } = await stream.backlog();
    return { ok: lastError === undefined, working, in_flight: inFlight, waiting, parked, error: lastError };
  };
}

/** Without its command thread the process is of no use; what was answered is on disk, and the rest is sent again. */
function endAtOnce(logger: Logger): (err: Error) => void {
  return (err) => {
    logger.error(
      { event: 'command_thread_failed', err },
      'The command thread has failed, and the process ends',
    );
    process.exit(EXIT_FAILURE);
  };
}
