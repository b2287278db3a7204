/**
 * What stands before every path of the service, where a proxy has it under one; empty at the root. The page's program lies at
 * `…/assets/` there, wherever the page itself was asked for.
 */
export const BASE_PATH = /^(.*)\/assets\/[^/]+$/.exec(new URL(import.meta.url).pathname)?.[1] ?? '';

/** A path of the service as the browser has to ask for it. */
export function atBase(path: string): string {
  return `${BASE_PATH}${path}`;
}

/** A path that the service has named, which has all that the browser needs, as a path of the service. */
export function fromBase(path: string): string {
  return path.startsWith(`${BASE_PATH}/`) ? path.slice(BASE_PATH.length) : path;
}
