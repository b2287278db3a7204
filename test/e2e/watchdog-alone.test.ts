import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { created, lifecycleEvent } from '../support/command-side.js';
import { until } from '../support/nats.js';
import { startServer, type Server } from '../support/server.js';

const TASKS = 500;
const HEARTBEAT_S = 1;

const keys = Array.from({ length: TASKS }, (_, number) => `crawl/${number}`);
let dataDir: string;
let server: Server;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'taskledger-watchdog-'));
  server = await startServer({ dataDir });
}, 60_000);

afterAll(async () => {
  await server?.stop();
  await rm(dataDir, { recursive: true, force: true });
}, 60_000);

const post = async (path: string, body: unknown): Promise<number> => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  await response.arrayBuffer();
  return response.status;
};
const watchdog = async (): Promise<{ ok: boolean; tasks: number; silent_tasks: number }> => {
  const response = await fetch(`${server.url}/health/ready`);
  return ((await response.json()) as any).data.parts.watchdog;
};
const typesOf = async (id: number): Promise<string[]> => {
  const response = await fetch(`${server.url}/api/v1/tasks/${id}/history`);
  return ((await response.json()) as any).data.events.map(({ type }: { type: string }) => type);
};

const silentInStats = async (): Promise<number> => {
  const response = await fetch(`${server.url}/api/v1/tasks/stats`);
  return ((await response.json()) as any).data.silent;
};

it('knows what runs after it was killed, and puts on record who went silent, is heard again or fails', async () => {
  for (let at = 0; at < TASKS; at += 250) {
    const events = keys.slice(at, at + 250).flatMap((key, place) => {
      // The last of all fails when it is silent.
      const fails = at + place === TASKS - 1 ? { when_silent: 'fail' } : {};
      return [created(key, {}, { heartbeat_s: HEARTBEAT_S, ...fails }), lifecycleEvent('started', key)];
    });
    expect(await post('/api/v1/events', events)).toBe(200);
  }
  await until(async () => (await watchdog()).tasks === TASKS);
  await server.kill('SIGKILL');
  server = await startServer({ dataDir });
  await until(async () => {
    const { ok, tasks } = await watchdog();
    return ok && tasks === TASKS;
  });

  // All of them, but for the one that fails of it.
  await until(async () => (await watchdog()).tasks === TASKS - 1);
  expect(await watchdog()).toMatchObject({ silent_tasks: TASKS - 1 });
  await until(async () => (await silentInStats()) === TASKS - 1);
  const shown = await fetch(`${server.url}/api/v1/tasks/1?include=silent`);
  expect(((await shown.json()) as any).data).toMatchObject({ status: 'running', silent: true });
  expect(await typesOf(TASKS)).toEqual(['TaskCreated', 'TaskStarted', 'TaskWentSilent', 'TaskFailed']);

  expect(await post('/api/v1/heartbeats', { tasks: keys })).toBe(202);
  await until(async () => (await watchdog()).silent_tasks === 0);
  await until(async () => (await silentInStats()) === 0);
  expect(await typesOf(1)).toEqual(['TaskCreated', 'TaskStarted', 'TaskWentSilent', 'TaskHeardAgain']);

  // What ends is watched no longer.
  const ends = keys.map((key) => lifecycleEvent('completed', key));
  expect(await post('/api/v1/events', ends)).toBe(200);
  await until(async () => (await watchdog()).tasks === 0);
}, 60_000);
