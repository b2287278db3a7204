import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import type { Logger } from '../../../shared/core/ports/logger.js';
import type { Metrics } from '../../../shared/runtime/observability/metrics.js';
import type { BasePath } from './base-path.js';
import { edge } from './edge.js';
import type { HttpLimits } from './http-limits.js';
import { httpServer } from './http-server.js';
import type { RouteTable } from './route-table.js';
import { sameOriginCheck } from './same-origin.js';
import { ServerDrain } from './server-drain.js';

/** Something that is served over HTTP. */
export interface HttpService {
  /** Starts to listen. Fails as `net.Server` does, with `EADDRINUSE` for a port in use. */
  listen(): Promise<void>;
  /** Where it listens, as a URL whose path is the base path, if there is one; `undefined` when it does not. */
  address(): string | undefined;
  /**
   * Takes no more connections, answers the requests under way, closes the rest; within a deadline. Idempotent, and safe when
   * it was never started.
   */
  close(): Promise<void>;
}

/** What serving takes beside the routes. */
export interface HttpServiceDeps {
  routes: RouteTable;
  metrics: Metrics;
  logger: Logger;
  limits: HttpLimits;
  settings: { host: string; port: number; allowedHosts: readonly string[]; basePath?: BasePath };
}

/** What a connection fails with when the other side has closed it. */
const GONE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

/** Makes a service of some routes: with the checks at the edge, the limits, and an ordered end. */
export function httpService({ routes, metrics, logger, limits, settings }: HttpServiceDeps): HttpService {
  const { host, port, allowedHosts, basePath = '' } = settings;
  const app = new Koa();
  app.on('error', (err: NodeJS.ErrnoException) => {
    // A client that goes away is nothing to warn of, and readers of event streams may go by the thousand.
    if (!GONE.has(err.code ?? ''))
      logger.warn({ event: 'answer_not_sent', err }, 'An answer could not be sent over HTTP');
  });
  app.use(edge({ logger, metrics, routes, checkSameOrigin: sameOriginCheck(allowedHosts), basePath }));
  app.use(routes.middleware());

  const server = httpServer(limits);
  const drain = new ServerDrain(server);
  drain.serve(app.callback());
  let closed: Promise<void> | undefined;

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          server.on('error', (err) =>
            logger.error({ event: 'http_server_failed', err }, 'The HTTP server met an error'),
          );
          resolve();
        });
      }),
    address() {
      const address = server.address() as AddressInfo | null;
      if (address === null) return undefined;
      const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      return `http://${name}:${address.port}${basePath}`;
    },
    close: () => (closed ??= drain.drain(limits.closeTimeoutMs)),
  };
}
