import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-errors.js';

/** What a request asks for, and of whom. */
export interface RequestTarget {
  /** The path, or `*` for the service as a whole. */
  path: string;
  /** The host, with its port where one is said; `undefined` when the request says none. */
  host: string | undefined;
}

/** A target that is a whole URL. What is said in it of the host is looked at as it stands, and not as `URL` would mend it. */
const WHOLE_URL = /^https?:\/\/([^/?#]*)(.*)$/i;

/**
 * Reads the target of a request (RFC 9112, section 3.2). A target that is a whole URL stands in the place of `Host`, as it
 * does behind some proxies, and is cut down to its path in the request.
 *
 * @throws HttpError 400 for a target that is none of HTTP, and for more than one `Host`.
 */
export function targetOf(request: IncomingMessage): RequestTarget {
  const target = request.url as string;
  let { host } = request.headers;
  if (host === undefined || hasSeveralHosts(request.rawHeaders))
    throw new HttpError('invalid_request', 'There must be one Host header, and no more than one');
  let path = target;
  if (!target.startsWith('/') && target !== '*') {
    const parts = WHOLE_URL.exec(target);
    if (parts === null) throw new HttpError('invalid_request', 'The request target must be a path');
    const [, authority = '', rest = ''] = parts;
    host = authority;
    path = rest.startsWith('/') ? rest : `/${rest}`;
    // A proxy that asks for the service as a whole has no other way to say so.
    if (rest === '' && request.method === 'OPTIONS') path = '*';
    request.url = path;
  }
  const query = path.indexOf('?');
  return { path: query === -1 ? path : path.slice(0, query), host };
}

/** Node keeps the first of them and drops the others. */
function hasSeveralHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts > 1;
}
