import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TaskledgerRefusedError } from '../../../clients/typescript/src/index.js';
import { resumingStream } from '../../../clients/typescript/src/resuming-stream.js';

const retry = { attemptsMax: 1, retryDelayMsMin: 0, retryDelayMsMax: 0 };
const EVENTS = 100;

let answer: (request: IncomingMessage, response: ServerResponse) => void;
const asked: (string | undefined)[] = [];
const server = createServer((request, response) => {
  asked.push(request.headers['last-event-id'] as string | undefined);
  answer(request, response);
});
let url: URL;

beforeEach(async () => {
  asked.length = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/stream`);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const open = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream' });

describe('resumingStream', () => {
  it('reads everything once, though each connection breaks after some events, in the middle of the next', async () => {
    answer = (request, response) => {
      const from = Number(request.headers['last-event-id'] ?? 0);
      open(response);
      for (let id = from + 1; id <= Math.min(from + 7, EVENTS); id++)
        response.write(`id: ${id}\ndata: ${id}\n\n`);
      response.write(`id: ${from + 8}\nda`, () => response.destroy());
    };
    const opened: boolean[] = [];
    const controller = new AbortController();
    const options = {
      retry,
      signal: controller.signal,
      keepsProcess: true,
      onOpen: (it: boolean) => opened.push(it),
    };
    const read: string[] = [];
    for await (const { data } of resumingStream(url, options)) {
      read.push(data);
      if (data === String(EVENTS)) break;
    }
    expect(read).toEqual(Array.from({ length: EVENTS }, (_, at) => String(at + 1)));
    expect(opened[0]).toBe(false);
    expect(opened.length).toBeGreaterThan(EVENTS / 8);
    controller.abort();
  });

  it('goes on after an id that had no data, and ends when there is no more to come', async () => {
    answer = (_, response) => {
      if (asked.length === 1) open(response).end('id: 5\n\n');
      else if (asked.length === 2) response.writeHead(503).end();
      else response.writeHead(204).end();
    };
    const signal = new AbortController().signal;
    for await (const event of resumingStream(url, { retry, signal, after: '3', keepsProcess: true }))
      throw new Error(JSON.stringify(event));
    expect(asked).toEqual(['3', '5', '5']);
  });

  it('throws what trying again does not change', async () => {
    answer = (_, response) => response.writeHead(400).end();
    const signal = new AbortController().signal;
    await expect(resumingStream(url, { retry, signal, keepsProcess: true }).next()).rejects.toThrow(
      TaskledgerRefusedError,
    );
  });

  it('throws what Taskledger says of a stream that it refuses, and why', async () => {
    answer = (_, response) => {
      response.writeHead(400, { 'taskledger-reason': 'invalid_request' });
      response.end('{"code":400,"message":"status must be one of …","data":null}');
    };
    const signal = new AbortController().signal;
    await expect(resumingStream(url, { retry, signal, keepsProcess: true }).next()).rejects.toMatchObject({
      name: 'TaskledgerRefusedError',
      status: 400,
      reason: 'invalid_request',
      message: 'status must be one of …',
    });
  });

  it('reads of a refusal no more than an envelope can have', async () => {
    answer = (_, response) => {
      response.writeHead(404);
      // Without an end: whoever reads on waits for ever.
      response.write('x'.repeat(200_000));
    };
    const signal = new AbortController().signal;
    await expect(resumingStream(url, { retry, signal, keepsProcess: true }).next()).rejects.toThrow(
      'answered 404 instead of an event stream',
    );
  });

  it('ends in silence when it is aborted', async () => {
    answer = (_, response) => open(response).write('id: 1\ndata: 1\n\n');
    const controller = new AbortController();
    for await (const { data } of resumingStream(url, {
      retry,
      signal: controller.signal,
      keepsProcess: true,
    })) {
      expect(data).toBe('1');
      controller.abort();
    }
    expect(asked).toHaveLength(1);
  });
});
