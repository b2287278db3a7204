import type { HealthChecks } from '../../services/query/health/health-checks.js';
import type { Clock } from '../../shared/core/ports/clock.js';
import type { Metrics } from '../../shared/runtime/observability/metrics.js';
import type { EngineDeps } from '../engines.js';

/** What the roles of one process share. */
export interface Process {
  deps: EngineDeps;
  clock: Clock;
  /** Each role adds how its parts are. */
  checks: HealthChecks;
  metrics: Metrics;
}
