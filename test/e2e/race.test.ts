import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { caughtUp } from '../support/api.js';
import { startServer, type Server } from '../support/server.js';

const RACES = 1000;
const SIDE_BY_SIDE = 20;

interface History {
  events: { type: string }[];
  evidence: { type: string; data: { refused: string } }[];
}

describe(`${RACES} races of cancel against complete on running tasks`, () => {
  let dataDir = '';
  let server: Server;
  const results: { id: number; cancelled: boolean; completed: boolean }[] = [];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-race-'));
    server = await startServer({ dataDir });
    let next = 0;
    await Promise.all(
      Array.from({ length: SIDE_BY_SIDE }, async () => {
        for (let race = next++; race < RACES; race = next++) results.push(await runRace(race));
      }),
    );
  }, 120_000);

  afterAll(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function post(path: string, body: object, type = 'application/json'): Promise<Response> {
    const headers = { 'content-type': type };
    return fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async function get<Data>(path: string): Promise<Data> {
    return ((await (await fetch(server.url + path)).json()) as { data: Data }).data;
  }

  const lifecycle = (race: number, type: string, data?: object): object => {
    const id = `${race}/${type}`;
    return { specversion: '1.0', id, source: '/race', type: `task.${type}`, subject: `race/${race}`, data };
  };

  async function runRace(race: number): Promise<(typeof results)[number]> {
    const batch = [
      lifecycle(race, 'created', { project_id: 1, task_type: 'crawl' }),
      lifecycle(race, 'started'),
    ];
    const created = await post('/api/v1/events', batch, 'application/cloudevents-batch+json');
    const { data } = (await created.json()) as { data: { task_id: number }[] };
    const id = data[0]?.task_id ?? 0;
    const cancel = (): Promise<Response> => post(`/api/v1/tasks/${id}/cancel`, {});
    const complete = (): Promise<Response> => {
      return post('/api/v1/events', lifecycle(race, 'completed'), 'application/cloudevents+json');
    };
    const [cancelled, completed] =
      race % 2 === 0
        ? await Promise.all([cancel(), complete()])
        : await Promise.all([complete(), cancel()]).then(([late, early]) => [early, late] as const);
    // What a cancel answered has to hold in the very next request.
    if (cancelled.status === 200) {
      expect(await get(`/api/v1/tasks/${id}`)).toMatchObject({ status: 'cancelled' });
    }
    return { id, cancelled: cancelled.status === 200, completed: completed.status === 200 };
  }

  it('each had exactly one winner, and both sides won some', () => {
    expect(results).toHaveLength(RACES);
    expect(results.filter(({ cancelled, completed }) => cancelled === completed)).toEqual([]);
    expect(results.some(({ cancelled }) => cancelled)).toBe(true);
    expect(results.some(({ completed }) => completed)).toBe(true);
  });

  it('gave answers that agree with the final status, and kept the loser as evidence', async () => {
    await caughtUp(server.url);
    for (const { id, cancelled } of results) {
      const { status } = await get<{ status: string }>(`/api/v1/tasks/${id}`);
      expect(status).toBe(cancelled ? 'cancelled' : 'completed');
      const { events, evidence } = await get<History>(`/api/v1/tasks/${id}/history`);
      expect(events.map(({ type }) => type)).toEqual([
        'TaskCreated',
        'TaskStarted',
        cancelled ? 'TaskCancelled' : 'TaskCompleted',
      ]);
      expect(evidence.map(({ data }) => data.refused)).toEqual([
        cancelled ? 'task.completed' : 'tasks.commands.cancel',
      ]);
    }
  }, 180_000);
});
