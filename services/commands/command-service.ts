import 'reflect-metadata';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Logger } from '../../shared/ports/logger.js';
import type { MessageBus } from '../../shared/ports/message-bus.js';
import { BusStrategy } from './bus-strategy.js';
import { CommandsModule, type CommandServiceDeps } from './commands-module.js';

/** A command service that answers requests. */
export interface CommandService {
  /** Stops taking requests and waits for those under way. Idempotent. */
  close(): Promise<void>;
}

/** Starts the command service on a bus; when it answers, requests are taken. */
export async function startCommandService(
  deps: CommandServiceDeps & { bus: MessageBus },
): Promise<CommandService> {
  const app = await NestFactory.createMicroservice(CommandsModule.with(deps), {
    strategy: new BusStrategy(deps.bus),
    logger: nestLogger(deps.logger),
  });
  await app.listen();
  let closing: Promise<void> | undefined;
  return { close: () => (closing ??= app.close()) };
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
