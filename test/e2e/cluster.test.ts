import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { Cluster } from '../support/cluster.js';
import { describeOnCluster } from '../support/describe-on-cluster.js';
import { EventStream } from '../support/event-stream.js';
import type { Server } from '../support/server.js';

describeOnCluster('separate processes on shared engines', () => {
  let cluster: Cluster;
  let query: Server;
  let otherQuery: Server;

  beforeAll(async () => {
    cluster = await Cluster.startEngines();
    await Promise.all([
      cluster.start('commands 1', 'commands'),
      cluster.start('commands 2', 'commands'),
      cluster.start('projections 1', 'projector,feed'),
      cluster.start('projections 2', 'projector,feed'),
    ]);
    [query, otherQuery] = await Promise.all([
      cluster.start('query 1', 'query'),
      cluster.start('query 2', 'query'),
    ]);
    await cluster.ready();
  }, 180_000);

  afterAll(() => cluster.stop(), 60_000);

  async function post(url: string, path: string, body: object, type = 'application/json'): Promise<Response> {
    return fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': type },
      body: JSON.stringify(body),
    });
  }

  async function create(key: string): Promise<number> {
    const response = await post(query.url, '/api/v1/tasks', { project_id: 7, task_type: 'ocr', key });
    expect(response.status).toBe(201);
    return ((await response.json()) as { data: { id: number } }).data.id;
  }

  it('says of each process how its parts are', async () => {
    const partsOf = async (name: string): Promise<string[]> => {
      const response = await fetch(`${cluster.process(name).url}/health/ready`);
      return Object.keys(((await response.json()) as { data: { parts: object } }).data.parts).sort();
    };
    expect(await partsOf('commands 1')).toEqual(['bus', 'creations', 'intake', 'ledger']);
    expect(await partsOf('projections 1')).toEqual([
      'feed',
      'ledger',
      'projector',
      'read_model',
      'series',
      'stats',
    ]);
    expect(await partsOf('query 1')).toEqual(['bus', 'ledger', 'projector', 'read_model', 'series', 'stats']);
  });

  it('shows a cancel that answered 200 in the very next GET, from any replica', async () => {
    for (let round = 0; round < 20; round++) {
      const id = await create(`cancel/${round}`);
      expect((await post(query.url, `/api/v1/tasks/${id}/cancel`, {})).status).toBe(200);
      const seen = await fetch(`${otherQuery.url}/api/v1/tasks/${id}`);
      expect(await seen.json()).toMatchObject({ data: { status: 'cancelled' } });
    }
  });

  it('lets a worker hear of a cancel', async () => {
    const id = await create('worker/1');
    const connection = await connect({ servers: cluster.engines.nats.url });
    const heard = connection.subscribe(`tasks.events.*.${id}.cancelled`, { max: 1 });
    await connection.flush();
    await post(query.url, `/api/v1/tasks/${id}/cancel`, { reason: 'not needed' });
    for await (const message of heard) {
      expect(message.subject).toBe(`tasks.events.7.${id}.cancelled`);
      expect(message.json()).toMatchObject({ type: 'task.cancelled' });
    }
    await connection.close();
  });

  it('lets the readers of a replica hear of a cancel that was sent through another', async () => {
    const id = await create('stream/1');
    const [tasks, task] = await Promise.all([
      EventStream.open(`${otherQuery.url}/api/v1/tasks/stream?key=stream/1&include=key`),
      EventStream.open(`${otherQuery.url}/api/v1/tasks/${id}/stream`),
    ]);
    expect((await task.next())?.data).toMatchObject({ id, status: 'pending' });
    expect((await post(query.url, `/api/v1/tasks/${id}/cancel`, {})).status).toBe(200);
    const heard = await task.next();
    expect(heard?.data).toMatchObject({ id, status: 'cancelled' });
    expect(await task.next()).toBeUndefined();
    while ((await tasks.next())?.data.status !== 'cancelled');
    // A position that one replica gave is good for the other, which has had no reader yet.
    expect(tasks.lastEventId).toBe(heard?.id);
    tasks.cut();
    const ended = await EventStream.open(`${query.url}/api/v1/tasks/${id}/stream`, {
      lastEventId: heard?.id,
    });
    expect(ended.status).toBe(204);
    const resumed = await EventStream.open(`${query.url}/api/v1/tasks/stream?key=stream/2`, {
      lastEventId: heard?.id,
    });
    const next = await create('stream/2');
    expect((await resumed.next())?.data).toMatchObject({ id: next, status: 'pending' });
    resumed.cut();
  });

  it('runs the example pipeline', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'taskledger-docs-'));
    await Promise.all(
      ['one', 'two', 'three'].map((name) =>
        writeFile(join(folder, `${name}.md`), `# ${name}\n${`word ${name} `.repeat(300)}`),
      ),
    );
    const script = fileURLToPath(new URL('../../dist/examples/pipeline/main.js', import.meta.url));
    const pipeline = spawn(process.execPath, [script, folder, '--url', query.url], {
      env: { ...process.env, DATA_DIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    pipeline.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    expect(await once(pipeline, 'close')).toEqual([0, null]);
    expect(output).toMatch(/crawl: completed/);
    expect(output).toMatch(/broken-scan.png: failed/);
    await rm(folder, { recursive: true, force: true });
  }, 180_000);

  it('has exactly one winner in each of 1,000 races, cancel and complete in different command services', async () => {
    const results: { id: number; cancelled: boolean; completed: boolean }[] = [];
    let next = 0;
    const lifecycle = (race: number, type: string, data?: object): object => {
      return {
        specversion: '1.0',
        id: `${race}/${type}`,
        source: '/race',
        type: `task.${type}`,
        subject: `race/${race}`,
        data,
      };
    };
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let race = next++; race < 1000; race = next++) {
          const batch = [
            lifecycle(race, 'created', { project_id: 1, task_type: 'crawl' }),
            lifecycle(race, 'started'),
          ];
          const response = await post(
            query.url,
            '/api/v1/events',
            batch,
            'application/cloudevents-batch+json',
          );
          const [first] = ((await response.json()) as { data: { task_id: number }[] }).data;
          const id = first?.task_id ?? 0;
          const asks = [
            (): Promise<Response> => post(query.url, `/api/v1/tasks/${id}/cancel`, {}),
            (): Promise<Response> =>
              post(
                otherQuery.url,
                '/api/v1/events',
                lifecycle(race, 'completed'),
                'application/cloudevents+json',
              ),
          ];
          const order = race % 2 === 0 ? [0, 1] : [1, 0];
          const answers: Response[] = [];
          await Promise.all(
            order.map(async (which) => (answers[which] = await (asks[which] as () => Promise<Response>)())),
          );
          results.push({ id, cancelled: answers[0]?.status === 200, completed: answers[1]?.status === 200 });
        }
      }),
    );
    expect(results).toHaveLength(1000);
    expect(results.filter(({ cancelled, completed }) => cancelled === completed)).toEqual([]);
    for (const { id, cancelled } of results) {
      const history = await fetch(`${query.url}/api/v1/tasks/${id}/history`);
      const { data } = (await history.json()) as { data: { events: { type: string }[]; evidence: object[] } };
      expect(data.events.at(-1)?.type).toBe(cancelled ? 'TaskCancelled' : 'TaskCompleted');
      expect(data.events).toHaveLength(3);
      expect(data.evidence).toHaveLength(1);
    }
  }, 900_000);
});
