import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HTTP_LIMITS } from '../../services/query/http/http-limits.js';
import { expectReason } from '../support/expect-reason.js';
import { answersIn, connectTo, exchange, untilClosed } from '../support/raw-http.js';
import { startServer, type Server } from '../support/server.js';

/** Whatever is sent, the answer is a 4xx in the envelope or the connection is cut off in time, and the program goes on. */

/** How many connections the test of idle ones opens. Both ends need a file descriptor each, in two processes. */
const IDLE_CONNECTIONS = 10_000;

const JSON_TYPE = 'application/json';
const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const EVENT = { specversion: '1.0', id: 'e', source: '/bad', type: 'task.created' };

let dataDir: string;
let server: Server;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'taskledger-bad-input-'));
  server = await startServer({ dataDir });
});
afterAll(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});
afterEach(async () => {
  // Alive, and nothing that it had to say about it was an error.
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
  expect(server.output()).not.toMatch(/"level":"(error|fatal)"/);
});

interface Answer {
  status: number;
  envelope: { code: number; message: string; data: unknown };
}

async function post(path: string, type: string, body: string | Buffer): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': type },
    body,
  });
  expectReason(response.status, response.headers.get('taskledger-reason'));
  return { status: response.status, envelope: (await response.json()) as Answer['envelope'] };
}

function expectRefusal({ status, envelope }: Answer, allowed = [400]): void {
  expect(allowed).toContain(status);
  expect(Object.keys(envelope)).toEqual(['code', 'message', 'data']);
  expect(envelope.code).toBe(status);
  expect(envelope.message).toMatch(/^[^\n]{5,}$/);
  // Neither a stack trace nor where a file of the program is.
  expect(envelope.message).not.toMatch(/\bat \S+ \(|node_modules|\.[jt]s:\d/);
}

/** A body that every route with a JSON body has to refuse as a whole. */
const BROKEN: [string, string | Buffer][] = [
  ['nothing', ''],
  ['white space', ' \n'],
  ['half an object', '{"project_id":1,'],
  ['two values', '{}{}'],
  ['single quotes', "{'project_id':1}"],
  ['a trailing comma', '{"project_id":1,}'],
  ['a comment', '{"project_id":1/* one */}'],
  ['NaN', '{"project_id":NaN}'],
  ['Infinity', '{"project_id":-Infinity}'],
  ['a hexadecimal number', '{"project_id":0x1}'],
  ['a number with a leading zero', '{"project_id":01}'],
  ['a number beyond a double', '{"project_id":1e400}'],
  ['an int beyond 2^53', '{"project_id":9007199254740993}'],
  ['an int beyond 2^53 deep inside', '{"data":{"params":{"a":[{"b":-9007199254740993}]}}}'],
  ['10,000 levels of arrays', `{"params":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
  ['10,000 levels of objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ['500,000 open brackets', '['.repeat(500_000)],
  ['__proto__', '{"__proto__":{"admin":true}}'],
  ['__proto__ deep inside', '{"params":{"a":{"__proto__":{"admin":true}}}}'],
  ['__proto__ in escapes', '{"\\u005f_proto__":{"admin":true}}'],
  ['a member twice', '{"project_id":1,"project_id":2}'],
  ['a member twice, once in escapes', '{"project_id":1,"project\\u005fid":2}'],
  ['a lone surrogate', '{"key":"\\ud800"}'],
  ['a lone surrogate as a name', '{"\\udc00":1}'],
  ['a control character in a string', '{"key":"a\u0001b"}'],
  ['two byte order marks', '\ufeff\ufeff{}'],
  ['a byte order mark within', '{\ufeff}'],
  ['illegal UTF-8', Buffer.from('{"key":"\xff"}', 'latin1')],
  ['overlong UTF-8', Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
  ['UTF-16', Buffer.from('{"project_id":1}', 'utf16le')],
  ['null bytes', Buffer.alloc(100)],
];

describe.each([
  ['/api/v1/tasks', JSON_TYPE],
  ['/api/v1/events', STRUCTURED],
  ['/api/v1/events', BATCH],
  ['/api/v1/tasks/1/cancel', JSON_TYPE],
])('POST %s as %s', (path, type) => {
  it.each(BROKEN)('refuses %s', async (name, body) => {
    if (name === 'nothing' && path.endsWith('cancel')) {
      // A cancel needs no body; there is just no such task.
      expectRefusal(await post(path, type, body), [404]);
      return;
    }
    const answer = await post(path, type, body);
    expectRefusal(answer);
    expect(answer.envelope.data).toBeNull();
  });

  it('refuses a body beyond 1 MiB', async () => {
    expectRefusal(await post(path, type, `"${'x'.repeat(HTTP_LIMITS.bodyBytesMax)}"`), [413]);
  });

  it('refuses another media type', async () => {
    for (const other of [
      'text/plain',
      'application/xml',
      'multipart/form-data',
      'application/json; charset=utf-16',
      '',
    ]) {
      expectRefusal(await post(path, other, Buffer.from('{}')), [415]);
    }
  });
});

describe('an event', () => {
  it.each([
    ['no attributes', {}],
    ['another specversion', { ...EVENT, specversion: '0.3' }],
    ['a number as id', { ...EVENT, id: 7 }],
    ['an empty source', { ...EVENT, source: '' }],
    ["Taskledger's own source", { ...EVENT, source: 'taskledger:commands' }],
    ['an unknown type', { ...EVENT, type: 'task.knitted' }],
    ['no data', EVENT],
    ['a text as data', { ...EVENT, data: '{"project_id":1}' }],
    ['a list as data', { ...EVENT, data: [] }],
    ['an unknown member of data', { ...EVENT, data: { project_id: 1, task_type: 'ocr', colour: 'blue' } }],
    ['a text as project_id', { ...EVENT, data: { project_id: '1', task_type: 'ocr' } }],
    ['a fraction as project_id', { ...EVENT, data: { project_id: 1.5, task_type: 'ocr' } }],
    ['an unknown task type', { ...EVENT, data: { project_id: 1, task_type: 'constructor' } }],
    ['a negative total', { ...EVENT, data: { project_id: 1, task_type: 'ocr', total: -1 } }],
    ['an id as subject of created', { ...EVENT, subject: '17', data: { project_id: 1, task_type: 'ocr' } }],
    [
      'a subject beyond 512 bytes',
      { ...EVENT, subject: 'é'.repeat(257), data: { project_id: 1, task_type: 'ocr' } },
    ],
    [
      'a time that is none',
      { ...EVENT, time: '2025-02-30T10:00:00Z', data: { project_id: 1, task_type: 'ocr' } },
    ],
    ['an extension that is an object', { ...EVENT, tenant: {}, data: { project_id: 1, task_type: 'ocr' } }],
    ['no subject', { ...EVENT, type: 'task.started', data: {} }],
    ['a subject beyond 2^53', { ...EVENT, type: 'task.started', subject: '9007199254740993', data: {} }],
    ['an attempt of 0', { ...EVENT, type: 'task.started', subject: '1', data: { attempt: 0 } }],
  ])('with %s is refused with its outcome', async (_what, event) => {
    const answer = await post('/api/v1/events', STRUCTURED, JSON.stringify(event));
    expectRefusal(answer);
    expect(answer.envelope.data).toMatchObject([
      { outcome: 'rejected', code: 400, message: answer.envelope.message },
    ]);
  });

  it('beyond what can be stored is refused', async () => {
    const params = { text: 'x'.repeat(300_000) };
    const event = { ...EVENT, data: { project_id: 1, task_type: 'ocr', params } };
    expectRefusal(await post('/api/v1/events', STRUCTURED, JSON.stringify(event)));
  });

  it('of an unknown task is 404', async () => {
    const event = { ...EVENT, type: 'task.started', subject: '999999', data: {} };
    expectRefusal(await post('/api/v1/events', STRUCTURED, JSON.stringify(event)), [404]);
  });

  it('that is none does not keep the others of its batch from being taken', async () => {
    const good = { ...EVENT, id: 'good', data: { project_id: 1, task_type: 'ocr' } };
    const batch = [null, 17, 'text', [], {}, good, { ...EVENT, data: 1 }];
    const { status, envelope } = await post('/api/v1/events', BATCH, JSON.stringify(batch));
    expect(status).toBe(200);
    expect((envelope.data as { outcome: string }[]).map(({ outcome }) => outcome)).toEqual([
      ...Array<string>(5).fill('rejected'),
      'accepted',
      'rejected',
    ]);
  });

  it('in a batch of more than 1000 is refused with all of them', async () => {
    expectRefusal(await post('/api/v1/events', BATCH, JSON.stringify(Array(1001).fill(EVENT))), [413]);
  });
});

describe('a task', () => {
  it.each(['"1"', '1.5', 'null', 'true', '{}', '[1]', '1e21'])(
    'with the project_id %s is refused',
    async (projectId) => {
      expectRefusal(await post('/api/v1/tasks', JSON_TYPE, `{"project_id":${projectId},"task_type":"ocr"}`));
    },
  );

  it('with an unknown field is refused', async () => {
    expectRefusal(
      await post('/api/v1/tasks', JSON_TYPE, '{"project_id":1,"task_type":"ocr","status":"completed"}'),
    );
  });

  it('may be asked for by an id that is none, and by no way that ends in a 500', async () => {
    const ids = [
      '9007199254740993',
      '1e3',
      '-0',
      '%00',
      '%ff',

      "1'--",
      '1;2',
      '__proto__',
      '🔎',
      'x'.repeat(8000),
    ];
    for (const id of ids) {
      for (const path of [`/api/v1/tasks/${id}`, `/api/v1/tasks/${id}/history`]) {
        const response = await fetch(`${server.url}${path}`);
        expectRefusal({ status: response.status, envelope: (await response.json()) as Answer['envelope'] });
      }
    }
  });
});

describe('a connection', () => {
  const head = `POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${STRUCTURED}\r\n`;

  it.each([
    ['garbage', '\0\x01\x02garbage\r\n\r\n', 400],
    ['headers beyond 16 KiB', `GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
    ['2,000 headers', `GET / HTTP/1.1\r\n${'Another-Header: value\r\n'.repeat(2000)}\r\n`, 431],
    ['a length that is none', `${head}Content-Length: many\r\n\r\n`, 400],
    ['a smuggled request', `${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    ['a chunk without end', `${head}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n`, 400],
    ['no Host', 'GET /api/v1/tasks HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    [
      'two Hosts',
      'GET /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\nhOST: localhost\r\nConnection: close\r\n\r\n',
      400,
    ],
  ])('that sends %s gets 4xx in the envelope and is closed', async (_what, bytes, expected) => {
    const answers = answersIn(await exchange(server.url, bytes));
    expect(answers).toHaveLength(1);
    for (const { status, body } of answers) {
      expectRefusal({ status, envelope: JSON.parse(body) as Answer['envelope'] }, [expected]);
    }
  });

  it('that sends garbage behind a request gets its answer and is closed', async () => {
    const answers = answersIn(
      await exchange(server.url, 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n\0garbage\r\n\r\n'),
    );
    expect(answers.map(({ status }) => status)).toEqual([200]);
  });

  it('gets one answer for each of 1,000 pipelined requests, in order', async () => {
    const requests = Array.from(
      { length: 1000 },
      (_, index) =>
        `GET /api/v1/tasks?limit=${index === 999 ? 0 : 1} HTTP/1.1\r\nHost: localhost\r\n` +
        `${index === 999 ? 'Connection: close\r\n' : ''}\r\n`,
    );
    const answers = answersIn(await exchange(server.url, requests.join('')));
    expect(answers).toHaveLength(1000);
    expect(answers.map(({ status }) => status).indexOf(400)).toBe(999);
  });

  it(
    'that sends half a body, or its headers slowly, is cut off within the limits while others are served',
    async () => {
      const sockets = await Promise.all(Array.from({ length: 20 }, () => connectTo(server.url)));
      const ends = sockets.map(untilClosed);
      const half = sockets.slice(0, 10);
      const slow = sockets.slice(10);
      for (const socket of half) socket.write(`${head}Content-Length: 1000\r\n\r\n{"specversion":`);
      for (const socket of slow) socket.write('GET /health/live HTTP/1.1\r\n');
      // A byte now and then must not keep a connection: the limits count from the first one.
      const drip = setInterval(() => {
        for (const socket of half) socket.write(' ');
        for (const socket of slow) socket.write('A: b\r\n');
      }, 500);
      const served = fetch(`${server.url}/api/v1/tasks`).then(({ status }) => status);
      const answers = (await Promise.all(ends)).map((text) => answersIn(text));
      clearInterval(drip);
      expect(await served).toBe(200);
      for (const [answer] of answers) {
        expect(answer).toMatchObject({ status: 408 });
        expectRefusal({ status: 408, envelope: JSON.parse(answer?.body ?? '') as Answer['envelope'] }, [408]);
      }
    },
    HTTP_LIMITS.requestTimeoutMs + 20_000,
  );

  it(
    `is served beside ${IDLE_CONNECTIONS} idle ones, which are all cut off within the limits`,
    async () => {
      const idle: Promise<string>[] = [];
      const open: Socket[] = [];
      // In portions, since the queue of connections that wait to be taken is short.
      while (open.length < IDLE_CONNECTIONS) {
        const portion = await Promise.all(Array.from({ length: 200 }, () => connectTo(server.url)));
        open.push(...portion);
        idle.push(...portion.map(untilClosed));
      }
      expect((await fetch(`${server.url}/api/v1/tasks`)).status).toBe(200);
      expectRefusal(await post('/api/v1/tasks', JSON_TYPE, '{}'));
      const answers = (await Promise.all(idle)).map((text) => answersIn(text)[0]?.status);
      expect(new Set(answers)).toEqual(new Set([408]));
    },
    HTTP_LIMITS.headersTimeoutMs + 60_000,
  );
});
