import Router from '@koa/router';
import type { Context, Middleware, Next } from 'koa';
import { ENDPOINTS, type Endpoint, type EndpointName } from '../endpoints.js';

const API = '/api/v1/';

/** Answers the requests of one route. `parameter` is what stands in the place of `{…}` in its path, decoded. */
export type RouteHandler = (ctx: Context, parameter: string) => void | Promise<void>;

/** One method of one path, and who answers it. */
export interface Route extends Pick<Endpoint, 'method' | 'path'> {
  handle: RouteHandler;
}

/**
 * The routes of some endpoints.
 *
 * @param around Makes what is called of an endpoint's handler.
 */
export function routesTo(
  handlers: Partial<Record<EndpointName, RouteHandler>>,
  around: (endpoint: Endpoint, handle: RouteHandler) => RouteHandler = (_, handle) => handle,
): Route[] {
  return Object.entries(handlers).map(([name, handle]) => {
    const endpoint: Endpoint = ENDPOINTS[name as EndpointName];
    return { ...endpoint, handle: around(endpoint, handle) };
  });
}

/** What the router takes from a request, and leaves with it. */
interface Routed {
  newRouterPath?: string;
  routeMatched?: boolean;
  _matchedRouteName?: string;
  params: Record<string, string>;
}

/**
 * The routes of a service: a GET is there as HEAD too, and a path may end with a slash. Each resource has a router of its own,
 * since a router tries all that it has with each request.
 */
export class RouteTable {
  private readonly routers = new Map<string, Router>();
  private readonly middlewares = new Map<string, Middleware>();

  constructor(routes: readonly Route[]) {
    for (const { method, path, handle } of routes) {
      const resource = resourceOf(path);
      // Of those that match, what is written out comes before a parameter.
      const router = this.routers.get(resource) ?? new Router({ sensitive: true, exclusive: 'specificity' });
      this.routers.set(resource, router);
      const answer = (ctx: Context & Routed): void | Promise<void> => {
        for (const name in ctx.params) return handle(ctx, ctx.params[name] as string);
        return handle(ctx, '');
      };
      router.register(path.replace(/\{(\w+)\}/, ':$1'), [method], answer as never, { name: path });
    }
    for (const [resource, router] of this.routers)
      this.middlewares.set(resource, router.routes() as unknown as Middleware);
  }

  /** Has the route of a request answer it; whoever comes next answers what has none. */
  middleware(): Middleware {
    return async (ctx, next) => {
      const route = this.middlewares.get(resourceOf(pathOf(ctx))) ?? passOn;
      await route(ctx, next);
    };
  }

  /** Every method that some path takes. */
  methods(): string[] {
    return methodsOf([...this.routers.values()].flatMap(({ stack }) => stack));
  }

  /** The methods that a path takes; none where there is nothing. */
  methodsAt(path: string): string[] {
    const layers = this.routers.get(resourceOf(path))?.match(path, '').path ?? [];
    const most = Math.min(...layers.map(({ paramNames }) => paramNames.length));
    return methodsOf(layers.filter(({ paramNames }) => paramNames.length === most));
  }
}

function passOn(_: Context, next: Next): Promise<unknown> {
  return next();
}

/** What a path is about: `/api/v1/tasks` of `/api/v1/tasks/7/cancel`, `/docs` of `/docs/start.js`. */
function resourceOf(path: string): string {
  const end = path.indexOf('/', path.startsWith(API) ? API.length : 1);
  return end === -1 ? path : path.slice(0, end);
}

/** Has a request routed by this path, which is its own without what a proxy has before it. */
export function routeBy(ctx: Context, path: string): void {
  (ctx as Context & Routed).newRouterPath = path;
}

function pathOf(ctx: Context): string {
  return (ctx as Context & Routed).newRouterPath ?? ctx.path;
}

/** The path of the route that has answered a request, as it is written; `undefined` when there was none. */
export function routeOf(ctx: Context): string | undefined {
  const { routeMatched, _matchedRouteName: name } = ctx as Context & Routed;
  return routeMatched === true ? name : undefined;
}

function methodsOf(layers: readonly { methods: string[] }[]): string[] {
  return [...new Set(layers.flatMap(({ methods }) => methods))].sort();
}
