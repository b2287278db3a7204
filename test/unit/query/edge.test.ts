import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectReason } from '../../support/expect-reason.js';
import { document, startFaked, type FakedService } from '../../support/query-fakes.js';
import { answersIn, connectTo, exchange, untilClosed } from '../../support/raw-http.js';

let faked: FakedService;
beforeAll(async () => {
  faked = await startFaked();
  faked.fakes.documents.set(7, document(7));
});
afterAll(() => faked.service.close());

/** Sends a request of its own making on one connection; answers the last status and envelope. */
async function raw(lines: string[], body = ''): Promise<{ status: number; body: unknown }> {
  const [answer] = answersIn(
    await exchange(faked.url, `${lines.join('\r\n')}\r\nConnection: close\r\n\r\n${body}`),
  );
  return { status: answer?.status ?? 0, body: JSON.parse(answer?.body ?? 'null') };
}

describe('what no route answers', () => {
  it.each(['/api', '/api/v1', '/api/v1/tasks//7', '/api/v1/tasks/7/cancel/x', '/docs/../metrics/x'])(
    'is 404 at %s',
    async (path) => {
      const response = await fetch(`${faked.url}${path}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({
        code: 404,
        message: expect.stringContaining('nothing at'),
        data: null,
      });
    },
  );

  it.each(['/api/v1/tasks/', '/api/v1/tasks/7/', '/api/v1/tasks/stats/', '/health/live/'])(
    'is not there only because %s ends with a slash',
    async (path) => {
      const [with_, without] = await Promise.all(
        [path, path.slice(0, -1)].map(async (place) => (await fetch(`${faked.url}${place}`)).text()),
      );
      expect(with_).toBe(without);
      expect(with_).toContain('"code":200');
    },
  );

  it.each([
    ['DELETE', '/api/v1/tasks/7', 'GET, HEAD, OPTIONS'],
    ['PUT', '/api/v1/tasks', 'GET, HEAD, POST, OPTIONS'],
    ['GET', '/api/v1/tasks/7/cancel', 'POST, OPTIONS'],
    ['GET', '/api/v1/events', 'POST, OPTIONS'],
    ['POST', '/metrics', 'GET, HEAD, OPTIONS'],
  ])('is 405 for %s %s', async (method, path, allow) => {
    const response = await fetch(`${faked.url}${path}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(await response.json()).toMatchObject({ code: 405, data: null });
  });

  it('tells what is allowed to OPTIONS, and lets no other origin in', async () => {
    const response = await fetch(`${faked.url}/api/v1/tasks`, { method: 'OPTIONS' });
    expect(response.status).toBe(200);
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS');
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('every error', () => {
  it('is answered to any number of slashes', async () => {
    const response = await fetch(`${faked.url}/api/v1/tasks${'/'.repeat(8_000)}`);
    expect(response.status).toBe(404);
  });

  it('ends nothing when who sent CONNECT is gone', async () => {
    for (let times = 0; times < 20; times++) {
      const socket = await connectTo(faked.url);
      socket.write('CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n');
      socket.resetAndDestroy();
    }
    expect((await fetch(`${faked.url}/health/live`)).status).toBe(200);
  });

  it('is answered to CONNECT too', async () => {
    expect(await raw(['CONNECT localhost:80 HTTP/1.1', 'Host: localhost'])).toMatchObject({
      status: 405,
      body: { code: 405, data: null },
    });
  });

  it.each([
    ['GET', '/nowhere', {}, 'not_found'],
    ['PUT', '/api/v1/tasks', {}, 'method_not_allowed'],
    ['GET', '/api/v1/tasks/8', {}, 'task_not_found'],
    ['GET', '/api/v1/tasks/0', {}, 'invalid_request'],
    ['GET', '/api/v1/cancellations/x', {}, 'cancellation_not_found'],
    ['POST', '/api/v1/tasks', { origin: 'http://evil.example' }, 'cross_origin'],
    ['POST', '/api/v1/tasks', { 'content-type': 'text/plain' }, 'unsupported_media_type'],
    ['POST', '/api/v1/tasks', { 'content-type': 'application/json' }, 'invalid_request'],
    ['GET', '/docs/none.js', {}, 'not_found'],
  ])('says why to programs: %s %s %j', async (method, path, headers, reason) => {
    const response = await fetch(`${faked.url}${path}`, { method, headers });
    expect(response.headers.get('taskledger-reason')).toBe(reason);
    expectReason(response.status, reason);
  });
});

describe('an unexpected error', () => {
  it('is 500 without saying what happened, and is logged', async () => {
    const { fakes } = faked;
    fakes.reply = () => {
      throw new TypeError('secret detail');
    };
    const response = await fetch(`${faked.url}/api/v1/tasks/7/cancel`, { method: 'POST' });
    expect(response.status).toBe(500);
    expect(response.headers.get('taskledger-reason')).toBe('internal_error');
    expect(await response.text()).toBe('{"code":500,"message":"Internal error","data":null}');
    expect(fakes.logged.at(-1)).toMatchObject({
      level: 'error',
      fields: { err: { message: 'secret detail' } },
    });
  });
});

describe('every answer', () => {
  it.each(['/api/v1/tasks', '/nowhere', '/metrics', '/health/live', '/openapi.json'])(
    'of %s is safe to show',
    async (path) => {
      const { headers } = await fetch(`${faked.url}${path}`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('x-powered-by')).toBeNull();
    },
  );
});

describe('the Host header', () => {
  it.each([
    '127.0.0.1',
    '127.0.0.1:9',
    'localhost',
    'LOCALHOST:80',
    '[::1]:8000',
    '[fe80::1]',
    '192.168.1.7:8000',
    'ledger.example:443',
  ])('may be %s', async (host) => {
    expect(await raw(['GET /api/v1/tasks/7 HTTP/1.1', `Host: ${host}`])).toMatchObject({ status: 200 });
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '1', '0x7f.1'])(
    'may not be %s',
    async (host) => {
      // First an allowed one, so that remembering it must not let others in.
      await fetch(`${faked.url}/health/live`);
      expect(await raw(['GET /api/v1/tasks/7 HTTP/1.1', `Host: ${host}`])).toEqual({
        status: 421,
        body: { code: 421, message: expect.stringContaining(`Host ${host} is not served here`), data: null },
      });
    },
  );

  it.each([[], ['Host:'], ['Host: a b'], ['Host: user@localhost'], ['Host: [::1'], ['Host: localhost:port']])(
    'must be there and be a host: %j',
    async (...lines) => {
      expect(await raw(['GET /api/v1/tasks/7 HTTP/1.1', ...lines])).toMatchObject({
        status: 400,
        body: { code: 400 },
      });
    },
  );
});

describe('a second Host header', () => {
  it.each([
    ['GET /api/v1/tasks/7', 'Host: localhost', 'Host: localhost'],
    ['GET /api/v1/tasks/7', 'Host: localhost', 'HOST: evil.example'],
    ['GET http://localhost/api/v1/tasks/7', 'Host: localhost', 'host:'],
    ['OPTIONS *', 'Host: localhost', 'Host: 127.0.0.1'],
  ])('is 400: %s %s %s', async (request, ...hosts) => {
    expect(await raw([`${request} HTTP/1.1`, ...hosts])).toMatchObject({ status: 400, body: { code: 400 } });
  });
});

describe('a whole URL as the target', () => {
  it.each([
    ['http://localhost/api/v1/tasks/7', 'evil.example', 200],
    ['http://LOCALHOST:80/api/v1/tasks/7', 'evil.example', 200],
    ['https://ledger.example/api/v1/tasks/7', 'localhost', 200],
    ['http://localhost?x=1', 'localhost', 404],
    ['http://evil.example/api/v1/tasks/7', 'localhost', 421],
    ['http://127.0.0.1.evil.example/api/v1/tasks/7', '127.0.0.1', 421],
    ['http://0x7f.1/api/v1/tasks/7', 'localhost', 421],
    ['http://evil.example@localhost/api/v1/tasks/7', 'localhost', 400],
    ['http://localhost:port/api/v1/tasks/7', 'localhost', 400],
    ['http:///api/v1/tasks/7', 'localhost', 400],
    ['ftp://localhost/api/v1/tasks/7', 'localhost', 400],
  ])('says which host is asked, whatever Host says: %s', async (target, host, status) => {
    // The other one was let in before.
    await fetch(`${faked.url}/health/live`);
    expect((await raw([`GET ${target} HTTP/1.1`, `Host: ${host}`])).status).toBe(status);
  });

  it('is what the origin of a write is compared with', async () => {
    const write = (target: string, origin: string) =>
      raw([
        `POST ${target}/api/v1/tasks HTTP/1.1`,
        'Host: 127.0.0.1',
        `Origin: ${origin}`,
        'Content-Length: 0',
      ]);
    expect((await write('http://localhost:81', 'http://127.0.0.1')).status).toBe(403);
    expect((await write('http://localhost:81', 'http://localhost:81')).status).toBe(415);
  });
});

describe('OPTIONS', () => {
  it.each([
    ['*', 'GET, HEAD, POST, OPTIONS'],
    ['http://localhost', 'GET, HEAD, POST, OPTIONS'],
    ['/', 'GET, HEAD, OPTIONS'],
    ['/api/v1/tasks', 'GET, HEAD, POST, OPTIONS'],
    ['/api/v1/tasks/7/cancel', 'POST, OPTIONS'],
    ['/api/v1/tasks/stream', 'GET, HEAD, OPTIONS'],
    ['/docs', 'GET, HEAD, OPTIONS'],
  ])('is answered at %s', async (target, allow) => {
    for (const length of [[], ['Content-Length: 0']]) {
      const lines = [`OPTIONS ${target} HTTP/1.1`, 'Host: localhost', ...length, 'Connection: close'];
      const [answer] = answersIn(await exchange(faked.url, `${lines.join('\r\n')}\r\n\r\n`));
      expect(answer).toMatchObject({ status: 200, headers: { allow } });
    }
  });
});

describe('a client that ends its side after its request', () => {
  it.each([
    ['GET /api/v1/tasks/7 HTTP/1.1\r\nHost: localhost\r\n\r\n', [200]],
    [
      'POST /api/v1/tasks/7/cancel HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
      [200],
    ],
    [`${'GET /api/v1/tasks/7 HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3)}`, [200, 200, 200]],
    ['POST /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{}', [400]],
  ])('is answered: %j', async (request, statuses) => {
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    faked.fakes.reply = () => answered.then(() => ({ ok: true, outcome: 'accepted', revision: 1 }));
    const socket = await connectTo(faked.url);
    const ended = untilClosed(socket);
    socket.end(request);
    // When others have been answered meanwhile, the server has seen the end.
    for (let other = 0; other < 3; other++) await fetch(`${faked.url}/health/live`);
    answer();
    expect(answersIn(await ended).map(({ status }) => status)).toEqual(statuses);
  });

  it('reads no event stream any more', async () => {
    const socket = await connectTo(faked.url);
    const ended = untilClosed(socket);
    socket.end('GET /api/v1/tasks/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await ended;
  });
});

describe('a byte order mark before a body', () => {
  it.each([
    ['/api/v1/tasks/7/cancel', 'application/json', '{"reason":"enough"}'],
    ['/api/v1/events', 'application/cloudevents+json', '{}'],
    ['/api/v1/events', 'application/cloudevents-batch+json', '[{}]'],
  ])('is skipped: %s as %s', async (path, type, json) => {
    faked.fakes.reply = () => ({ ok: true, outcome: 'accepted', revision: 1 });
    faked.fakes.requests.length = 0;
    const headers = { 'Content-Type': type };
    await fetch(`${faked.url}${path}`, { method: 'POST', headers, body: `\ufeff${json}` });
    expect(faked.fakes.requests[0]?.data).toMatchObject(JSON.parse(json) as object);
  });
});

describe('an origin of another scheme', () => {
  const cancel = (...headers: string[]) =>
    raw(['POST /api/v1/tasks/7/cancel HTTP/1.1', 'Content-Length: 0', ...headers]);
  const LOCAL = 'Host: localhost:8000';
  const NAMED = 'Host: ledger.example';

  it.each([
    [LOCAL, 'Origin: https://localhost:8000'],
    ['Host: 127.0.0.1', 'Origin: https://127.0.0.1'],
    ['Host: [::1]:8000', 'Origin: https://[::1]:8000'],
    [LOCAL, 'Origin: http://localhost:8000', 'X-Forwarded-Proto: https'],
    [LOCAL, 'Origin: https://localhost:8000', 'X-Forwarded-Proto: http, https'],
    [NAMED, 'Origin: https://ledger.example', 'Forwarded: for=192.0.2.1;proto=http'],
    [NAMED, 'Origin: ftp://ledger.example'],
    [NAMED, 'Origin: chrome-extension://ledger.example'],
    [NAMED, 'Origin: https://ledger.example:8443'],
  ])('is foreign: %s, %s, %s', async (...headers) => {
    expect(await cancel(...headers)).toMatchObject({ status: 403 });
  });

  it.each([
    [LOCAL, 'Origin: https://localhost:8000', 'X-Forwarded-Proto: https'],
    [LOCAL, 'Origin: https://localhost:8000', 'Forwarded: for=192.0.2.1;proto=https;by=x'],
    [LOCAL, 'Origin: https://localhost:8000', 'Sec-Fetch-Site: same-origin'],
    ['Host: localhost:80', 'Origin: http://localhost'],
    [NAMED, 'Origin: https://ledger.example'],
    [NAMED, 'Origin: http://ledger.example'],
    ['Host: ledger.example:443', 'Origin: https://ledger.example'],
  ])('is the own one where a proxy or the browser says so: %s, %s, %s', async (...headers) => {
    faked.fakes.reply = () => ({ ok: true, outcome: 'accepted', revision: 1 });
    expect(await cancel(...headers)).toMatchObject({ status: 200 });
  });
});

describe('a request target', () => {
  it('may be a whole URL', async () => {
    const answer = await raw(['GET http://localhost/api/v1/tasks?limit=7 HTTP/1.1', 'Host: localhost']);
    expect(answer.status).toBe(200);
    expect(faked.fakes.lists.at(-1)?.limit).toBe(7);
  });

  it.each(['http://[::', 'foo', '*', '//evil.example/api/v1/tasks', '/api/v1/tasks#x'])(
    'is 4xx as %s',
    async (target) => {
      const { status, body } = await raw([`GET ${target} HTTP/1.1`, 'Host: localhost']);
      expect([400, 404]).toContain(status);
      expect(body).toMatchObject({ code: status, data: null });
    },
  );
});

describe('metrics', () => {
  it('count requests by pattern and status, never by path', async () => {
    await fetch(`${faked.url}/api/v1/tasks/7?x=1`);
    await fetch(`${faked.url}/nowhere/at/all`);
    const text = await (await fetch(`${faked.url}/metrics`)).text();
    expect(text).toMatch(/_seconds_count\{method="GET",route="\/api\/v1\/tasks\/\{id\}",status="200"\} \d+/);
    expect(text).toMatch(/_seconds_count\{method="GET",route="none",status="404"\} \d+/);
    expect(text).not.toContain('nowhere');
  });

  it('show how far the projector is', async () => {
    faked.fakes.progress = { ...faked.fakes.progress, lagMs: 1500, parkedStreams: 2 };
    const text = await (await fetch(`${faked.url}/metrics`)).text();
    expect(text).toContain('taskledger_projector_lag_seconds 1.5\n');
    expect(text).toContain('taskledger_projector_lag_events 1\n');
    expect(text).toContain('taskledger_projector_parked_streams 2\n');
    expect(text).toContain('taskledger_projector_caught_up 1\n');
    expect(text).toContain('process_cpu_seconds_total');
  });
});

describe('a key in a request target that is not percent-encoded', () => {
  it.each(['crawl/päth/', 'päth/\u0001'])('is 400 that says how to send it: %j', async (key) => {
    const { status, body } = await raw([`GET /api/v1/tasks?key_prefix=${key} HTTP/1.1`, 'Host: localhost']);
    expect(status).toBe(400);
    expect(body).toMatchObject({ message: expect.stringContaining('percent-encoded'), data: null });
  });
});

describe('/health/ready', () => {
  const ready = async () => (await fetch(`${faked.url}/health/ready`)).json();

  it('says part by part how things are', async () => {
    expect(await ready()).toMatchObject({
      code: 200,
      data: {
        ready: true,
        parts: { ledger: { ok: true }, projector: { ok: true, lag_ms: 1500, parked_streams: 2 } },
      },
    });
  });

  it('is 503 while the ledger is away, or the projector has not caught up or stands still', async () => {
    const { fakes } = faked;
    fakes.ledgerAway = new Error('away');
    expect(await ready()).toMatchObject({
      code: 503,
      data: { parts: { ledger: { ok: false, error: 'away' } } },
    });
    fakes.ledgerAway = new Error('kurrentdb://ada:hunter22@host is away');
    expect(JSON.stringify(await ready())).toContain('kurrentdb://ada:***@host is away');
    fakes.ledgerAway = undefined;
    fakes.progress = { ...fakes.progress, caughtUp: false };
    expect(await ready()).toMatchObject({ code: 503, message: 'Not ready: projector' });
    fakes.progress = { ...fakes.progress, caughtUp: true, lastError: 'disk full' };
    expect(await ready()).toMatchObject({
      code: 503,
      data: { parts: { projector: { error: 'disk full' } } },
    });
  });
});
