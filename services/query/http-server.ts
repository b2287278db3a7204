import { createServer, STATUS_CODES, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { envelopeOfJson } from '../../shared/contracts/envelope.js';
import type { HttpLimits } from './http-limits.js';

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
  server.maxConnections = limits.connectionsMax;
  server.on('clientError', answerClientError);
  server.on('checkExpectation', (_request, response: ServerResponse) => {
    const body = envelopeOfJson(417, 'Expect must be 100-continue', 'null');
    const headers = {
      'Content-Type': JSON_TYPE,
      'Content-Length': Buffer.byteLength(body),
      Connection: 'close',
    };
    response.writeHead(417, headers).end(body);
  });
  return server;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** What is answered to errors that Node tells apart; any other is malformed HTTP. */
const CLIENT_ERRORS: ReadonlyMap<string, [status: number, message: string]> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'The request did not arrive in time']],
  ['HPE_HEADER_OVERFLOW', [431, 'The head of the request is too large']],
  ['HPE_INVALID_URL', [400, 'The request target must be ASCII; other characters must be percent-encoded']],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', [413, 'The chunk extensions of the body are too large']],
]);

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
  const [status, message] = CLIENT_ERRORS.get(error.code ?? '') ?? [400, 'Malformed HTTP'];
  const body = envelopeOfJson(status, message, 'null');
  connection.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${body}`,
    () => connection.destroy(),
  );
}
