import type { Context } from 'koa';
import { answerHead, API_HEADERS, type HeaderList } from './answer.js';

/** Where a proxy has the service: what stands before each of its paths, such as `/taskledger`; empty at the root. */
export type BasePath = string;

/** What each request knows of it. */
interface BaseState {
  basePath?: BasePath;
}

/** Has what answers a request name its paths as the client has to ask for them. */
export function setBasePath(ctx: Context, basePath: BasePath): void {
  (ctx.state as BaseState).basePath = basePath;
}

/** A path of the service as a client has to ask for it. */
export function pathFor(ctx: Context, path: string): string {
  return `${(ctx.state as BaseState).basePath ?? ''}${path}`;
}

/** The header that says where the next page is (RFC 8288). */
export function nextLink(ctx: Context, path: string): HeaderList {
  return ['Link', `<${pathFor(ctx, path)}>; rel="next"`];
}

/** The header that says where something is. */
export function locationOf(ctx: Context, path: string): HeaderList {
  return ['Location', pathFor(ctx, path)];
}

/**
 * A path without the base path; `undefined` when it does not begin with it. A proxy may hand on whole paths, or take the base
 * path off, so both are served.
 */
export function withoutBase(path: string, basePath: BasePath): string | undefined {
  if (basePath === '' || !path.startsWith(basePath)) return undefined;
  const rest = path.slice(basePath.length);
  return rest.startsWith('/') ? rest : undefined;
}

/** Sends who asks for the base path itself to the page, which is at its end. */
export function answerBase(ctx: Context): void {
  const query = ctx.req.url?.indexOf('?') ?? -1;
  const search = query === -1 ? '' : (ctx.req.url as string).slice(query);
  answerHead(ctx, 308, [...API_HEADERS, ...locationOf(ctx, `/${search}`), 'Content-Length', '0']);
}
