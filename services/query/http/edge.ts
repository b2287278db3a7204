import type { Context, Next } from 'koa';
import type { Logger } from '../../../shared/core/ports/logger.js';
import type { Metrics } from '../../../shared/runtime/observability/metrics.js';
import { answered, answerJson } from './answer.js';
import { answerBase, setBasePath, withoutBase, type BasePath } from './base-path.js';
import { answerToError, HttpError } from './http-errors.js';
import { answerNotFoundPage, wantsNotFoundPage } from './not-found-page.js';
import { targetOf } from './request-target.js';
import { routeBy, routeOf, type RouteTable } from './route-table.js';
import type { CheckSameOrigin } from './same-origin.js';

/** What the edge needs. */
export interface EdgeDeps {
  logger: Logger;
  metrics: Metrics;
  routes: RouteTable;
  checkSameOrigin: CheckSameOrigin;
  basePath: BasePath;
}

/**
 * What every request has in common, around its route: it checks who may send it, answers where there is no route, makes an
 * envelope of whatever is thrown, and counts its duration.
 */
export function edge({ logger, metrics, routes, checkSameOrigin, basePath }: EdgeDeps) {
  return async (ctx: Context, next: Next): Promise<void> => {
    const startedAtMs = performance.now();
    const { req, res } = ctx;
    setBasePath(ctx, basePath);
    try {
      const { path, host } = targetOf(req);
      checkSameOrigin(req, host);
      const inner = withoutBase(path, basePath);
      const routed = inner !== undefined && routes.methodsAt(inner).length > 0 ? inner : path;
      routeBy(ctx, routed);
      await next();
      if (routeOf(ctx) === undefined) {
        const methods = routes.methodsAt(routed);
        // Only OPTIONS asks about the service as a whole.
        if (path === '*' && req.method === 'OPTIONS') answerOptions(ctx, routes.methods());
        else if (methods.length > 0) answerOtherMethod(ctx, methods);
        else if (basePath !== '' && path === basePath) answerBase(ctx);
        else answerNothing(ctx, inner ?? path);
      }
    } catch (error) {
      answerError(ctx, error, logger);
    }
    const sending = answered(res);
    if (sending !== undefined) await sending;
    const seconds = (performance.now() - startedAtMs) / 1000;
    metrics.observeRequest(req.method as string, routeOf(ctx) ?? 'none', res.statusCode, seconds);
  };
}

function answerOtherMethod(ctx: Context, methods: string[]): void {
  if (ctx.method === 'OPTIONS') {
    answerOptions(ctx, methods);
    return;
  }
  const allowed = allowedOf(methods);
  throw new HttpError('method_not_allowed', `${ctx.method} is not allowed here; allowed are ${allowed}`, {
    headers: ['Allow', allowed],
  });
}

function answerNothing(ctx: Context, path: string): void {
  if (!wantsNotFoundPage(ctx.req, path))
    throw new HttpError('not_found', `There is nothing at ${shortened(path)}`);
  answerNotFoundPage(ctx);
}

function answerOptions(ctx: Context, methods: string[]): void {
  answerJson(ctx, 200, 'success', 'null', ['Allow', allowedOf(methods)]);
}

function allowedOf(methods: string[]): string {
  return [...methods, 'OPTIONS'].join(', ');
}

function answerError(ctx: Context, error: unknown, logger: Logger): void {
  const { status, message, headers } = answerToError(error);
  const about = { method: ctx.method, path: shortened(ctx.originalUrl), status };
  if (status === 500)
    logger.error({ event: 'request_failed', err: error, ...about }, 'A request failed unexpectedly');
  else if (status === 503) {
    // Where the limits were reached says the reason; where in the program that was helps nobody.
    const why = error instanceof HttpError ? { reason: error.reason } : { err: error };
    logger.warn(
      { event: 'request_unavailable', ...why, ...about },
      'A request could not be carried out now, and may be sent again',
    );
  }
  // The client has gone when its body broke off: there is nobody to answer then.
  if (!ctx.res.headersSent && answered(ctx.res) === undefined && ctx.writable)
    answerJson(ctx, status, message, 'null', headers);
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
