import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TaskledgerClient } from '../../clients/typescript/src/index.js';
import { describeInChromium } from '../support/chromium.js';
import { LivePipeline } from '../support/live-pipeline.js';
import { runTaskledger, startServer, type Server } from '../support/server.js';

/** Taskledger under a path, as a proxy may have it. */

const BASE = '/jobs/taskledger';

let dataDir: string;
let server: Server;
let origin: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'taskledger-base-'));
  server = await startServer({ dataDir, env: { BASE_PATH: `${BASE}/` } });
  origin = new URL(server.url).origin;
});
afterAll(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const post = (url: string, body: unknown, type = 'application/json'): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'Content-Type': type }, body: JSON.stringify(body) });

const create = (): Promise<Response> =>
  post(`${server.url}/api/v1/tasks`, { project_id: 1, task_type: 'ocr' });

describe('BASE_PATH', () => {
  it('is in the address that the program says', () => {
    expect(server.url).toBe(origin + BASE);
  });

  it('is before every path in Link and Location, and these lead on', async () => {
    const created = await create();
    expect(created.status).toBe(201);
    const location = created.headers.get('location') as string;
    expect(location).toMatch(new RegExp(`^${BASE}/api/v1/tasks/\\d+$`));
    expect((await fetch(origin + location)).status).toBe(200);
    expect((await post(`${origin}${location}/cancel`, {})).status).toBe(200);
    await create();
    await create();

    const previewed = await post(`${server.url}/api/v1/cancellations`, { filter: { status: 'pending' } });
    const cancellation = previewed.headers.get('location') as string;
    expect(cancellation).toContain(`${BASE}/api/v1/cancellations/`);
    const executed = await post(`${origin}${cancellation}/execute`, {});
    expect(executed.headers.get('location')).toBe(cancellation);

    for (const path of [
      '/api/v1/tasks?limit=1',
      `${cancellation.slice(BASE.length)}/tasks?limit=1`,
      `${location.slice(BASE.length)}/history?limit=1`,
    ]) {
      const { headers } = await fetch(server.url + path);
      const next = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1] as string;
      expect(next.startsWith(`${BASE}/api/v1/`)).toBe(true);
      expect((await fetch(origin + next)).status).toBe(200);
    }
  });

  it('is taken into account where the client follows a Link', async () => {
    const ledger = new TaskledgerClient({ url: server.url, source: '/test' });
    await create();
    await create();
    const ids: number[] = [];
    for await (const { id } of ledger.list({ pageSize: 1 })) ids.push(id);
    expect(ids.length).toBeGreaterThan(1);
    expect(new Set(ids).size).toBe(ids.length);
    await ledger.close();
  });

  it('may also be taken off by the proxy', async () => {
    expect((await fetch(`${origin}/api/v1/tasks`)).status).toBe(200);
    expect((await fetch(`${origin}/health/live`)).status).toBe(200);
    expect((await fetch(`${origin}/jobs/api/v1/tasks`)).status).toBe(404);
    expect((await fetch(`${origin}${BASE}x/api/v1/tasks`)).status).toBe(404);
  });

  it('serves streams', async () => {
    const ended = new AbortController();
    const { status, headers } = await fetch(`${server.url}/api/v1/tasks/stream`, { signal: ended.signal });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/event-stream');
    ended.abort();
  });

  it('is the server in OpenAPI', async () => {
    const description = (await (await fetch(`${server.url}/openapi.json`)).json()) as { servers: unknown };
    expect(description.servers).toEqual([{ url: BASE }]);
  });

  it.each(['/', '/docs'])('is before all that the page at %s loads, by the same policy', async (path) => {
    const response = await fetch(server.url + path);
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
    const page = await response.text();
    expect(page).not.toMatch(/<script>|<style|style=|\son\w+=/);
    const loaded = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file as string);
    expect(loaded.length).toBeGreaterThan(2);
    for (const file of loaded) {
      expect(file.startsWith(`${BASE}/`)).toBe(true);
      expect((await fetch(origin + file)).status).toBe(200);
    }
  });

  it('leads from its own end to the page', async () => {
    const { status, headers } = await fetch(`${server.url}?status=running`, { redirect: 'manual' });
    expect(status).toBe(308);
    expect(headers.get('location')).toBe(`${BASE}/?status=running`);
  });

  it.each(['taskledger', '/a b', '/a/../b', '//evil.example', '/"x"', '/a//b'])(
    'may not be %j',
    async (path) => {
      const { code, stderr } = await runTaskledger(['start'], { BASE_PATH: path, DATA_DIR: dataDir });
      expect(code).toBe(2);
      expect(stderr).toMatch(/^taskledger: BASE_PATH must be a path[^\n]*\n$/);
    },
  );
});

describeInChromium('the page under a path', (openPage) => {
  it('lists, follows, opens and cancels', async () => {
    const pipeline = new LivePipeline(() => server.url);
    await pipeline.start(['ocr/one']);
    const { page, complaints } = await openPage(`${server.url}/?key_prefix=ocr/`);
    const row = page.locator('tr.task', { has: page.locator('td.key[title="ocr/one"]') });
    await row.getByRole('link').press('Enter');
    await page.waitForURL((url) => url.pathname === `${BASE}/` && url.searchParams.has('task'));
    await page.getByText('Live', { exact: true }).waitFor();
    await pipeline.tell('ocr/one', 'progressed', { progress: 41 });
    await row.getByText('41 / 100').waitFor();
    await page.getByRole('button', { name: 'Cancel…', exact: true }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Cancel/ })
      .last()
      .click();
    await row.getByText('cancelled').waitFor();
    await page.reload();
    await row.getByText('cancelled').waitFor();
    expect(complaints).toEqual([]);
  });
});
