import type { IncomingMessage } from 'node:http';
import type { Context, Middleware, Next } from 'koa';
import type { Logger } from '../../shared/ports/logger.js';
import type { Metrics } from '../../shared/observability/metrics.js';
import { answerJson } from './answer.js';
import { answerToError, HttpError } from './http-errors.js';
import type { CheckSameOrigin } from './same-origin.js';

/** What the edge needs. */
export interface EdgeDeps {
  logger: Logger;
  metrics: Metrics;
  checkSameOrigin: CheckSameOrigin;
  /** Whether the service is closing, so that connections are not kept. */
  closing(): boolean;
}

/**
 * The outermost middleware: one layer for all that every request has in common, since each layer costs. Security headers
 * on every answer, the checks of who may send it, whatever is thrown as an envelope, and its duration.
 */
export function edge({ logger, metrics, checkSameOrigin, closing }: EdgeDeps): Middleware {
  return async (ctx: Context, next: Next) => {
    const startedAtMs = performance.now();
    const { req, res } = ctx;
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
    res.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    if (closing()) res.setHeader('Connection', 'close');
    try {
      if (req.url?.charCodeAt(0) !== SLASH) toOriginForm(req);
      checkSameOrigin(req);
      await next();
    } catch (error) {
      answerError(ctx, error, logger);
    }
    const route = (ctx._matchedRoute as string | undefined) ?? 'none';
    metrics.observeRequest(
      req.method as string,
      route,
      res.statusCode,
      (performance.now() - startedAtMs) / 1000,
    );
  };
}

const SLASH = 0x2f;

/** Makes a path of a request target that is a whole URL, which a server has to take too (RFC 9112, section 3.2.2). */
function toOriginForm(request: IncomingMessage): void {
  const target = request.url ?? '';
  // `OPTIONS *` asks for the server as a whole.
  const url = URL.canParse(target === '*' ? 'http://localhost/*' : target)
    ? new URL(target, 'http://localhost')
    : undefined;
  if (url === undefined) {
    request.url = '/';
    throw new HttpError(400, 'The request target must be a path');
  }
  request.url = url.pathname + url.search;
}

/** What is reached when no route has answered: 404, or 405 when only the method is wrong. */
export const unmatched: Middleware = (ctx: Context) => {
  const layers = (ctx.matched ?? []) as { methods: string[] }[];
  if (layers.length === 0) throw new HttpError(404, `There is nothing at ${shortened(ctx.path)}`);
  const allowed = [...new Set(['OPTIONS', ...layers.flatMap((layer) => layer.methods)])].sort();
  const headers = { Allow: allowed.join(', ') };
  if (ctx.method === 'OPTIONS') return answerJson(ctx, 200, 'success', 'null', headers);
  throw new HttpError(405, `${ctx.method} is not allowed here; allowed are ${headers.Allow}`, headers);
};

function answerError(ctx: Context, error: unknown, logger: Logger): void {
  const { status, message, headers } = answerToError(error);
  const about = { err: error, method: ctx.method, path: shortened(ctx.path), status };
  if (status === 500) logger.error(about, 'A request failed unexpectedly');
  else if (status === 503) logger.warn(about, 'A request could not be carried out now');
  // The client has gone when its body broke off: there is nobody to answer then.
  if (!ctx.res.headersSent && ctx.writable) answerJson(ctx, status, message, 'null', headers);
}

function shortened(path: string): string {
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}
