import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answersIn, exchange } from '../support/raw-http.js';
import { runTaskledger, startServer, type Server } from '../support/server.js';

/** What a web page elsewhere could make a browser send to a Taskledger on the user's own machine. */

let dataDir: string;
let server: Server;
let host: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'taskledger-origin-'));
  server = await startServer({ dataDir, env: { ALLOWED_HOSTS: 'ledger.example' } });
  host = new URL(server.url).host;
});
afterAll(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Sends a request with exactly these headers; answers its status. */
async function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  body = '',
): Promise<number> {
  const lines = Object.entries({
    Host: host,
    ...headers,
    'Content-Length': body.length,
    Connection: 'close',
  });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const [answer] = answersIn(await exchange(server.url, `${method} ${path} HTTP/1.1\r\n${head}\r\n${body}`));
  const envelope = JSON.parse(answer?.body ?? '') as { code: number; data: unknown };
  expect(envelope.code).toBe(answer?.status);
  if (envelope.code >= 400) expect(envelope.data).toBeNull();
  return envelope.code;
}

async function newTask(): Promise<number> {
  const response = await fetch(`${server.url}/api/v1/tasks`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"project_id":1,"task_type":"ocr"}',
  });
  return ((await response.json()) as { data: { id: number } }).data.id;
}

async function statusOf(id: number): Promise<string> {
  const response = await fetch(`${server.url}/api/v1/tasks/${id}`);
  return ((await response.json()) as { data: { status: string } }).data.status;
}

describe('a page of another origin', () => {
  it.each([
    ['by its Origin', { Origin: 'https://evil.example' }, 403],
    ['from another port of this machine', { Origin: 'http://127.0.0.1:1' }, 403],
    ['by its Origin, which hides', { Origin: 'null' }, 403],
    ['by an Origin that is none', { Origin: 'evil' }, 403],
    ['by Sec-Fetch-Site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['on a neighbouring site', { 'Sec-Fetch-Site': 'same-site' }, 403],
    [
      'by Sec-Fetch-Site alone, whatever Origin says',
      { Origin: 'self', 'Sec-Fetch-Site': 'cross-site' },
      403,
    ],
    [
      'with a name that it has bound to this machine',
      { Host: 'evil.example', Origin: 'http://evil.example' },
      421,
    ],
    ['with such a name and port', { Host: 'evil.example:8000' }, 421],
  ] as const)('cannot cancel, known %s', async (_how, headers, status) => {
    const id = await newTask();
    const given: Record<string, string> = { ...headers };
    if (given.Origin === 'self') given.Origin = server.url;
    expect(await send('POST', `/api/v1/tasks/${id}/cancel`, given)).toBe(status);
    expect(await statusOf(id)).toBe('pending');
  });

  it('cannot create or publish either', async () => {
    const evil = { Origin: 'https://evil.example' };
    const before = await (await fetch(`${server.url}/api/v1/tasks`)).text();
    const task = '{"project_id":1,"task_type":"ocr"}';
    expect(await send('POST', '/api/v1/tasks', { ...evil, 'Content-Type': 'application/json' }, task)).toBe(
      403,
    );
    const type = { 'Content-Type': 'application/cloudevents+json' };
    expect(await send('POST', '/api/v1/events', { ...evil, ...type }, '{}')).toBe(403);
    expect(await (await fetch(`${server.url}/api/v1/tasks`)).text()).toBe(before);
  });

  it('cannot send a form, since no form can say JSON', async () => {
    const id = await newTask();
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      expect(
        await send('POST', `/api/v1/tasks/${id}/cancel`, { 'Content-Type': type }, '{"reason":"x"}='),
      ).toBe(415);
    }
    expect(await statusOf(id)).toBe('pending');
  });

  it('is not let in by a preflight', async () => {
    const response = await fetch(`${server.url}/api/v1/tasks/1/cancel`, { method: 'OPTIONS' });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(response.headers.get('access-control-allow-methods')).toBeNull();
  });

  it('cannot read under a name that it has bound to this machine', async () => {
    expect(await send('GET', '/api/v1/tasks', { Host: 'evil.example' })).toBe(421);
    expect(await send('GET', '/health/ready', { Host: 'evil.example' })).toBe(421);
  });
});

describe('the same origin', () => {
  it.each([
    ['a program, which says nothing', {}],
    ['a page of this service', { Origin: 'self', 'Sec-Fetch-Site': 'same-origin' }],
    ['an older browser', { Origin: 'self' }],
    ['the user', { 'Sec-Fetch-Site': 'none' }],
    ['a page under localhost', { Host: 'localhost:8000', Origin: 'http://localhost:8000' }],
    [
      'a page under an allowed name, behind TLS',
      { Host: 'ledger.example', Origin: 'https://ledger.example' },
    ],
  ] as const)('can cancel: %s', async (_who, headers) => {
    const id = await newTask();
    const given: Record<string, string> = { ...headers };
    if (given.Origin === 'self') given.Origin = server.url;
    expect(await send('POST', `/api/v1/tasks/${id}/cancel`, given)).toBe(200);
    expect(await statusOf(id)).toBe('cancelled');
  });

  it('has a documentation page that loads nothing from elsewhere and nothing inline', async () => {
    const response = await fetch(`${server.url}/docs`);
    const page = await response.text();
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(page).not.toMatch(/https?:|<script>|<style|style=|on\w+=/);
    const loaded = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
    expect(loaded.length).toBeGreaterThan(2);
    for (const path of loaded) expect((await fetch(`${server.url}${path}`)).status).toBe(200);
  });
});

describe('HOST=0.0.0.0', () => {
  it('alone does not start: exit code 2, one line', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'taskledger-host-'));
    try {
      const { code, stdout, stderr } = await runTaskledger(['start'], {
        HOST: '0.0.0.0',
        PORT: '0',
        DATA_DIR: folder,
      });
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^taskledger: HOST 0\.0\.0\.0 .+ALLOW_ANONYMOUS=true.+\n$/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('starts with ALLOW_ANONYMOUS=true', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'taskledger-host-'));
    const open = await startServer({ dataDir: folder, env: { HOST: '0.0.0.0', ALLOW_ANONYMOUS: 'true' } });
    try {
      const { port } = new URL(open.url);
      expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
    } finally {
      await open.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
