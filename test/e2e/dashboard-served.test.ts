import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startServer, type Server } from '../support/server.js';

/** The page's files as they are served, which takes no browser. */

let dataDir: string;
let server: Server;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'taskledger-served-'));
  server = await startServer({ dataDir });
});
afterAll(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const get = (path: string): Promise<Response> => fetch(server.url + path);

/** What the page names, as it stands in its text. */
async function assets(): Promise<string[]> {
  return [...(await (await get('/')).text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(
    ([, path]) => path as string,
  );
}

describe('the page', () => {
  it('may load what comes from here and nothing else, and nothing inline', async () => {
    const response = await get('/');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]) {
      expect(policy.split('; ')).toContain(part);
    }
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(await response.text()).not.toMatch(/https?:|<script>|<style|style=|\son\w+=/);
  });

  it('is asked for anew each time; its parts are named by their content and kept for good', async () => {
    expect((await get('/')).headers.get('cache-control')).toBe('no-cache');
    const paths = await assets();
    expect(paths.length).toBeGreaterThanOrEqual(3);
    for (const path of paths) {
      expect(path).toMatch(/^\/assets\/[\w-]+-[\w-]{8}\.(js|css|svg)$/);
      const response = await get(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('content-type')).toMatch(/javascript|css|svg/);
      expect(await response.text()).not.toMatch(/@import|sourceMappingURL/);
    }
  });

  it.each(['/assets/none.js', '/assets/..%2Findex.html', '/assets/', '/index.html'])(
    'has nothing at %s',
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 404, data: null });
    },
  );

  it('says to a browser that there is nothing as a small page, to all others as JSON', async () => {
    const browsers = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    const response = await fetch(`${server.url}/tasks/<b>7`, { headers: { accept: browsers } });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(response.headers.get('cache-control')).toBe('no-store');
    const text = await response.text();
    expect(text).toContain('<h1>There is nothing here</h1>');
    expect(text).toContain('href="/"');
    expect(text).not.toContain('<b>');
    for (const [path, accept] of [
      ['/tasks/7', '*/*'],
      ['/tasks/7', 'application/json'],
      ['/api/v1/nothing', browsers],
      ['/assets/none.js', browsers],
    ] as const) {
      const other = await fetch(server.url + path, { headers: { accept } });
      expect(other.status).toBe(404);
      expect(await other.json()).toMatchObject({ code: 404, data: null });
    }
  });
});
