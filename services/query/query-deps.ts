import type { Clock } from '../../shared/ports/clock.js';
import type { Crypto } from '../../shared/ports/crypto.js';
import type { EventStore } from '../../shared/ports/event-store.js';
import type { Logger } from '../../shared/ports/logger.js';
import type { MessageBus } from '../../shared/ports/message-bus.js';
import type { ProjectorStatus } from '../../shared/ports/projector-status.js';
import type { ReadModel } from '../../shared/ports/read-model.js';
import type { TaskCounters } from '../../shared/ports/task-counters.js';
import type { BasePath } from './base-path.js';
import type { HealthChecks } from './health-checks.js';
import type { HttpLimits } from './http-limits.js';

/** What of the configuration concerns the query service. */
export interface QuerySettings {
  /** The address to listen on. */
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Names, besides localhost and IP addresses, under which clients may reach the service. */
  allowedHosts: readonly string[];
  /** What stands before each path, where a proxy has the service. */
  basePath?: BasePath;
  taskTypes: readonly string[];
  /** The program's version, shown in the description of the API. */
  version: string;
  /** Where the built page is; there is none without it. */
  dashboardFolder?: string;
  /** What differs from `HTTP_LIMITS`. */
  limits?: Partial<HttpLimits>;
}

/** What the query service works with. */
export interface QueryDeps {
  readModel: ReadModel;
  /** For histories and event streams. */
  eventStore: Pick<
    EventStore,
    'readStream' | 'readAll' | 'subscribe' | 'isPosition' | 'lastPosition' | 'capabilities'
  >;
  /** Where every write goes. */
  bus: Pick<MessageBus, 'request' | 'ready' | 'requestBytesMax'>;
  projector: ProjectorStatus;
  counters: Pick<TaskCounters, 'stats' | 'projects'>;
  /** How far the counts have come. */
  stats: ProjectorStatus;
  /** The tasks whose documents have stopped, as something in their streams could not be projected. */
  parkedTaskIds: () => Promise<number[]>;
  /** What else runs in this process, for `/health/ready`. */
  moreChecks?: HealthChecks;
  /** Brings one task's document up to date from its stream, by the same projection. */
  refreshTask: (taskId: number) => Promise<unknown>;
  logger: Logger;
  clock: Clock;
  /** To verify what is shown of the ledger. */
  crypto: Pick<Crypto, 'sha256'>;
  /** A new UUID. */
  newId: () => string;
  settings: QuerySettings;
}
