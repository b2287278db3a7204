import type { Broadcast } from '../../shared/core/ports/broadcast.js';
import type { Clock } from '../../shared/core/ports/clock.js';
import type { Crypto } from '../../shared/core/ports/crypto.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import type { MessageBus } from '../../shared/core/ports/message-bus.js';
import type { ProjectorStatus } from '../../shared/core/ports/projector-status.js';
import type { ReadModel } from '../../shared/core/ports/read-model.js';
import type { TaskCounters } from '../../shared/core/ports/task-counters.js';
import type { TaskVersions } from '../../shared/core/ports/task-versions.js';
import type { TaskSeries } from '../../shared/core/ports/task-series.js';
import type { Metrics } from '../../shared/runtime/observability/metrics.js';
import type { HeardTasks } from './events/heard-tasks.js';
import type { HealthChecks } from './health/health-checks.js';
import type { BasePath } from './http/base-path.js';
import type { HttpLimits } from './http/http-limits.js';

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
    'readStream' | 'readAll' | 'subscribe' | 'isPosition' | 'lastPosition' | 'fingerprintAt' | 'capabilities'
  >;
  /** Where every write and every heartbeat goes. */
  bus: Pick<MessageBus & Broadcast, 'request' | 'ready' | 'requestBytesMax' | 'tell'>;
  /** The heartbeats that were heard. */
  heard: Pick<HeardTasks, 'lastMs'>;
  projector: ProjectorStatus;
  counters: Pick<TaskCounters, 'stats' | 'projects'>;
  /** How far the counts have come. */
  stats: ProjectorStatus;
  series: Pick<TaskSeries, 'points' | 'pointsOfProjects' | 'failures' | 'failuresOfProjects' | 'keptFrom'>;
  /** How far the series have come. */
  seriesProjector: ProjectorStatus;
  versions: Pick<TaskVersions, 'list' | 'count' | 'statesAt' | 'unitAt' | 'keptFrom'>;
  /** How far the versions have come. */
  versionsProjector: ProjectorStatus | undefined;
  /** The tasks whose documents have stopped, as something in their streams could not be projected. */
  parkedTaskIds: () => Promise<number[]>;
  /** What else runs in this process, for `/health/ready`. */
  moreChecks?: HealthChecks;
  /**
   * Makes sure that the read model was made from this ledger; absent where it can be of no other.
   *
   * @throws UnavailableError when it was not.
   */
  checkLedger?: () => Promise<void>;
  /** Brings one task's document up to date from its stream, by the same projection. */
  refreshTask: (taskId: number) => Promise<unknown>;
  metrics: Metrics;
  logger: Logger;
  clock: Clock;
  /** To verify what is shown of the ledger. */
  crypto: Pick<Crypto, 'sha256'>;
  /** A new UUID. */
  newId: () => string;
  settings: QuerySettings;
}
