import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { HttpError } from './http-errors.js';

/** Refuses requests that a web page elsewhere has made somebody's browser send; `host` is whom it was sent to. */
export type CheckSameOrigin = (request: IncomingMessage, host: string | undefined) => void;

/**
 * Makes the check. A page of another site can reach a service on somebody's own machine in two ways:
 *
 * - It lets its own name point to this machine (DNS rebinding). Such requests carry that name as `Host`, so `Host` must
 *   be an IP address, `localhost`, or one of `allowedHosts`. An address can't be rebound.
 * - It sends a request across origins. Such requests carry `Origin` and, in today's browsers, `Sec-Fetch-Site`; both
 *   must say that the request comes from this service's own pages (or, for `none`, from the user) to write. An origin is
 *   scheme, host and port.
 *
 * @param allowedHosts Names without a port, in lower case.
 * @throws HttpError (the check) 400 without a `Host`, 421 for a foreign one, 403 for a write from another origin.
 */
export function sameOriginCheck(allowedHosts: readonly string[]): CheckSameOrigin {
  const names = new Set(['localhost', ...allowedHosts.map((name) => name.toLowerCase())]);
  // Nearly every request has the same Host as the one before.
  let lastAllowed = '';
  return (request, host) => {
    if (host !== lastAllowed || host === '') {
      checkHost(host, names);
      lastAllowed = host as string;
    }
    if (!READS.has(request.method as string)) checkWrite(request, host as string);
  };
}

/** The methods that change nothing. */
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

function checkHost(host: string | undefined, names: ReadonlySet<string>): void {
  const name = hostName(host ?? '');
  if (name === undefined)
    throw new HttpError('invalid_request', 'The Host header must hold the host that the request is sent to');
  if (isIP(name) === 0 && !names.has(name)) {
    throw new HttpError(
      'unknown_host',
      `Host ${name} is not served here; localhost and IP addresses are, and what ALLOWED_HOSTS names`,
    );
  }
}

/** The host without its port (RFC 9110, section 7.2), in lower case; `undefined` when it is not a host. */
function hostName(host: string): string | undefined {
  const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::\d{0,5})?$/.exec(host);
  return (parts?.[1] ?? parts?.[2])?.toLowerCase();
}

function checkWrite({ headers }: IncomingMessage, host: string): void {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new HttpError(
      'cross_origin',
      'A page of another origin must not change anything here (Sec-Fetch-Site)',
    );
  }
  const { origin } = headers;
  if (origin === undefined) return;
  const scheme = /^(https?):\/\//.exec(origin)?.[1] as Scheme | undefined;
  const isSameHost = scheme !== undefined && hostOf(origin) === hostOf(`${scheme}://${host}`);
  // A browser that says same-origin has compared the schemes, and it knows both.
  if (isSameHost && (site === 'same-origin' || mayBeAskedBy(scheme, headers, host))) return;
  throw new HttpError('cross_origin', 'A page of another origin must not change anything here (Origin)');
}

type Scheme = 'http' | 'https';

/**
 * Whether a request may have been sent by that scheme. The service itself speaks HTTP; where a proxy speaks HTTPS for it, the
 * proxy says so, and anybody is believed: a page can't add these headers to a request to another origin, as the browser
 * would ask for leave first, which is never given. A proxy that says nothing is taken into account under a name of
 * `allowedHosts`, which is there for proxies; nobody has a certificate for an address or `localhost` by accident.
 */
function mayBeAskedBy(scheme: Scheme, headers: IncomingHttpHeaders, host: string): boolean {
  const said = forwardedScheme(headers);
  if (said !== undefined) return said === scheme;
  const name = hostName(host) ?? '';
  return scheme === 'http' || (isIP(name) === 0 && name !== 'localhost');
}

/** The scheme by which the first of the proxies was asked; `undefined` when none of them says. */
function forwardedScheme(headers: IncomingHttpHeaders): string | undefined {
  const forwarded = /(?:^|[;,\s])proto="?([a-z]+)/i.exec(headers.forwarded ?? '')?.[1];
  const proto =
    forwarded ??
    String(headers['x-forwarded-proto'] ?? '')
      .split(',')[0]
      ?.trim();
  return proto === undefined || proto === '' ? undefined : proto.toLowerCase();
}

/** Host and port of a URL, without the port that its scheme has anyway; `undefined` when it is none. */
function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}
