import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectReason } from '../../support/expect-reason.js';
import { document, startFaked, type FakedService } from '../../support/query-fakes.js';
import { answersIn, exchange } from '../../support/raw-http.js';

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
