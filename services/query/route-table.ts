import type { Context } from 'koa';
import { percentDecoded } from '../../shared/contracts/percent-encoding.js';

/** Answers the requests of one route. `parameter` is what stands in the place of `{…}` in its path, decoded. */
export type RouteHandler = (ctx: Context, parameter: string) => void | Promise<void>;

/** One method of one path. */
export interface Route {
  method: 'GET' | 'POST';
  /** At most one segment is a parameter: `/api/v1/tasks/{id}/cancel`. */
  path: string;
  handle: RouteHandler;
}

/** What a path leads to: its routes by method (a GET is there as HEAD too), and its parameter. */
export interface MatchedPath {
  routes: ReadonlyMap<string, Route>;
  parameter: string;
}

/**
 * The routes of the service. A general router costs a quarter of what a whole request does here, since it tries all of its
 * patterns and composes functions anew each time; a look into a map is enough for so few paths.
 */
export class RouteTable {
  private readonly fixed = new Map<string, MatchedPath>();
  private readonly patterns: { pattern: RegExp; routes: ReadonlyMap<string, Route> }[] = [];

  constructor(routes: readonly Route[]) {
    for (const path of new Set(routes.map((route) => route.path))) {
      const ofPath = new Map<string, Route>();
      for (const route of routes.filter((other) => other.path === path)) {
        ofPath.set(route.method, route);
        if (route.method === 'GET') ofPath.set('HEAD', route);
      }
      if (!path.includes('{')) this.fixed.set(path, { routes: ofPath, parameter: '' });
      else this.patterns.push({ pattern: patternOf(path), routes: ofPath });
    }
  }

  /** Every method that some path takes. */
  methods(): string[] {
    const all = [...this.fixed.values(), ...this.patterns].flatMap(({ routes }) => [...routes.keys()]);
    return [...new Set(all)];
  }

  /** What stands at a path; `undefined` when nothing does. */
  match(path: string): MatchedPath | undefined {
    // Many clients end a path with a slash; it means the same.
    return this.matchExactly(path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);
  }

  private matchExactly(path: string): MatchedPath | undefined {
    const fixed = this.fixed.get(path);
    if (fixed !== undefined) return fixed;
    for (const { pattern, routes } of this.patterns) {
      const parameter = pattern.exec(path)?.[1];
      if (parameter !== undefined) return { routes, parameter: percentDecoded(parameter) ?? parameter };
    }
    return undefined;
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{\w+\}/, '([^/]+)')}$`);
}
