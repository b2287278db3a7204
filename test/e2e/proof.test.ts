import { chmod, copyFile, cp, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runTaskledger, startServer, type Server } from '../support/server.js';
import { untilTrue } from '../support/until-true.js';

describe('a ledger that is sealed', () => {
  let folder: string;
  let key: string;
  let http: HttpServer;
  const posted: string[] = [];
  let server: Server;
  const at = (name: string): string => join(folder, name);

  const start = (): Promise<Server> =>
    startServer({
      dataDir: at('data'),
      env: {
        SEAL_KEY_FILE: at('key'),
        SEAL_SECONDS: '1',
        SEAL_FILE: at('seals'),
        SEAL_URL: `http://127.0.0.1:${(http.address() as AddressInfo).port}/seals`,
      },
    });
  const create = async (id: string): Promise<void> => {
    const event = {
      specversion: '1.0',
      id,
      source: '/proof',
      type: 'task.created',
      data: { project_id: 1, task_type: 'ocr' },
    };
    const answer = await fetch(`${server.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify(event),
    });
    expect(answer.status).toBe(200);
  };
  const seals = async (): Promise<number[]> => {
    const text = await readFile(at('seals'), 'utf8').catch(() => '');
    return [...text.matchAll(/^taskledger\/[0-9a-f-]{36}\n(\d+)\n/gm)].map(([, size]) => Number(size));
  };
  const nextSeal = async (): Promise<void> => {
    const before = (await seals()).length;
    await untilTrue(async () => (await seals()).length > before);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskledger-proof-'));
    // The first seal is refused there, and comes again.
    http = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        posted.push(body);
        response.writeHead(posted.length === 1 ? 503 : 204).end();
      });
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const made = await runTaskledger(['keys', 'new', at('key')]);
    key = made.stdout.trim();
    server = await start();
  });
  afterAll(async () => {
    await server.stop();
    http.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('has a key that its owner alone may read, and that is not made twice', async () => {
    expect((await stat(at('key'))).mode & 0o777).toBe(0o600);
    expect(await runTaskledger(['keys', 'show', at('key')])).toMatchObject({ code: 0, stdout: `${key}\n` });
    expect(await runTaskledger(['keys', 'new', at('key')])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is there already'),
    });
    expect(await readFile(at('key'), 'utf8')).toMatch(/^PRIVATE\+KEY\+taskledger\+/);
  });

  const verify = () =>
    runTaskledger(['verify', '--data-dir', at('data'), '--key', key, '--seal', at('seals')]);

  it('is sealed while it serves, to a file and to an address, and goes on after kill -9', async () => {
    await create('one');
    await nextSeal();
    await server.kill('SIGKILL');
    server = await start();
    await create('two');
    await nextSeal();
    const verified = await verify();
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/no fault\n2 seals, the last over \d+/),
    });
    const newest = (await readFile(at('seals'), 'utf8')).split('\n\n').slice(-3, -1).join('\n\n');
    await untilTrue(() => posted.some((note) => note.includes(newest)));
  });

  it('proves a task without a server, and that a newer seal continues an older one', async () => {
    await copyFile(at('seals'), at('older'));
    await create('three');
    await nextSeal();
    const asked = ['--data-dir', at('data'), '--older', at('older')];
    expect(await runTaskledger(['prove', '1', '--out', at('proof.json'), ...asked])).toMatchObject({
      code: 0,
    });
    const checked = await runTaskledger(['check', at('proof.json'), '--key', key, '--older', at('older')]);
    expect(checked).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Task 1: 1 events .*continues the seal/),
    });
    expect(await runTaskledger(['check', at('older'), '--key', key])).toMatchObject({ code: 2 });
    expect(await runTaskledger(['check', at('proof.json')])).toMatchObject({ code: 2 });
  });

  it('tells that an older copy has taken its place, and does not seal that', async () => {
    await server.stop();
    await cp(at('data'), at('older-data'), { recursive: true });
    server = await start();
    await create('four');
    await nextSeal();
    await server.stop();
    await rm(at('data'), { recursive: true });
    await cp(at('older-data'), at('data'), { recursive: true });
    const asked = ['--data-dir', at('data'), '--key', key];
    expect(await runTaskledger(['verify', ...asked])).toMatchObject({ code: 0 });
    expect(await runTaskledger(['verify', ...asked, '--seal', at('seals')])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/covers more than the ledger has/),
    });
    server = await start();
    await untilTrue(() => server.output().includes('an older copy of it'));
    await server.stop();
    // Whoever means it puts the file away; what it shows stays shown.
    await rm(at('seals'));
    server = await start();
  });

  it('goes on under a key that took the place of another, by the first one', async () => {
    const rotated = await runTaskledger(['keys', 'rotate', at('key')]);
    expect(rotated.stdout.trim()).not.toBe(key);
    expect((await stat(at('key'))).mode & 0o777).toBe(0o600);
    await server.stop();
    server = await start();
    await create('five');
    await nextSeal();
    const verified = await verify();
    expect(verified).toMatchObject({ code: 0 });
    const shown = await runTaskledger(['keys', 'show', at('key')]);
    expect(shown.stdout).toBe(`${key}\n${rotated.stdout}`);
  });

  it('is not started with a key that others may read', async () => {
    await copyFile(at('key'), at('open-key'));
    await chmod(at('open-key'), 0o644);
    const started = await runTaskledger(['start', '--port', '0', '--data-dir', at('other')], {
      SEAL_KEY_FILE: at('open-key'),
    });
    expect(started).toMatchObject({ code: 2, stderr: expect.stringContaining('chmod 600') });
  });
});
