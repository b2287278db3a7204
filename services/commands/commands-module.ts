import { type DynamicModule, Module } from '@nestjs/common';
import { BulkCancels } from '../../shared/application/bulk-cancels.js';
import { TaskCanceller } from '../../shared/application/cancel-task.js';
import { BulkCancelExecution } from '../../shared/application/execute-bulk-cancel.js';
import { CommandHandler } from '../../shared/application/handle-commands.js';
import { EventIngest } from '../../shared/application/ingest-events.js';
import { lifecycleEventParser } from '../../shared/contracts/lifecycle-events.js';
import type { Clock } from '../../shared/ports/clock.js';
import type { Crypto } from '../../shared/ports/crypto.js';
import type { EventStore } from '../../shared/ports/event-store.js';
import type { Logger } from '../../shared/ports/logger.js';
import { BulkCancelController } from './bulk-cancel-controller.js';
import { BulkCancelRuns } from './bulk-cancel-runs.js';
import { CancelController } from './cancel-controller.js';
import { IngestController } from './ingest-controller.js';

/** What the command service works with. */
export interface CommandServiceDeps {
  store: EventStore;
  clock: Clock;
  crypto: Crypto;
  logger: Logger;
  /** The types that a task may have. */
  taskTypes: readonly string[];
}

/** Takes in what comes from the stream, which says for itself what could not be taken in, once for all of it. */
export const STREAM_INGEST = Symbol('EventIngest of the stream');

/** The command service as a Nest module: the use cases of `shared/application` behind their controllers. */
@Module({})
export class CommandsModule {
  static with(deps: CommandServiceDeps): DynamicModule {
    const { store, logger } = deps;
    const handler = new CommandHandler(deps);
    const canceller = new TaskCanceller({ handler, store });
    const bulkCancels = new BulkCancels(deps);
    const execution = new BulkCancelExecution({ ...deps, canceller });
    const parse = lifecycleEventParser(deps.taskTypes);
    return {
      module: CommandsModule,
      controllers: [IngestController, CancelController, BulkCancelController],
      providers: [
        { provide: EventIngest, useValue: new EventIngest({ handler, parse, logger }) },
        {
          provide: STREAM_INGEST,
          useValue: new EventIngest({ handler, parse, logger: quietly(logger) }),
        },
        { provide: TaskCanceller, useValue: canceller },
        { provide: BulkCancels, useValue: bulkCancels },
        { provide: BulkCancelRuns, useValue: new BulkCancelRuns({ bulkCancels, execution, logger }) },
      ],
    };
  }
}

function quietly(logger: Logger): Logger {
  const debug = (fields: object, message: string): void => logger.debug(fields, message);
  return { debug, info: debug, warn: debug, error: debug };
}
