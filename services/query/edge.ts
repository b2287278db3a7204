import type { Context } from 'koa';
import type { Metrics } from '../../shared/observability/metrics.js';
import type { Logger } from '../../shared/ports/logger.js';
import { answered, answerJson } from './answer.js';
import { answerBase, setBasePath, withoutBase, type BasePath } from './base-path.js';
import { answerToError, HttpError } from './http-errors.js';
import { answerNotFoundPage, wantsNotFoundPage } from './not-found-page.js';
import type { Route, RouteTable } from './route-table.js';
import { targetOf } from './request-target.js';
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
 * The only middleware: one layer for all that every request has in common, since each layer costs. It checks who may send
 * it, finds its route, makes an envelope of whatever is thrown, and counts its duration.
 */
export function edge({ logger, metrics, routes, checkSameOrigin, basePath }: EdgeDeps) {
  return async (ctx: Context): Promise<void> => {
    const startedAtMs = performance.now();
    const { req, res } = ctx;
    let route: Route | undefined;
    setBasePath(ctx, basePath);
    try {
      const { path, host } = targetOf(req);
      checkSameOrigin(req, host);
      const inner = withoutBase(path, basePath);
      const matched = (inner !== undefined && routes.match(inner)) || routes.match(path);
      route = matched?.routes.get(req.method as string);
      // Only OPTIONS asks about the service as a whole.
      if (path === '*' && req.method === 'OPTIONS') answerOptions(ctx, routes.methods());
      else if (matched === undefined && basePath !== '' && path === basePath) answerBase(ctx);
      else if (matched === undefined) answerNothing(ctx, inner ?? path);
      else if (route === undefined) answerOtherMethod(ctx, [...matched.routes.keys()]);
      else await route.handle(ctx, matched.parameter);
    } catch (error) {
      answerError(ctx, error, logger);
    }
    const sending = answered(res);
    if (sending !== undefined) await sending;
    const seconds = (performance.now() - startedAtMs) / 1000;
    metrics.observeRequest(req.method as string, route?.path ?? 'none', res.statusCode, seconds);
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
  if (status === 500) logger.error({ err: error, ...about }, 'A request failed unexpectedly');
  else if (status === 503) {
    // Where the limits were reached says the reason; where in the program that was helps nobody.
    const why = error instanceof HttpError ? { reason: error.reason } : { err: error };
    logger.warn({ ...why, ...about }, 'A request could not be carried out now');
  }
  // The client has gone when its body broke off: there is nobody to answer then.
  if (!ctx.res.headersSent && answered(ctx.res) === undefined && ctx.writable)
    answerJson(ctx, status, message, 'null', headers);
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
