import { createServer, STATUS_CODES, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { envelopeOfJson } from '../../../shared/core/contracts/envelope.js';
import type { Reason } from '../../../shared/core/contracts/reasons.js';
import type { HttpLimits } from './http-limits.js';
import { statusOf } from './statuses.js';

/** Makes an HTTP server that holds to the limits and answers what is no HTTP at all with an envelope too. */
export function httpServer(limits: HttpLimits): Server {
  const server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.connectionsCheckMs,
    // Node would answer a missing Host without an envelope; who handles the requests checks it.
    requireHostHeader: false,
  });
  // A client may end its side as soon as it has sent its request. Node has this and does not say so in its types.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.maxConnections = limits.connectionsMax;
  server.on('clientError', answerClientError);
  server.on('connect', (_request, connection: Duplex) => {
    // Node has given the connection away, and its own listener with it.
    connection.on('error', () => connection.destroy());
    endWith(connection, 'method_not_allowed', 'CONNECT is not allowed here: this is no proxy');
  });
  server.on('checkExpectation', (_request, response: ServerResponse) => {
    const { status, headers, body } = answerOf('expectation_failed', 'Expect must be 100-continue');
    response.writeHead(status, headers).end(body);
  });
  return server;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** What is answered where no handler sees the request. */
function answerOf(reason: Reason, message: string) {
  const status = statusOf(reason);
  const body = envelopeOfJson(status, message, 'null');
  const headers = {
    'Content-Type': JSON_TYPE,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Taskledger-Reason': reason,
    Connection: 'close',
  };
  return { status, headers, body };
}

/** What is answered to errors that Node tells apart; any other is malformed HTTP. */
const CLIENT_ERRORS: ReadonlyMap<string, [reason: Reason, message: string]> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', ['request_timeout', 'The request did not arrive in time']],
  ['HPE_HEADER_OVERFLOW', ['head_too_large', 'The head of the request is too large']],
  [
    'HPE_INVALID_URL',
    ['invalid_request', 'The request target must be ASCII; other characters must be percent-encoded'],
  ],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', ['body_too_large', 'The chunk extensions of the body are too large']],
]);

const MALFORMED = ['invalid_request', 'Malformed HTTP'] as const;

/** A connection as Node's server has it: the answer that is being given on it, if there is one. */
type Connection = Duplex & { _httpMessage?: ServerResponse | null };

function answerClientError(error: NodeJS.ErrnoException, connection: Connection): void {
  const pending = connection._httpMessage;
  // An answer that is under way belongs to an earlier request, whose client must not take this one for it; unless it is
  // the pending request itself whose body went wrong.
  const ownsAnswer = !pending || (!pending.headersSent && !pending.req.complete);
  if (!connection.writable || error.code === 'ECONNRESET' || !ownsAnswer) {
    // What has been answered shall still arrive.
    if (pending?.writableEnded === true) connection.end(() => connection.destroy());
    else connection.destroy();
    return;
  }
  const [reason, message] = CLIENT_ERRORS.get(error.code ?? '') ?? MALFORMED;
  endWith(connection, reason, message);
}

/** Answers on a connection that has no response of Node's, and ends it. */
function endWith(connection: Duplex, reason: Reason, message: string): void {
  const { status, headers, body } = answerOf(reason, message);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  connection.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`, () =>
    connection.destroy(),
  );
}
