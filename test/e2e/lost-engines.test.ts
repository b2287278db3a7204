import { copyFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { Cluster } from '../support/cluster.js';
import { describeOnCluster } from '../support/describe-on-cluster.js';
import { shownStats } from '../support/shown-stats.js';
import { untilTrue } from '../support/until-true.js';

const TASKS = 11;

describeOnCluster('engines whose data is taken away while everything runs', () => {
  let cluster: Cluster;
  let kept: string;
  let queries: string[];

  beforeAll(async () => {
    kept = await mkdtemp(join(tmpdir(), 'taskledger-kept-'));
    cluster = await Cluster.startEngines();
    await Promise.all([
      cluster.start('commands', 'commands'),
      cluster.start('projections', 'projector,feed'),
      cluster.start('query 1', 'query'),
      cluster.start('query 2', 'query'),
    ]);
    queries = ['query 1', 'query 2'].map((name) => cluster.process(name).url);
    await cluster.ready();
    for (let number = 1; number <= TASKS; number++) await finishedTask(number);
  }, 180_000);

  afterAll(async () => {
    await cluster.stop();
    await rm(kept, { recursive: true, force: true });
  }, 180_000);

  async function post(path: string, body: object, type = 'application/json') {
    const headers = { 'content-type': type };
    const response = await fetch(`${queries[0]}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as {
      message: string;
      data: { id: number; status: string } | null;
    };
    return { status: response.status, ...answer };
  }

  /** Makes a task that is completed. */
  async function finishedTask(number: number): Promise<void> {
    const key = `old/${number}`;
    const params = { old: number };
    const { status } = await post('/api/v1/tasks', { project_id: 7, task_type: 'ocr', key, params });
    expect(status).toBe(201);
    const event = { specversion: '1.0', source: '/test', subject: key };
    const events = ['started', 'completed'].map((what) => ({
      ...event,
      id: `${key} ${what}`,
      type: `task.${what}`,
      data: {},
    }));
    const ingested = await post('/api/v1/events', events, 'application/cloudevents-batch+json');
    expect(ingested.status).toBe(200);
  }

  /** How many tasks a list shows; `undefined` when it is refused. */
  async function listed(url: string): Promise<number | undefined> {
    const response = await fetch(`${url}/api/v1/tasks?limit=1000`);
    if (response.status !== 200) {
      expect(response.status).toBe(503);
      return undefined;
    }
    return ((await response.json()) as { data: unknown[] }).data.length;
  }

  /** How many tasks a list shows, once it is answered. */
  async function shown(url: string): Promise<number | undefined> {
    let tasks: number | undefined;
    await untilTrue(async () => (tasks = await listed(url)) !== undefined);
    return tasks;
  }

  /** Waits until the lists were refused, and are answered again: with all tasks, as each answer before. */
  async function neverIncomplete(tasks: number): Promise<void> {
    const seen = new Set<number>();
    let refused = 0;
    await untilTrue(async () => {
      const lists = await Promise.all(queries.map(listed));
      for (const one of lists) if (one === undefined) refused++;
      for (const one of lists) if (one !== undefined) seen.add(one);
      return refused > 0 && lists.every((one) => one !== undefined);
    });
    await cluster.ready();
    expect([...seen]).toEqual([tasks]);
    for (const url of queries) {
      expect(await shown(url)).toBe(tasks);
      expect((await shownStats(url)).by_status).toMatchObject({ completed: tasks });
    }
  }

  it('has every task again after the database of the read model was dropped, and no list without', async () => {
    const { port } = cluster.engines.ferretdb;
    for (let round = 0; round < 2; round++) {
      const client = new MongoClient(`mongodb://127.0.0.1:${port}/taskledger`);
      await client.db().dropDatabase();
      await client.close();
      await neverIncomplete(TASKS);
    }
  }, 180_000);

  it('has every task again after an older state of the read model was restored, and no list without', async () => {
    const { ferretdb } = cluster.engines;
    await ferretdb.kill();
    await cp(ferretdb.dataFolder, kept, { recursive: true });
    await ferretdb.start();
    await untilTrue(async () => (await Promise.all(queries.map(listed))).every((one) => one === TASKS));
    await cluster.ready();
    await finishedTask(TASKS + 1);
    await cluster.ready();
    await ferretdb.kill();
    await rm(ferretdb.dataFolder, { recursive: true });
    await cp(kept, ferretdb.dataFolder, { recursive: true });
    await ferretdb.start();
    await neverIncomplete(TASKS + 1);
  }, 180_000);

  it('never answers a creation in another ledger with what the one before had of it', async () => {
    const { kurrentdb } = cluster.engines;
    await kurrentdb.kill();
    await copyFile(cluster.ledgerFile, join(kept, 'ledger.log'));
    await rm(cluster.ledgerFile);
    await kurrentdb.restart();
    const created: { status: number; message: string; data: { id: number; status: string } | null }[] = [];
    await untilTrue(async () => {
      const number = created.length;
      const task = { project_id: 8, task_type: 'crawl', params: { new: number } };
      created.push(await post('/api/v1/tasks', task));
      return created.filter(({ status }) => status === 201).length >= 20;
    });
    for (const { status, data, message } of created) {
      if (![201, 503].includes(status)) throw new Error(JSON.stringify({ status, message }));
      if (data !== null) expect(data).toMatchObject({ project_id: 8, task_type: 'crawl', status: 'pending' });
    }
    const other = /made from the ledger [0-9a-f-]{36}, and this one is [0-9a-f-]{36}/;
    expect(cluster.process('projections').output()).toMatch(other);
    expect(cluster.process('commands').output()).toMatch(other);
    expect(cluster.process('projections').output()).toMatch(/What was fed is of the ledger/);
    for (const url of queries) {
      await shown(url);
      const { data } = (await (await fetch(`${url}/api/v1/tasks?limit=1000`)).json()) as {
        data: { id: number; project_id: number }[];
      };
      expect(new Set(data.map(({ project_id }) => project_id))).toEqual(new Set([8]));
      // The same ids as before, some of them of tasks whose creation was answered with 503.
      expect(data.some(({ id }) => id <= TASKS)).toBe(true);
    }
  }, 180_000);
});
