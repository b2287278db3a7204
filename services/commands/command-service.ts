import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandHandler } from '../../shared/core/application/command-handler.js';
import { CreationNames } from '../../shared/core/application/creation-names.js';
import type { IngestStream } from '../../shared/core/ports/ingest-stream.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import type { MessageBus } from '../../shared/core/ports/message-bus.js';
import { BulkCancelRuns } from './bulk-cancel-runs.js';
import { BusStrategy } from './bus-strategy.js';
import { CommandsModule, type CommandServiceDeps } from './commands-module.js';
import { SpreadIngest, type TaskIngest } from './spread-ingest.js';
import { STREAM_INGEST } from './stream-ingest.js';
import { startStreamIntake, type StreamIntakeStatus } from './stream-intake.js';

/** A command service that answers requests and, where there is a stream, takes in what was left there. */
export interface CommandService {
  /** How it is doing with the stream; `undefined` without one. */
  intake(): StreamIntakeStatus | undefined;
  /** Drops what it has loaded from the ledger: another one is there now. */
  forget(): void;
  /** Why no task can be created, where that was so lately and has not changed since. */
  creationFault(): string | undefined;
  /** Stops taking requests and messages and waits for those under way. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the command service on a bus; when it answers, requests are taken.
 *
 * @param deps `stream`: where publishers that don't wait for an answer leave their events.
 */
export async function startCommandService(
  deps: Omit<CommandServiceDeps, 'serviceId'> & { bus: MessageBus; stream?: IngestStream },
): Promise<CommandService> {
  const { bus, stream, clock, logger, metrics } = deps;
  const serviceId = randomUUID();
  const app = await NestFactory.createMicroservice(CommandsModule.with({ ...deps, serviceId }), {
    strategy: new BusStrategy(bus),
    logger: nestLogger(logger),
  });
  await app.listen();
  const runs = app.get(BulkCancelRuns);
  runs.resume();
  const here = app.get<TaskIngest>(STREAM_INGEST);
  const intake =
    stream === undefined
      ? undefined
      : startStreamIntake({
          stream,
          ingest: new SpreadIngest({ bus, here, serviceId, clock }),
          clock,
          logger,
          metrics,
        });
  const closeAll = async (): Promise<void> => {
    await Promise.all([intake?.stop(), runs.stop(), app.close()]);
  };
  let closing: Promise<void> | undefined;
  const handler = app.get(CommandHandler);
  const names = app.get(CreationNames);
  return {
    intake: () => intake?.status(),
    forget: () => {
      handler.forget();
      names.forget();
    },
    creationFault: () => handler.creationFault(),
    close: () => (closing ??= closeAll()),
  };
}

/** Nest's own messages in our log; its account of the start is of no interest to an operator. */
function nestLogger(logger: Logger): LoggerService {
  const say =
    (level: 'debug' | 'warn' | 'error') =>
    (message: unknown, ...details: unknown[]): void =>
      logger[level]({ event: 'framework_message', details }, String(message));
  return {
    log: say('debug'),
    debug: say('debug'),
    verbose: say('debug'),
    warn: say('warn'),
    error: say('error'),
  };
}
