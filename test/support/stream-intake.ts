import { startStreamIntake, type StreamIntake } from '../../services/commands/stream-intake.js';
import { JetStreamIngest } from '../../shared/adapters/nats/jetstream-ingest.js';
import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { CommandHandler } from '../../shared/core/application/command-handler.js';
import { CreationNames } from '../../shared/core/application/creation-names.js';
import { EventIngest } from '../../shared/core/application/event-ingest.js';
import { DEFAULT_TASK_TYPES } from '../../shared/core/contracts/fields.js';
import { lifecycleEventParser } from '../../shared/core/contracts/lifecycle-events.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import type { IngestStream } from '../../shared/core/ports/ingest-stream.js';
import { CommandMetrics } from '../../shared/runtime/observability/command-metrics.js';
import { silentLogger } from './command-side.js';

/** The intake of one command service: of a process of its own, as far as NATS and the ledger can tell. */
export interface IntakeProcess {
  intake: StreamIntake;
  /** Stops it in order. */
  stop(): Promise<void>;
  /** Cuts it off from NATS without a word, as when its process is killed. */
  cut(): Promise<void>;
}

/** Starts an intake between a NATS and a ledger. */
export async function startIntake(
  url: string,
  store: EventStore,
  patience: { unknownTaskPatienceMs?: number; brokenTaskPatienceMs?: number } = {},
): Promise<IntakeProcess> {
  const clock = { nowMs: () => Date.now() };
  const stream = await JetStreamIngest.open({ url }, silentLogger);
  const deps = { store, crypto: new NodeCrypto(), clock };
  const handler = new CommandHandler(deps);
  const ingest = new EventIngest({
    handler,
    names: new CreationNames({ ...deps, taskTypes: DEFAULT_TASK_TYPES }),
    parse: lifecycleEventParser(DEFAULT_TASK_TYPES),
    logger: silentLogger,
  });
  const fate = { cut: false };
  const intake = startStreamIntake({
    stream: untilCut(stream, fate),
    ingest,
    clock,
    logger: silentLogger,
    metrics: new CommandMetrics(),
    ...patience,
  });
  return {
    intake,
    async stop() {
      await intake.stop();
      await stream.close();
    },
    async cut() {
      fate.cut = true;
      await stream.close();
      await intake.stop();
    },
  };
}

/** Lets nothing out any more once it is cut off, as a process that is dead. */
function untilCut(stream: IngestStream, fate: { cut: boolean }): IngestStream {
  return {
    close: () => stream.close(),
    backlog: () => stream.backlog(),
    async takeLease(signal) {
      const term = await stream.takeLease(signal);
      return {
        lost: term.lost,
        epoch: term.epoch,
        park: (...args) => term.park(...args),
        async end() {
          if (!fate.cut) await term.end();
        },
        async *messages(until) {
          for await (const message of term.messages(until)) {
            yield { ...message, ack: () => void (fate.cut || message.ack()) };
          }
        },
      };
    },
  };
}
