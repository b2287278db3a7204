import { cp, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runTaskledger, startServer, type Server } from '../support/server.js';
import { untilTrue } from '../support/until-true.js';

const TASKS = 50;

let folder = '';
let dataDir = '';
let server: Server | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskledger-backup-'));
  dataDir = join(folder, 'data');
});

afterEach(async () => {
  await server?.kill('SIGKILL');
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => runTaskledger(args, { DATA_DIR: dataDir, LOG_LEVEL: 'error' });

/** Publishes that many tasks with keys of their own, each created and started. */
async function publish({ url }: Server, name: string, tasks: number): Promise<void> {
  const events = Array.from({ length: tasks }, (_, task) => {
    const subject = `${name}/${task}`;
    const event = { specversion: '1.0', source: '/backup', subject };
    return [
      { ...event, id: `${subject}/1`, type: 'task.created', data: { project_id: 1, task_type: 'ocr' } },
      { ...event, id: `${subject}/2`, type: 'task.started' },
    ];
  }).flat();
  const answer = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: JSON.stringify(events),
  });
  const { data } = (await answer.json()) as { data: { outcome: string }[] };
  expect(data.filter(({ outcome }) => outcome !== 'accepted')).toEqual([]);
}

/** All tasks of a server, as soon as it has caught up with its ledger. */
async function listed({ url }: Server): Promise<unknown> {
  await untilTrue(async () => (await fetch(`${url}/health/ready`)).status === 200);
  const answer = await fetch(`${url}/api/v1/tasks?limit=1000&include=key`);
  return ((await answer.json()) as { data: unknown }).data;
}

/** Changes one byte in the middle of the only segment of a ledger. */
async function damage(ledger: string): Promise<void> {
  const [segment] = (await readdir(ledger)).filter((name) => name.endsWith('.log'));
  const file = await open(join(ledger, segment as string), 'r+');
  const { size } = await file.stat();
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, Math.floor(size / 2));
  byte[0] = (byte[0] as number) ^ 0x01;
  await file.write(byte, 0, 1, Math.floor(size / 2));
  await file.close();
}

describe('verify, backup and restore', () => {
  it('copies a ledger that is written to, and brings it back in another place with all that it shows', async () => {
    server = await startServer({ dataDir });
    await publish(server, 'before', TASKS);
    const before = await listed(server);
    const backup = join(folder, 'backup');
    const [copied] = await Promise.all([run('backup', backup), publish(server, 'meanwhile', TASKS)]);
    expect(copied).toMatchObject({ code: 0, stdout: expect.stringContaining('no fault') });
    expect((await readdir(join(backup, 'ledger'))).every((name) => name.endsWith('.log'))).toBe(true);
    expect(await run('verify')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Ledger [0-9a-f-]{36}: \d+ events verified, no fault\n$/),
    });
    await server.stop();

    // Beside the read model of a later state, which must not be served.
    const elsewhere = join(folder, 'elsewhere');
    await cp(join(dataDir, 'read-model'), join(elsewhere, 'read-model'), { recursive: true });
    const restored = await runTaskledger(['restore', backup], { DATA_DIR: elsewhere });
    expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining('no fault') });
    server = await startServer({ dataDir: elsewhere });
    const after = (await listed(server)) as { key: string }[];
    expect(after.filter(({ key }) => key.startsWith('before/'))).toEqual(before);
    await publish(server, 'after', TASKS);
    await server.stop();
    expect(await run('restore', backup)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('already'),
    });
  }, 120_000);

  it('finds a byte that was changed, and neither copies it nor takes it for the truth', async () => {
    server = await startServer({ dataDir });
    await publish(server, 'any', TASKS);
    await server.stop();
    await damage(join(dataDir, 'ledger'));
    const verified = await run('verify');
    expect(verified.code).toBe(1);
    expect(verified.stdout).toMatch(/not those that were written[\s\S]*1 fault\n$/);
    const backup = join(folder, 'backup');
    expect((await run('backup', backup)).code).not.toBe(0);
    expect(await readdir(backup).catch(() => [])).toEqual([]);
    server = await startServer({ dataDir });
    const answer = await fetch(`${server.url}/api/v1/tasks?limit=1000`);
    expect(answer.status).toBe(200);
    expect(((await answer.json()) as { data: unknown[] }).data.length).toBeGreaterThan(TASKS - 2);
  }, 120_000);

  it('says what can not be backed up', async () => {
    const engine = { EVENT_STORE_URL: 'kurrentdb://127.0.0.1:1?tls=false', DATA_DIR: dataDir };
    expect(await runTaskledger(['backup', join(folder, 'any')], engine)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('EVENT_STORE_URL is set'),
    });
    expect(await run('restore', join(folder, 'nothing'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no backup'),
    });
  });
});
