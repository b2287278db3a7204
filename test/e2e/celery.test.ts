import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWhere } from '../support/describe-where.js';
import { missingRedis, RedisServer } from '../support/redis-server.js';
import { startServer, type Server } from '../support/server.js';

/** What the example prints of a job; a retry by hand is a second task of it. */
interface ShownJob {
  kind: string;
  id: string;
  queue: string[];
  runs: number;
  parent: string | null;
  tasks: {
    status: string;
    attempt: number;
    starts: number;
    failures: number;
    parent: string | null;
    retry_of: string | null;
  }[];
}

/** How many jobs of each kind there are, how often each is run by a Celery that is left alone, and how it ends. */
const KINDS: [kind: string, jobs: number, runs: number, ...ends: string[]][] = [
  ['plain', 60, 1, 'completed'],
  ['flaky', 40, 3, 'completed'],
  ['impatient', 10, 2, 'completed'],
  ['hopeless', 10, 3, 'failed'],
  ['by_hand', 10, 2, 'failed', 'completed'],
  ['parent', 10, 1, 'completed'],
  ['child', 30, 2, 'completed'],
  ['killed', 10, 2, 'completed'],
  ['endless', 10, 1, 'cancelled'],
  ['patient', 10, 0, 'cancelled'],
];

const RUN_MS_MAX = 90_000;
const PYTHON = resolve('.backends/celery/bin/python');
const missing =
  missingRedis() ??
  (existsSync(resolve('.backends/celery/installed.txt'))
    ? undefined
    : 'no Celery on this machine (scripts/backends/celery.sh brings it)');

describeWhere(missing, '200 jobs of Celery, a worker killed with -9', () => {
  let dataDir: string;
  let server: Server;
  let redis: RedisServer;
  let jobs: ShownJob[];
  let complaints: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-celery-'));
    [server, redis] = await Promise.all([startServer({ dataDir }), RedisServer.start()]);
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, REDIS_URL: `${redis.url}/0`, TASKLEDGER_URL: server.url };
    const { stdout, stderr } = await promisify(execFile)(PYTHON, ['-B', 'two_hundred_jobs.py'], {
      ...{ cwd: 'examples/celery', env: { ...env, PYTHONDONTWRITEBYTECODE: '1' } },
    });
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

  it('are all there, and nothing was refused but what was said of cancelled jobs', () => {
    expect(jobs).toHaveLength(200);
    expect(complaints).toBe('');
  });

  it.each(KINDS)(
    'end as Celery says, with each run that it makes alone: %s',
    (name, number, runs, ...ends) => {
      const ofKind = jobs.filter(({ kind }) => kind === name);
      expect(ofKind).toHaveLength(number);
      for (const { queue, runs: runsMade, tasks } of ofKind) {
        // What Celery says, what the ledger says, and what was to be.
        expect(queue).toEqual(ends);
        expect(tasks.map(({ status }) => status)).toEqual(ends);
        expect(tasks.reduce((sum, { starts }) => sum + starts, 0)).toBe(runsMade);
        expect(runsMade).toBe(runs);
      }
    },
  );

  it('have every failed attempt on record, and the run that was killed as the same attempt', () => {
    const tasksOf = (name: string) => jobs.filter(({ kind }) => kind === name).map(({ tasks }) => tasks);
    for (const [task] of tasksOf('flaky')) expect(task).toMatchObject({ attempt: 3, failures: 2 });
    for (const [task] of tasksOf('impatient')) expect(task).toMatchObject({ attempt: 2, failures: 1 });
    for (const [task] of tasksOf('hopeless')) expect(task).toMatchObject({ attempt: 3, failures: 3 });
    for (const [task] of tasksOf('killed')) expect(task).toMatchObject({ attempt: 1, starts: 2 });
  });

  it('name their parents, and what they try again', () => {
    for (const { id, parent, tasks } of jobs) {
      const [first, again] = tasks;
      expect(first?.parent).toBe(parent === null ? null : `celery:${parent}`);
      if (again !== undefined) expect(again.retry_of).toBe(`celery:${id}`);
    }
    expect(jobs.filter(({ parent }) => parent !== null)).toHaveLength(30);
  });
});
