import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { created, lifecycleEvent } from '../support/command-side.js';
import {
  startKurrentDbDouble,
  type KurrentDbDouble,
} from '../support/kurrentdb-double/start-kurrentdb-double.js';
import { startServer, type Server } from '../support/server.js';

const BATCHES = 20;
const EVENTS_PER_BATCH = 50;
const READS = 200;

interface LogLine {
  time: string;
  level: string;
  event: string;
  reason?: string;
  err?: { code?: string; stack?: string };
  times?: number;
}

let folder: string;
let double: KurrentDbDouble;
let server: Server;
let lines: LogLine[] = [];
const statuses = new Set<number>();
const outcomes = new Set<string>();

async function post(events: object[]): Promise<{ outcome: string; task_id: number | null }[]> {
  const response = await fetch(`${server.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: JSON.stringify(events),
  });
  const { data } = (await response.json()) as { data: { outcome: string; task_id: number | null }[] };
  return data;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskledger-refusing-'));
  double = await startKurrentDbDouble();
  server = await startServer({ dataDir: folder, env: { EVENT_STORE_URL: double.url } });
  const keys = Array.from({ length: EVENTS_PER_BATCH }, (_, task) => `task/${task}`);
  const [first, deleted] = await post(keys.map((key) => created(key)));
  await double.tell('tombstone', `task-${deleted?.task_id}`);

  await double.tell('deny', 'write');
  for (let batch = 0; batch < BATCHES; batch++) {
    const told = await post(keys.map((key) => lifecycleEvent('started', key)));
    for (const { outcome } of told) outcomes.add(outcome);
  }
  await double.tell('deny', 'read', 'write');
  for (let read = 0; read < READS; read++) {
    for (const path of [`${first?.task_id}/history`, `${deleted?.task_id}/messages`]) {
      const { status } = await fetch(`${server.url}/api/v1/tasks/${path}`);
      statuses.add(status);
    }
  }
  await double.tell('deny');
  for (let batch = 0; batch < BATCHES; batch++)
    for (const { outcome } of await post(keys.map((key) => lifecycleEvent('started', key))))
      outcomes.add(outcome);
  await server.stop();
  lines = server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}, 120_000);

afterAll(async () => {
  await double.stop();
  await rm(folder, { recursive: true, force: true });
});

it('was refused writes, reads and a stream that was deleted', () => {
  expect(outcomes).toContain('unavailable');
  expect(outcomes).toContain('rejected');
  expect([...statuses]).toEqual([503]);
  const events = lines.map(({ event }) => event);
  expect(events).toContain('task_events_not_taken');
  expect(events).toContain('request_unavailable');
});

it('has one line a second of each kind, which says how many it stands for', () => {
  const kinds = new Map<string, LogLine[]>();
  for (const line of lines) {
    const kind = [line.level, line.event, line.reason ?? line.err?.code].join(' ');
    kinds.set(kind, [...(kinds.get(kind) ?? []), line]);
  }
  for (const [kind, all] of kinds) {
    const seconds = (Date.parse(all.at(-1)?.time ?? '') - Date.parse(all[0]?.time ?? '')) / 1_000;
    expect([kind, all.length]).toEqual([kind, Math.min(all.length, Math.floor(seconds) + 2)]);
  }
  const refused = lines.filter(({ event }) => event === 'task_events_not_taken');
  const told = refused.reduce((sum, { times = 1 }) => sum + times, 0);
  // Those of the task that was deleted are refused for good.
  expect(told).toBeGreaterThanOrEqual(BATCHES * (EVENTS_PER_BATCH - 1));
});

it('has no stack of what the store has refused', () => {
  expect(lines.filter(({ err }) => err?.stack !== undefined)).toEqual([]);
});
