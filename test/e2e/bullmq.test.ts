import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { KINDS, type Kind, type KindName } from '../../examples/bullmq/kinds.js';
import { describeWhere } from '../support/describe-where.js';
import { missingRedis, RedisServer } from '../support/redis-server.js';
import { startServer, type Server } from '../support/server.js';

/** What the example prints of a job. */
interface ShownJob {
  kind: KindName;
  id: string;
  queue: string;
  runs: number;
  /** The same job's in a queue that nobody watches, where there is one. */
  runsAlone: number | null;
  tasks: {
    status: string;
    attempt: number;
    starts: number;
    failures: number;
    parent?: string;
    retryOf?: string;
  }[];
}

const RUN_MS_MAX = 90_000;
const missing = missingRedis();

describeWhere(missing, '200 jobs of BullMQ, a worker and the bridge killed with -9', () => {
  let dataDir: string;
  let server: Server;
  let redis: RedisServer;
  let jobs: ShownJob[];
  let complaints: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-bullmq-'));
    [server, redis] = await Promise.all([startServer({ dataDir }), RedisServer.start()]);
    const args = ['dist/examples/bullmq/two-hundred-jobs.js', redis.url, server.url];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
    complaints = stderr;
    jobs = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ShownJob);
  }, RUN_MS_MAX);

  afterAll(async () => {
    await Promise.all([server.stop(), redis.stop()]);
    await rm(dataDir, { recursive: true, force: true });
  });

  it('are all there, and the bridge had nothing refused but what was said of cancelled jobs', () => {
    expect(jobs).toHaveLength(200);
    expect(jobs.filter(({ runsAlone }) => runsAlone !== null)).toHaveLength(120);
    expect(complaints).toBe('');
  });

  it.each(Object.entries(KINDS) as [KindName, Kind][])(
    'end as the queue says, with each run that it makes alone: %s',
    (name, { jobs: number, runs, ends }) => {
      const ofKind = jobs.filter(({ kind }) => kind === name);
      expect(ofKind).toHaveLength(number);
      for (const { queue, runs: runsMade, runsAlone, tasks } of ofKind) {
        // What the queue says, what the ledger says, and what was to be.
        expect(tasks.map(({ status }) => status)).toEqual(ends);
        expect(queue).toBe(tasks.at(-1)?.status);
        expect(tasks.reduce((sum, { starts }) => sum + starts, 0)).toBe(runsMade);
        expect([runsMade, runsAlone ?? runs]).toEqual([runs, runs]);
      }
    },
  );

  it('have every failed attempt on record, and the run that was killed as the same attempt', () => {
    const tasksOf = (name: KindName) => jobs.filter(({ kind }) => kind === name).map(({ tasks }) => tasks);
    for (const [task] of tasksOf('flaky')) expect(task).toMatchObject({ attempt: 3, failures: 2 });
    for (const [task] of tasksOf('impatient')) expect(task).toMatchObject({ attempt: 2, failures: 1 });
    for (const [task] of tasksOf('hopeless')) expect(task).toMatchObject({ attempt: 3, failures: 3 });
    for (const [task] of tasksOf('killed')) expect(task).toMatchObject({ attempt: 1, starts: 2 });
    for (const [first, again] of tasksOf('byHand')) {
      expect(first).toMatchObject({ attempt: 2, failures: 2 });
      expect(again).toMatchObject({ attempt: 1, failures: 0, retryOf: expect.stringMatching(/^bullmq:/) });
    }
  });

  it('name their parents', () => {
    for (const { kind, id, tasks } of jobs) {
      const parent = tasks[0]?.parent;
      if (kind === 'child') {
        const nth = Math.floor(Number(id.split('-')[1]) / 3);
        expect(parent).toMatch(new RegExp(`^bullmq:mail-\\d+:parent-${nth}$`));
      } else expect(parent).toBeUndefined();
    }
  });
});
