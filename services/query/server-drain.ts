import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Answers one request; resolves once the answer is handed to the connection. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** How often a draining server looks which connections have nothing left to do. */
const CHECK_MS = 20;

/**
 * Closes an HTTP server without losing an answer. Node's own way waits for connections that have never said anything as if
 * they were busy, and counts an answer as sent while it still waits in the connection; so both are looked at here.
 */
export class ServerDrain {
  private readonly connections = new Set<Socket>();
  private readonly underWay = new Set<ServerResponse>();
  private draining = false;

  constructor(private readonly server: Server) {
    server.on('connection', (connection: Socket) => {
      this.connections.add(connection);
      connection.once('close', () => this.connections.delete(connection));
    });
  }

  /** Hands a server's requests to a handler that never fails, and keeps account of those under way. */
  serve(handle: RequestHandler): void {
    this.server.on('request', (request, response) => {
      this.underWay.add(response);
      if (this.draining) response.shouldKeepAlive = false;
      void handle(request, response).then(() => this.underWay.delete(response));
    });
  }

  /** Takes no more connections, and closes each as soon as its answers are sent; all of them once the time is over. */
  async drain(timeoutMs: number): Promise<void> {
    if (!this.server.listening) return;
    this.draining = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const response of this.underWay) response.shouldKeepAlive = false;
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
    const busy = new Set(Array.from(this.underWay, ({ req }) => req.socket));
    for (const connection of this.connections) {
      if (!busy.has(connection) && connection.writableLength === 0) connection.destroy();
    }
  }
}
