import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { Metrics } from '../../shared/observability/metrics.js';
import { edge } from './edge.js';
import { HTTP_LIMITS } from './http-limits.js';
import { httpServer } from './http-server.js';
import type { QueryDeps } from './query-deps.js';
import { routes } from './routes.js';
import { sameOriginCheck } from './same-origin.js';

/** The REST API of the ledger: reads from the read model, and hands every write to the command service. */
export interface QueryService {
  /** Starts to listen. Fails as `net.Server` does, with `EADDRINUSE` for a port in use. */
  listen(): Promise<void>;
  /** Where it listens, as a URL without a path; `undefined` when it does not. */
  address(): string | undefined;
  /**
   * Takes no more connections, answers the requests under way, closes the rest; within a deadline. Idempotent, and safe when
   * it was never started.
   */
  close(): Promise<void>;
}

/** How often a closing service looks whether all requests are answered. */
const CLOSING_CHECK_MS = 20;

/** Makes the query service. */
export function createQueryService(deps: QueryDeps): QueryService {
  const { logger, settings } = deps;
  const limits = { ...HTTP_LIMITS, ...settings.limits };
  let underWay = 0;
  let closed: Promise<void> | undefined;

  const metrics = new Metrics(deps.projector);
  const app = new Koa();
  app.on('error', (err: unknown) => logger.warn({ err }, 'An answer could not be sent'));
  app.use(
    edge({
      logger,
      metrics,
      routes: routes(deps, limits, metrics),
      checkSameOrigin: sameOriginCheck(settings.allowedHosts),
      closing: () => closed !== undefined,
    }),
  );

  const handle = app.callback() as RequestListener;
  const server = httpServer(limits, (request, response) => {
    underWay++;
    response.once('close', () => underWay--);
    handle(request, response);
  });

  async function closeServer(): Promise<void> {
    if (!server.listening) return;
    const allClosed = new Promise<void>((resolve) => server.close(() => resolve()));
    // A connection that has not begun a request counts as busy for Node, so what is under way is counted here.
    const deadlineMs = performance.now() + limits.closeTimeoutMs;
    const check = setInterval(() => {
      if (underWay === 0 || performance.now() > deadlineMs) server.closeAllConnections();
    }, CLOSING_CHECK_MS);
    await allClosed;
    clearInterval(check);
  }

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(settings.port, settings.host, () => {
          server.off('error', reject);
          server.on('error', (err) => logger.error({ err }, 'The HTTP server failed'));
          resolve();
        });
      }),
    address() {
      const address = server.address() as AddressInfo | null;
      if (address === null) return undefined;
      const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      return `http://${host}:${address.port}`;
    },
    close: () => (closed ??= closeServer()),
  };
}
