import type { Context } from 'koa';
import { within } from '../../../shared/kit/within.js';
import type { Metrics } from '../../../shared/runtime/observability/metrics.js';
import { withoutSecrets } from '../../../shared/runtime/observability/secrets.js';
import type { HealthEndpoint } from '../endpoints.js';
import { answerJson, answerText } from '../http/answer.js';
import { reasonHeaders } from '../http/http-errors.js';
import { routesTo, type Route, type RouteHandler } from '../http/route-table.js';
import type { HealthCheck, HealthChecks, HealthPart } from './health-checks.js';

const PART_TIMEOUT_MS = 1_000;

/** What every process is asked about, whatever its roles. */
export function healthRoutes(checks: HealthChecks, metrics: Metrics): Route[] {
  const handlers: Record<HealthEndpoint, RouteHandler> = {
    live,
    ready: ready(checks),
    metrics: async (ctx) => answerText(ctx, metrics.contentType, await metrics.text()),
  };
  return routesTo(handlers);
}

/** `GET /health/live`: the process answers. */
function live(ctx: Context): void {
  answerJson(ctx, 200, 'success', '{"live":true}');
}

/** `GET /health/ready`: 200 when every part of the process is well, else 503 with the names of those that are not. */
function ready(checks: HealthChecks) {
  return async (ctx: Context): Promise<void> => {
    const checked = Object.entries(checks).map(async ([name, check]) => [name, await partOf(check)] as const);
    const parts = await Promise.all(checked);
    const unready = parts.flatMap(([name, { ok }]) => (ok ? [] : [name]));
    const data = JSON.stringify({ ready: unready.length === 0, parts: Object.fromEntries(parts) });
    if (unready.length === 0) answerJson(ctx, 200, 'success', data);
    else answerJson(ctx, 503, `Not ready: ${unready.join(', ')}`, data, reasonHeaders('not_ready'));
  };
}

async function partOf(check: HealthCheck): Promise<HealthPart> {
  const late = (): Error => new Error(`No answer within ${PART_TIMEOUT_MS} ms`);
  try {
    const part = await within(check(), PART_TIMEOUT_MS, late);
    return part.error === undefined ? part : { ...part, error: withoutSecrets(part.error) };
  } catch (error) {
    return { ok: false, error: withoutSecrets((error as Error).message) };
  }
}
