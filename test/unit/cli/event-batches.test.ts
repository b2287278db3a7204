import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { batchesOf, sendBatch } from '../../../cli/client/event-batches.js';
import { JsonHttp } from '../../../clients/typescript/src/json-http.js';

const KIB = 1024;
const sizes = (batches: string[][]): number[] => batches.map(({ length }) => length);

describe('batchesOf', () => {
  it('ends a batch at 1,000 events and at 480 KiB, and keeps the order', () => {
    const texts = Array.from({ length: 2_500 }, (_, at) => String(at));
    expect(sizes(batchesOf(texts))).toEqual([1_000, 1_000, 500]);
    expect(batchesOf(texts).flat()).toEqual(texts);
    expect(sizes(batchesOf(Array<string>(10).fill('x'.repeat(100 * KIB))))).toEqual([4, 4, 2]);
    expect(sizes(batchesOf(['a', 'é'.repeat(500 * KIB), 'b', 'c']))).toEqual([1, 1, 2]);
    expect(batchesOf([])).toEqual([]);
  });
});

describe('sendBatch', () => {
  /** What was asked for, and what is answered to each request. */
  let asked: string[];
  let answers: { status: number; reason?: string; data?: unknown }[];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      asked.push(body);
      const { status, reason, data = null } = answers.shift() ?? { status: 500 };
      response.writeHead(status, reason === undefined ? {} : { 'taskledger-reason': reason });
      response.end(JSON.stringify({ code: status, message: `answer ${status}`, data }));
    });
  });
  beforeEach(async () => {
    [asked, answers] = [[], []];
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const retry = { attemptsMax: 3, retryDelayMsMin: 0, retryDelayMsMax: 0 };
  const send = (...texts: string[]) => {
    const { port } = server.address() as AddressInfo;
    return sendBatch({ http: new JsonHttp(`http://127.0.0.1:${port}`, 5_000), retry }, texts);
  };
  const outcome = (outcome: string) => ({
    event_id: null,
    outcome,
    task_id: null,
    code: 200,
    reason: outcome,
  });

  it('sends again what could not be recorded, and that alone', async () => {
    answers = [
      { status: 503 },
      { status: 200, data: [outcome('accepted'), outcome('unavailable'), outcome('unavailable')] },
      { status: 200, data: [outcome('unavailable'), outcome('rejected')] },
      { status: 200, data: [outcome('duplicate')] },
    ];
    const outcomes = await send('{"a":1}', '{"b":1}', '{"c":1}');
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'duplicate', 'rejected']);
    const all = '[{"a":1},{"b":1},{"c":1}]';
    expect(asked).toEqual([all, all, '[{"b":1},{"c":1}]', '[{"b":1}]']);
  });

  it('says in the end that it could not be recorded', async () => {
    answers = Array.from({ length: 3 }, () => ({ status: 200, data: [outcome('unavailable')] }));
    expect(await send('{}')).toMatchObject([{ outcome: 'unavailable' }]);
    expect(asked).toHaveLength(3);
  });

  it('sends each event alone when the request was refused, so that only what is wrong is', async () => {
    const refused = { status: 413, reason: 'body_too_large' };
    answers = [refused, { status: 200, data: [outcome('accepted')] }, refused];
    expect(await send('{"id":"a"}', '{"id":"b"}')).toEqual([
      outcome('accepted'),
      {
        ...{ event_id: 'b', outcome: 'rejected', task_id: null, code: 413 },
        ...{ reason: 'body_too_large', message: 'answer 413', position: null },
      },
    ]);
  });

  it('throws when there is no answer, or not one for each event', async () => {
    answers = [{ status: 200, data: [] }];
    await expect(send('{}')).rejects.toThrow('Taskledger has not said what became of each event');
    answers = Array.from({ length: 3 }, () => ({ status: 503 }));
    await expect(send('{}')).rejects.toMatchObject({ code: 'unavailable' });
    answers = [{ status: 404 }];
    await expect(send('{}')).rejects.toMatchObject({ status: 404 });
  });
});
