import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The limit for event streams: an HTTP server that writes one constant event to everyone who has asked for a stream, each
 * time that something is posted, once that is answered. The event's size, in bytes, is given on the command line.
 */
const event = Buffer.from(`data: ${'x'.repeat(Number(process.argv[2]) - 8)}\n\n`);
const readers = new Set<ServerResponse>();

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('retry: 2000\n\n');
    readers.add(response);
    response.on('close', () => readers.delete(response));
    return;
  }
  request.resume().on('end', () => {
    response.end('{}');
    for (const reader of readers) reader.write(event);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(
    `Bare fan-out listens on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`,
  );
});
process.on('SIGTERM', () => process.exit(0));
