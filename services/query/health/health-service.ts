import type { Logger } from '../../../shared/core/ports/logger.js';
import type { ProjectorStatus } from '../../../shared/core/ports/projector-status.js';
import type { Metrics } from '../../../shared/runtime/observability/metrics.js';
import { HTTP_LIMITS } from '../http/http-limits.js';
import { httpService, type HttpService, type HttpServiceDeps } from '../http/http-service.js';
import { RouteTable } from '../http/route-table.js';
import type { HealthChecks } from './health-checks.js';
import { healthRoutes } from './health-routes.js';

/** What a process without the API is asked about. */
export interface HealthServiceDeps {
  checks: HealthChecks;
  /** The projectors that run in it. */
  projector?: ProjectorStatus | undefined;
  stats?: ProjectorStatus | undefined;
  series?: ProjectorStatus | undefined;
  versions?: ProjectorStatus | undefined;
  metrics: Metrics;
  logger: Logger;
  settings: HttpServiceDeps['settings'];
}

/** Makes health and metrics for a process that does not serve the API. */
export function createHealthService({
  checks,
  projector,
  stats,
  series,
  versions,
  metrics,
  logger,
  settings,
}: HealthServiceDeps): HttpService {
  if (projector !== undefined) metrics.watchProjector('projector', projector);
  if (stats !== undefined) metrics.watchProjector('stats', stats);
  if (series !== undefined) metrics.watchProjector('series', series);
  if (versions !== undefined) metrics.watchProjector('versions', versions);
  const routes = new RouteTable(healthRoutes(checks, metrics));
  return httpService({ routes, metrics, logger, limits: HTTP_LIMITS, settings });
}
