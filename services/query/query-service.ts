import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { Metrics } from '../../shared/observability/metrics.js';
import { edge } from './edge.js';
import { HTTP_LIMITS } from './http-limits.js';
import { httpServer } from './http-server.js';
import { lagEvents } from './lag-events.js';
import type { QueryDeps } from './query-deps.js';
import { routes } from './routes.js';
import { sameOriginCheck } from './same-origin.js';
import { ServerDrain } from './server-drain.js';

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

/** Makes the query service. */
export function createQueryService(deps: QueryDeps): QueryService {
  const { logger, settings } = deps;
  const limits = { ...HTTP_LIMITS, ...settings.limits };
  const metrics = new Metrics(deps.projector, () => lagEvents(deps).catch(() => undefined));
  const checkSameOrigin = sameOriginCheck(settings.allowedHosts);

  const app = new Koa();
  app.on('error', (err: unknown) => logger.warn({ err }, 'An answer could not be sent'));
  app.use(edge({ logger, metrics, routes: routes(deps, limits, metrics), checkSameOrigin }));

  const server = httpServer(limits);
  const drain = new ServerDrain(server);
  drain.serve(app.callback());
  let closed: Promise<void> | undefined;

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
    close: () => (closed ??= drain.drain(limits.closeTimeoutMs)),
  };
}
