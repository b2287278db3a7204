import { type DynamicModule, Module } from '@nestjs/common';
import { BulkCancels } from '../../shared/core/application/bulk-cancels.js';
import { SealRecorder } from '../../shared/core/application/seals/seal-recorder.js';
import { SilenceRecorder } from '../../shared/core/application/silence-recorder.js';
import { TaskCanceller } from '../../shared/core/application/task-canceller.js';
import { BulkCancelExecution } from '../../shared/core/application/bulk-cancel-execution.js';
import { CommandHandler } from '../../shared/core/application/command-handler.js';
import { CreationNames } from '../../shared/core/application/creation-names.js';
import { EventIngest } from '../../shared/core/application/event-ingest.js';
import { Projects } from '../../shared/core/application/projects.js';
import { lifecycleEventParser } from '../../shared/core/contracts/lifecycle-events.js';
import type { Clock } from '../../shared/core/ports/clock.js';
import type { Crypto } from '../../shared/core/ports/crypto.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import { CommandMetrics } from '../../shared/runtime/observability/command-metrics.js';
import { BulkCancelController } from './bulk-cancel-controller.js';
import { BulkCancelRuns } from './bulk-cancel-runs.js';
import { CancelController } from './cancel-controller.js';
import { IngestController } from './ingest-controller.js';
import { ProjectController } from './project-controller.js';
import { SealController } from './seal-controller.js';
import { serviceController } from './service-controller.js';
import { SilenceController } from './silence-controller.js';
import { STREAM_INGEST } from './stream-ingest.js';

/** What the command service works with. */
export interface CommandServiceDeps {
  store: EventStore;
  clock: Clock;
  crypto: Crypto;
  logger: Logger;
  /** The types that a task may have; `ANY_TASK_TYPE` among them stands for any. */
  taskTypes: readonly string[];
  metrics: CommandMetrics;
  /** By which others can ask for this service among all; one of its own for each. */
  serviceId: string;
}

/** The command service as a Nest module: the use cases of `shared/application` behind their controllers. */
@Module({})
export class CommandsModule {
  static with(deps: CommandServiceDeps): DynamicModule {
    const { store, logger } = deps;
    const handler = new CommandHandler(deps);
    const projects = new Projects(deps);
    const names = new CreationNames({ ...deps, projects });
    const canceller = new TaskCanceller({ handler, store });
    const bulkCancels = new BulkCancels(deps);
    const execution = new BulkCancelExecution({ ...deps, canceller });
    const parse = lifecycleEventParser(deps.taskTypes);
    return {
      module: CommandsModule,
      controllers: [
        IngestController,
        CancelController,
        BulkCancelController,
        ProjectController,
        SilenceController,
        SealController,
        serviceController(deps.serviceId),
      ],
      providers: [
        { provide: CommandHandler, useValue: handler },
        { provide: CreationNames, useValue: names },
        { provide: Projects, useValue: projects },
        { provide: EventIngest, useValue: new EventIngest({ handler, names, parse, logger }) },
        {
          provide: STREAM_INGEST,
          useValue: new EventIngest({ handler, names, parse, logger: quietly(logger) }),
        },
        { provide: CommandMetrics, useValue: deps.metrics },
        { provide: TaskCanceller, useValue: canceller },
        { provide: SilenceRecorder, useValue: new SilenceRecorder({ handler, logger }) },
        { provide: SealRecorder, useValue: new SealRecorder(deps) },
        { provide: BulkCancels, useValue: bulkCancels },
        { provide: BulkCancelRuns, useValue: new BulkCancelRuns({ bulkCancels, execution, logger }) },
      ],
    };
  }
}

function quietly(logger: Logger): Logger {
  const debug: Logger['debug'] = (fields, message) => logger.debug(fields, message);
  return { debug, info: debug, warn: debug, error: debug };
}
