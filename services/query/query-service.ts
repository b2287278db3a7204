import type { ProjectorStatus } from '../../shared/core/ports/projector-status.js';
import type { WatchedProjector } from '../../shared/runtime/observability/metrics.js';
import { lagEvents } from './health/lag-events.js';
import { HTTP_LIMITS } from './http/http-limits.js';
import { httpService, type HttpService } from './http/http-service.js';
import type { QueryDeps } from './query-deps.js';
import { routes } from './routes.js';
import { StreamHub } from './streams/stream-hub.js';

/** Makes the REST API of the ledger: reads from the read model, and hands every write to the command service. */
export function createQueryService(deps: QueryDeps): HttpService {
  const { logger, settings, metrics } = deps;
  const limits = { ...HTTP_LIMITS, ...settings.limits };
  const { eventStore, projector, stats, seriesProjector, versionsProjector } = deps;
  const watch = (name: WatchedProjector, status: ProjectorStatus): void =>
    metrics.watchProjector(name, status, () => lagEvents(eventStore, status).catch(() => undefined));
  watch('projector', projector);
  watch('stats', stats);
  watch('series', seriesProjector);
  if (versionsProjector !== undefined) watch('versions', versionsProjector);
  const hub = new StreamHub(deps.eventStore, logger, limits);
  metrics.watchStreams(hub);
  const service = httpService({
    routes: routes(deps, limits, metrics, hub),
    metrics,
    logger,
    limits,
    settings,
  });
  return {
    ...service,
    close() {
      // Streams have no end of their own that could be waited for.
      hub.close();
      return service.close();
    },
  };
}
