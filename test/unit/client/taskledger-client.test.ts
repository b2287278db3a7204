import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CancelWatch } from '../../../clients/typescript/cancel-watch.js';
import { Outbox } from '../../../clients/typescript/outbox.js';
import {
  ReportedTask,
  TaskCancelledError,
  TaskledgerClient,
  TaskledgerRefusedError,
  TaskledgerUnavailableError,
  type TaskledgerClientOptions,
} from '../../../clients/typescript/index.js';
import { TaskledgerDouble } from './taskledger-double.js';

const NEVER_MS = 3_600_000;
let double: TaskledgerDouble;
let url: string;

beforeEach(async () => {
  double = new TaskledgerDouble();
  url = await double.listen();
});
afterEach(() => double.close());

function client(options: Partial<TaskledgerClientOptions> = {}): TaskledgerClient {
  const retry = { retryDelayMsMin: 1, retryDelayMsMax: 2 };
  return new TaskledgerClient({ url, source: '/test', cancelPollIntervalMs: NEVER_MS, retry, ...options });
}

const creation = { project_id: 7, task_type: 'crawl', key: 'test/1', params: { folder: 'docs' } };

describe('TaskledgerClient', () => {
  it('publishes a whole life as CloudEvents, each with an id of its own', async () => {
    const task = await client().createTask(creation);
    await task.started({ total: 3 });
    task.progressed(2, { message: 'two of three' });
    await task.completed({ files: 3 });
    expect(double.events.map(({ type, subject, data }) => ({ type, subject, data }))).toEqual([
      {
        type: 'task.created',
        subject: 'test/1',
        data: { project_id: 7, task_type: 'crawl', params: { folder: 'docs' } },
      },
      { type: 'task.started', subject: '1', data: { total: 3 } },
      { type: 'task.progressed', subject: '1', data: { progress: 2, message: 'two of three' } },
      { type: 'task.completed', subject: '1', data: { result: { files: 3 } } },
    ]);
    for (const event of double.events) {
      expect(event).toMatchObject({
        specversion: '1.0',
        source: '/test',
        datacontenttype: 'application/json',
      });
      expect(event.id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      expect(new Date(event.time).toISOString()).toBe(event.time);
    }
    expect(new Set(double.events.map(({ id }) => id)).size).toBe(4);
    expect(double.batches.map(({ contentType, events }) => [contentType, events.length])).toEqual([
      ['application/cloudevents+json', 1],
      ['application/cloudevents+json', 1],
      ['application/cloudevents-batch+json', 2],
    ]);
  });

  it.each(['503', 'drop before', 'drop after', 'last unavailable'] as const)(
    'sends an event again under the same id after: %s',
    async (mishap) => {
      const task = await client().createTask(creation);
      double.mishaps.push(mishap, mishap);
      const outcome = await task.started({ total: 3 });
      expect(outcome.outcome).toBe(mishap === 'drop after' ? 'duplicate' : 'accepted');
      const started = double.events.filter(({ type }) => type === 'task.started');
      expect(started).toHaveLength(3);
      expect(started[1]).toEqual(started[0]);
      expect(started[2]).toEqual(started[0]);
    },
  );

  it('sends only those events of a batch again that were unavailable', async () => {
    const task = await client().createTask(creation);
    await task.started();
    double.mishaps.push('last unavailable');
    task.progressed(1);
    await task.completed();
    const types = double.batches.map(({ events }) => events.map(({ type }) => type));
    expect(types.slice(2)).toEqual([['task.progressed', 'task.completed'], ['task.completed']]);
    expect(double.tasks.get(1)?.status).toBe('completed');
  });

  it('creates one task however often the creation has to be sent', async () => {
    double.mishaps.push('drop after', '503', 'drop after');
    const task = await client().createTask({ project_id: 7, task_type: 'crawl' });
    expect(task.id).toBe(1);
    expect(double.tasks.size).toBe(1);
    expect(double.events[0]).not.toHaveProperty('subject');
  });

  it('gives up after a bounded number of tries', async () => {
    const task = await client({
      retry: { attemptsMax: 3, retryDelayMsMin: 1, retryDelayMsMax: 1 },
    }).createTask(creation);
    double.mishaps.push('503', '503', '503');
    const started = task.started();
    await expect(started).rejects.toThrow(TaskledgerUnavailableError);
    await expect(started).rejects.toThrow('The ledger is away');
    expect(double.batches).toHaveLength(4);
  });

  it('says where nobody answered, and why', async () => {
    await double.close();
    const lonely = client({ retry: { attemptsMax: 1 } }).createTask(creation);
    await expect(lonely).rejects.toThrow(TaskledgerUnavailableError);
    await expect(lonely).rejects.toThrow(`No answer from ${url}: connect ECONNREFUSED`);
  });

  it('does not try again what was refused', async () => {
    const refused = client().createTask({ task_type: 'crawl' } as never);
    await expect(refused).rejects.toThrow(TaskledgerRefusedError);
    await expect(refused).rejects.toMatchObject({ status: 400, message: 'data.project_id: must be an int' });
    expect(double.batches).toHaveLength(1);
    await expect(client().getTask(5)).rejects.toMatchObject({ status: 404, message: 'Task not found' });
  });

  it("keeps a task's order, one request at a time, while requests fail", async () => {
    const task = await client().createTask(creation);
    double.mishaps.push('503', 'drop before', '503');
    const started = task.started({ total: 9 });
    task.progressed(4);
    const failed = task.failed('disk full');
    await Promise.all([started, failed]);
    expect(double.inFlightMax).toBe(1);
    const { status, progress, error_message } = double.tasks.get(1) ?? {};
    expect({ status, progress, error_message }).toEqual({
      status: 'failed',
      progress: 4,
      error_message: 'disk full',
    });
  });

  it('never waits for a progress report', async () => {
    const task = await client().createTask(creation);
    await task.started({ total: 100_000 });
    let open: () => void = () => {};
    double.gate = new Promise((resolve) => (open = resolve));
    for (let progress = 1; progress <= 100_000; progress++) task.progressed(progress);
    const completed = task.completed();
    open();
    expect((await completed).outcome).toBe('accepted');
    const reports = double.events.filter(({ type }) => type === 'task.progressed');
    expect(reports.map(({ data }) => data.progress)).toEqual([100_000]);
  });

  it('aborts the signal of a running task once it is cancelled, and stops asking', async () => {
    const task = await client({ cancelPollIntervalMs: 1 }).createTask(creation);
    expect(double.reads).toBe(0);
    await task.started();
    await client().cancelTask(task.id);
    await once(task.signal, 'abort');
    expect(task.signal.reason).toBeInstanceOf(TaskCancelledError);
    expect(task.signal.reason).toMatchObject({ taskId: 1, message: 'Task 1 was cancelled' });
    const before = double.events.length;
    task.progressed(5);
    await task.cancelled();
    expect(double.events.slice(before).map(({ type }) => type)).toEqual(['task.cancelled']);
  });

  it('hears of a cancel from a refused report without waiting for the next poll', async () => {
    const task = await client().createTask(creation);
    await task.started({ total: 9 });
    await client().cancelTask(task.id);
    const aborted = once(task.signal, 'abort');
    task.progressed(1);
    await aborted;
    expect(task.signal.aborted).toBe(true);
  });

  it('stops asking when the last report could not be sent', async () => {
    const watch = new CancelWatch(1, NEVER_MS, async () => 'running');
    const stop = jest.spyOn(watch, 'stop');
    const outbox = new Outbox(() => Promise.reject(new TaskledgerUnavailableError('away')));
    const task = new ReportedTask(1, '/test', outbox, watch);
    watch.start();
    await expect(task.completed()).rejects.toThrow('away');
    expect(stop).toHaveBeenCalled();
  });

  it('goes on watching while Taskledger can not say what the status is', async () => {
    const task = await client({ cancelPollIntervalMs: 1 }).createTask(creation);
    const kept = double.tasks.get(1);
    await task.started();
    double.tasks.delete(1);
    await new Promise<void>((resolve) => (double.onRead = resolve));
    double.tasks.set(1, { ...(kept as NonNullable<typeof kept>), status: 'cancelled' });
    await once(task.signal, 'abort');
    expect(task.signal.aborted).toBe(true);
  });
});

describe('TaskledgerClient.run', () => {
  it('reports a completed task with its result', async () => {
    const run = await client().run(creation, async (task) => {
      task.progressed(1, { total: 2 });
      return { found: 2 };
    });
    expect(run).toEqual({ id: 1, status: 'completed', result: { found: 2 } });
    expect(double.tasks.get(1)).toMatchObject({
      status: 'completed',
      progress: 2,
      total: 2,
      result: { found: 2 },
    });
  });

  it('reports a failed task with the message of what was thrown', async () => {
    const error = new Error('not an image');
    const run = await client().run(creation, () => Promise.reject(error));
    expect(run).toEqual({ id: 1, status: 'failed', error });
    expect(double.tasks.get(1)).toMatchObject({ status: 'failed', error_message: 'not an image' });
  });

  it('leaves a task that was cancelled while it ran cancelled, at the progress it had', async () => {
    const run = await client({ cancelPollIntervalMs: 1 }).run(creation, async (task) => {
      double.set(task.id, { status: 'cancelled', progress: 3, total: 9 });
      await once(task.signal, 'abort');
      throw task.signal.reason;
    });
    expect(run).toEqual({ id: 1, status: 'cancelled' });
    expect(double.tasks.get(1)).toMatchObject({ status: 'cancelled', progress: 3, total: 9 });
    expect(double.events.map(({ type }) => type)).toEqual(['task.created', 'task.started']);
  });

  it('answers cancelled when the work was done, but the cancel came first', async () => {
    const run = await client().run(creation, async (task) => {
      double.set(task.id, { status: 'cancelled' });
      return {};
    });
    expect(run).toEqual({ id: 1, status: 'cancelled' });
  });

  it('says when somebody else finished the task', async () => {
    const run = client().run(creation, async (task) => {
      double.set(task.id, { status: 'failed' });
      return {};
    });
    await expect(run).rejects.toMatchObject({ status: 409, message: 'Task 1: Task is already failed' });
  });

  it('does no work for a task that was cancelled before it started', async () => {
    const task = await client().createTask(creation);
    double.set(task.id, { status: 'cancelled' });
    let worked = false;
    const run = await client().run(creation, async () => {
      worked = true;
      return {};
    });
    expect(run).toEqual({ id: 1, status: 'cancelled' });
    expect(worked).toBe(false);
  });
});
