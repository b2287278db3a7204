import 'reflect-metadata';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { EventIngest } from '../../shared/application/ingest-events.js';
import type { IngestStream } from '../../shared/ports/ingest-stream.js';
import type { Logger } from '../../shared/ports/logger.js';
import type { MessageBus } from '../../shared/ports/message-bus.js';
import { BulkCancelRuns } from './bulk-cancel-runs.js';
import { BusStrategy } from './bus-strategy.js';
import { CommandsModule, STREAM_INGEST, type CommandServiceDeps } from './commands-module.js';
import { startStreamIntake, type StreamIntakeStatus } from './stream-intake.js';

/** A command service that answers requests and, where there is a stream, takes in what was left there. */
export interface CommandService {
  /** How it is doing with the stream; `undefined` without one. */
  intake(): StreamIntakeStatus | undefined;
  /** Stops taking requests and messages and waits for those under way. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the command service on a bus; when it answers, requests are taken.
 *
 * @param deps `stream`: where publishers that don't wait for an answer leave their events.
 */
export async function startCommandService(
  deps: CommandServiceDeps & { bus: MessageBus; stream?: IngestStream },
): Promise<CommandService> {
  const { bus, stream, clock, logger } = deps;
  const app = await NestFactory.createMicroservice(CommandsModule.with(deps), {
    strategy: new BusStrategy(bus),
    logger: nestLogger(logger),
  });
  await app.listen();
  const runs = app.get(BulkCancelRuns);
  runs.resume();
  const ingest = app.get<EventIngest>(STREAM_INGEST);
  const intake = stream === undefined ? undefined : startStreamIntake({ stream, ingest, clock, logger });
  const closeAll = async (): Promise<void> => {
    await Promise.all([intake?.stop(), runs.stop(), app.close()]);
  };
  let closing: Promise<void> | undefined;
  return { intake: () => intake?.status(), close: () => (closing ??= closeAll()) };
}

/** Nest's own messages in our log; its account of the start is of no interest to an operator. */
function nestLogger(logger: Logger): LoggerService {
  const say =
    (level: 'debug' | 'warn' | 'error') =>
    (message: unknown, ...details: unknown[]): void =>
      logger[level]({ details }, String(message));
  return {
    log: say('debug'),
    debug: say('debug'),
    verbose: say('debug'),
    warn: say('warn'),
    error: say('error'),
  };
}
