import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Answers one request; resolves once the answer is handed to the connection. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** How often a draining server looks which connections have nothing left to do. */
const CHECK_MS = 20;

/** What is going on on one connection. */
interface Traffic {
  /** Requests that are not answered yet; more than one when a client does not wait for its answers. */
  underWay: number;
  /** The answer to the last of them. */
  lastResponse?: ServerResponse;
}

/**
 * Closes an HTTP server without losing an answer. Node's own way waits for connections that have never said anything as if
 * they were busy, and counts an answer as sent while it still waits in the connection; so both are looked at here.
 *
 * Account is kept by connection. In a set of requests each one would come and go, and the tables that V8 gives up when a
 * set changes so fast hold on to each other and to the requests in them until a full garbage collection.
 */
export class ServerDrain {
  private readonly connections = new Map<Socket, Traffic>();
  private draining = false;

  constructor(private readonly server: Server) {
    server.on('connection', (connection: Socket) => {
      this.connections.set(connection, { underWay: 0 });
      connection.once('close', () => this.connections.delete(connection));
    });
  }

  /** Hands the server's requests to a handler that never fails. */
  serve(handle: RequestHandler): void {
    this.server.on('request', (request, response) => {
      const traffic = this.connections.get(request.socket);
      // A connection that has closed in the meantime; what its request does is not waited for.
      if (traffic === undefined) return void handle(request, response);
      traffic.underWay++;
      traffic.lastResponse = response;
      if (this.draining) response.shouldKeepAlive = false;
      void handle(request, response).then(() => traffic.underWay--);
    });
  }

  /** Takes no more connections, and closes each as soon as its answers are sent; all of them once the time is over. */
  async drain(timeoutMs: number): Promise<void> {
    if (!this.server.listening) return;
    this.draining = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const { lastResponse } of this.connections.values()) {
      if (lastResponse !== undefined) lastResponse.shouldKeepAlive = false;
    }
    this.closeIdle();
    const deadlineMs = performance.now() + timeoutMs;
    const check = setInterval(() => {
      if (performance.now() > deadlineMs) this.server.closeAllConnections();
      else this.closeIdle();
    }, CHECK_MS);
    await closed;
    clearInterval(check);
  }

  private closeIdle(): void {
    for (const [connection, { underWay }] of this.connections) {
      if (underWay === 0 && connection.writableLength === 0) connection.destroy();
    }
  }
}
