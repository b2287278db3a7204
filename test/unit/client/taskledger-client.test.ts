import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  BufferFullError,
  TaskCancelledError,
  TaskledgerClient,
  TaskledgerClosedError,
  TaskledgerRefusedError,
  TaskledgerUnavailableError,
  type TaskledgerClientOptions,
} from '../../../clients/typescript/src/index.js';
import { TaskledgerDouble } from './taskledger-double.js';

const NEVER_MS = 3_600_000;
let double: TaskledgerDouble;
let url: string;
let clients: TaskledgerClient[];
let warnings: string[];

beforeEach(async () => {
  double = new TaskledgerDouble();
  url = await double.listen();
  clients = [];
  warnings = [];
});
afterEach(async () => {
  await Promise.all(clients.map((each) => each.close({ timeoutMs: 0 }).catch(() => {})));
  await double.close();
});

function client(options: Partial<TaskledgerClientOptions> = {}): TaskledgerClient {
  const made = new TaskledgerClient({
    url,
    source: '/test',
    cancelPollIntervalMs: NEVER_MS,
    retry: { retryDelayMsMin: 1, retryDelayMsMax: 2 },
    onWarning: (_, code) => warnings.push(code),
    ...options,
  });
  clients.push(made);
  return made;
}

/** Waits until a signal is aborted, which it may be already. */
async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

const creation = { projectId: 7, taskType: 'crawl', key: 'test/1', params: { folder: 'docs' } };

describe('TaskledgerClient', () => {
  it('publishes a whole life as CloudEvents, each with an id of its own', async () => {
    const task = await client().create(creation);
    await task.started({ total: 3 });
    task.progress(2, { message: 'two of three' });
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

  it.each([
    '503',
    'drop before',
    'drop after',
    'last unavailable',
    '404 of a proxy',
    '400 of a proxy',
  ] as const)('sends an event again under the same id after: %s', async (mishap) => {
    const task = await client().create(creation);
    double.mishaps.push(mishap, mishap);
    const outcome = await task.started({ total: 3 });
    expect(outcome.outcome).toBe(mishap === 'drop after' ? 'duplicate' : 'accepted');
    const started = double.events.filter(({ type }) => type === 'task.started');
    expect(started).toHaveLength(3);
    expect(started[1]).toEqual(started[0]);
    expect(started[2]).toEqual(started[0]);
  });

  it('sends only those events of a batch again that were unavailable', async () => {
    const task = await client().create(creation);
    await task.started();
    double.mishaps.push('last unavailable');
    task.progress(1);
    await task.completed();
    const types = double.batches.map(({ events }) => events.map(({ type }) => type));
    expect(types.slice(2)).toEqual([['task.progressed', 'task.completed'], ['task.completed']]);
    expect(double.tasks.get(1)?.status).toBe('completed');
  });

  it('creates one task however often the creation has to be sent', async () => {
    double.mishaps.push('drop after', '503', 'drop after');
    const task = await client().create({ projectId: 7, taskType: 'crawl' });
    expect(task.id).toBe(1);
    expect(double.tasks.size).toBe(1);
    expect(double.events[0]).not.toHaveProperty('subject');
  });

  it('does not try again what was refused', async () => {
    const refused = client().create({ taskType: 'crawl' } as never);
    await expect(refused).rejects.toThrow(TaskledgerRefusedError);
    await expect(refused).rejects.toMatchObject({ status: 400, message: 'data.project_id: must be an int' });
    expect(double.batches).toHaveLength(1);
    await expect(client().get(5)).rejects.toMatchObject({ status: 404, message: 'Task not found' });
  });

  it('finds out which event of a refused request was to blame, and records the others', async () => {
    const ledger = client();
    const tasks = await Promise.all(
      ['a', 'b', 'c'].map((key) => ledger.create({ ...creation, key: `test/${key}` })),
    );
    double.mishaps.push('refuse all', '503', 'none', 'refuse all');
    const outcomes = await Promise.all(tasks.map((task) => task.started()));
    expect(outcomes.filter(({ outcome }) => outcome === 'accepted').length).toBeGreaterThanOrEqual(1);
    expect(outcomes.every(({ outcome }) => outcome === 'accepted' || outcome === 'rejected')).toBe(true);
  });

  it("keeps a task's order, one request at a time, while requests fail", async () => {
    const task = await client().create(creation);
    double.mishaps.push('503', 'drop before', '503');
    const started = task.started({ total: 9 });
    task.progress(4);
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
    const task = await client().create(creation);
    await task.started({ total: 100_000 });
    let open: () => void = () => {};
    double.gate = new Promise((resolve) => (open = resolve));
    for (let progress = 1; progress <= 100_000; progress++) task.progress(progress);
    const completed = task.completed();
    open();
    expect((await completed).outcome).toBe('accepted');
    const reports = double.events.filter(({ type }) => type === 'task.progressed');
    expect(reports.map(({ data }) => data.progress)).toEqual([100_000]);
  });

  it('warns once of progress that is refused', async () => {
    const task = await client({ progressIntervalMs: 0 }).create(creation);
    await task.started();
    double.refuseProgress = true;
    for (let progress = 1; progress <= 3; progress++) {
      const asked = new Promise<void>((resolve) => (double.onEvents = resolve));
      task.progress(progress);
      await asked;
    }
    await task.completed();
    expect(warnings).toEqual(['TASKLEDGER_REFUSED']);
  });
});

describe('a cancel', () => {
  it('aborts the signal of a running task by one stream for all, and is asked for no more', async () => {
    const ledger = client();
    const [one, other] = [await ledger.create(creation), await ledger.create({ ...creation, key: 'test/2' })];
    const opened = new Promise<void>((resolve) => (double.onStream = resolve));
    await Promise.all([one.started(), other.started()]);
    await opened;
    await ledger.cancel(1);
    await aborted(one.signal);
    expect(one.signal.reason).toBeInstanceOf(TaskCancelledError);
    expect(one.signal.reason).toMatchObject({ taskId: 1, message: 'Task 1 was cancelled' });
    expect(other.signal.aborted).toBe(false);
    expect(double.streamsOpened).toBe(1);
    const before = double.events.length;
    one.progress(5);
    await one.cancelled();
    expect(double.events.slice(before).map(({ type }) => type)).toEqual(['task.cancelled']);
  });

  it.each([true, false])('says who wanted it and why (streams: %s)', async (streams) => {
    double.streams = streams;
    double.cancel = { reason: 'no need', principal: 'anna' };
    const ledger = client({ cancelPollIntervalMs: 1 });
    const task = await ledger.create(creation);
    await task.started();
    await ledger.cancel(1);
    await aborted(task.signal);
    expect(task.signal.reason).toBeInstanceOf(TaskCancelledError);
    expect(task.signal.reason).toMatchObject({
      ...{ taskId: 1, reason: 'no need', actor: 'anna' },
      message: 'Task 1 was cancelled: no need',
    });
  });

  it('that shows by a refused report says who wanted it and why', async () => {
    double.quiet = true;
    double.cancel = { principal: 'anonymous' };
    const ledger = client();
    const task = await ledger.create(creation);
    await ledger.cancel(1);
    await task.completed();
    expect(task.signal.reason).toMatchObject({ reason: undefined, actor: 'anonymous' });
  });

  it('that came before the stream was there is found out by asking', async () => {
    const ledger = client();
    const task = await ledger.create(creation);
    double.quiet = true;
    double.onStream = () => double.set(1, { status: 'cancelled' });
    await task.started();
    await aborted(task.signal);
    expect(task.signal.aborted).toBe(true);
  });

  it('is heard of by asking where there is no stream', async () => {
    double.streams = false;
    const ledger = client({ cancelPollIntervalMs: 1 });
    const task = await ledger.create(creation);
    await task.started();
    await ledger.cancel(1);
    await aborted(task.signal);
    expect(task.signal.reason).toBeInstanceOf(TaskCancelledError);
  });

  it('goes on to be asked for while Taskledger can not say what the status is', async () => {
    double.streams = false;
    const task = await client({ cancelPollIntervalMs: 1 }).create(creation);
    const kept = double.tasks.get(1);
    await task.started();
    double.tasks.delete(1);
    await new Promise<void>((resolve) => (double.onRead = resolve));
    double.tasks.set(1, { ...(kept as NonNullable<typeof kept>), status: 'cancelled' });
    await aborted(task.signal);
    expect(task.signal.aborted).toBe(true);
  });

  it('that came before the stream was there is found out though the details do not show it yet', async () => {
    double.shownStatus = 'running';
    let open: () => void = () => {};
    double.streamGate = new Promise((resolve) => (open = resolve));
    const task = await client().create(creation);
    await task.started();
    double.quiet = true;
    double.set(1, { status: 'cancelled' });
    open();
    await aborted(task.signal);
    expect(task.signal.reason).toBeInstanceOf(TaskCancelledError);
  });

  it.each([true, false])(
    'is heard of from a refused report, in whatever words (streams: %s)',
    async (streams) => {
      double.streams = streams;
      double.quiet = true;
      double.overMessage = () => 'Somebody has stopped it';
      const ledger = client();
      const task = await ledger.create(creation);
      await task.started({ total: 9 });
      await ledger.cancel(1);
      task.progress(1);
      await aborted(task.signal);
      expect(task.signal.aborted).toBe(true);
    },
  );
});

describe('while Taskledger is away', () => {
  it('goes on with the work, keeps what happens, and sends it when it is back', async () => {
    const { port } = new URL(url);
    await double.close();
    const ledger = client({ awayAfterMs: 0 });
    let worked = false;
    const run = await ledger.run(creation, async (task) => {
      expect(task.id).toBeUndefined();
      task.progress(1, { total: 2 });
      worked = true;
      return { found: 2 };
    });
    expect(worked).toBe(true);
    expect(run).toEqual({ id: undefined, status: 'completed', result: { found: 2 }, recorded: false });
    expect(warnings).toEqual(['TASKLEDGER_AWAY']);
    await double.listen(Number(port));
    expect(await ledger.flush()).toBe(true);
    expect(double.tasks.get(1)).toMatchObject({ status: 'completed', result: { found: 2 }, progress: 2 });
    expect(double.events.map(({ type }) => type)).toEqual([
      'task.created',
      'task.started',
      'task.progressed',
      'task.completed',
    ]);
  });

  it('tells the work later that its task was refused', async () => {
    let open: () => void = () => {};
    double.gate = new Promise((resolve) => (open = resolve));
    const ledger = client({ awayAfterMs: 0 });
    const run = ledger.run({ taskType: 'crawl' } as never, async (task) => {
      open();
      await aborted(task.signal);
      throw task.signal.reason;
    });
    await expect(run).rejects.toThrow('task.created was refused: data.project_id: must be an int');
    expect(warnings).toContain('TASKLEDGER_REFUSED');
  });

  it('takes no new task when the buffer stays full, and keeps what it has', async () => {
    await double.close();
    const ledger = client({ awayAfterMs: 0, buffer: { eventsMax: 2, fullWaitMsMax: 1 } });
    await ledger.create(creation);
    const task = await ledger.create({ ...creation, key: 'test/2' });
    const refused = ledger.create({ ...creation, key: 'test/3' });
    await expect(refused).rejects.toThrow(BufferFullError);
    await expect(refused).rejects.toThrow('The buffer has been full for 1 ms (2 events or 67108864 bytes)');
    // A task that is under way waits for room.
    const completed = task.completed();
    await double.listen(Number(new URL(url).port));
    expect(await ledger.flush()).toBe(true);
    await completed;
    expect([...double.tasks.values()].map(({ status }) => status)).toEqual(['pending', 'completed']);
  });

  it('says at its close how much is lost that was in memory alone', async () => {
    await double.close();
    const ledger = client({ awayAfterMs: 0 });
    await ledger.create(creation);
    const closed = ledger.close({ timeoutMs: 1 });
    await expect(closed).rejects.toThrow(TaskledgerClosedError);
    await expect(closed).rejects.toMatchObject({
      unsent: 1,
      message: '1 events could not be sent and are lost',
    });
    await expect(ledger.create(creation)).rejects.toThrow('The client is closed');
  });

  it('leaves nobody waiting at its close', async () => {
    await double.close();
    const folder = await mkdtemp(join(tmpdir(), 'taskledger-client-'));
    const ledger = client({ buffer: { eventsMax: 1, folder } });
    const kept = ledger.create(creation);
    const lost = ledger.task(7).completed();
    const closed = ledger.close({ timeoutMs: 1 });
    await expect(lost).rejects.toThrow('The client was closed before the event could be sent');
    expect((await kept).id).toBeUndefined();
    // What waited for room is in no file.
    await expect(closed).rejects.toMatchObject({ unsent: 1 });
    await rm(folder, { recursive: true });
  });

  it('gives up a read after a bounded number of tries, and says why', async () => {
    await double.close();
    const read = client({ retry: { attemptsMax: 3, retryDelayMsMin: 1, retryDelayMsMax: 1 } }).get(1);
    await expect(read).rejects.toThrow(TaskledgerUnavailableError);
    await expect(read).rejects.toThrow(`No answer from ${url}: connect ECONNREFUSED`);
  });
});

describe('TaskledgerClient.run', () => {
  it('reports a completed task with its result', async () => {
    const run = await client().run(creation, async (task) => {
      task.progress(1, { total: 2 });
      return { found: 2 };
    });
    expect(run).toEqual({ id: 1, status: 'completed', result: { found: 2 }, recorded: true });
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
    expect(run).toEqual({ id: 1, status: 'failed', error, recorded: true });
    expect(double.tasks.get(1)).toMatchObject({ status: 'failed', error_message: 'not an image' });
  });

  it('leaves a task that was cancelled while it ran cancelled, at the progress it had', async () => {
    const run = await client().run(creation, async (task) => {
      double.set(1, { status: 'cancelled', progress: 3, total: 9 });
      await aborted(task.signal);
      throw task.signal.reason;
    });
    expect(run).toEqual({ id: 1, status: 'cancelled', recorded: true });
    expect(double.tasks.get(1)).toMatchObject({ status: 'cancelled', progress: 3, total: 9 });
    expect(double.events.map(({ type }) => type)).toEqual(['task.created', 'task.started']);
  });

  it('answers cancelled when the work was done, but the cancel came first', async () => {
    double.quiet = true;
    const run = await client().run(creation, async () => {
      double.set(1, { status: 'cancelled' });
      return {};
    });
    expect(run).toEqual({ id: 1, status: 'cancelled', recorded: true });
  });

  it('says when somebody else finished the task', async () => {
    const run = client().run(creation, async () => {
      double.set(1, { status: 'failed' });
      return {};
    });
    await expect(run).rejects.toMatchObject({
      status: 409,
      message: 'task.completed was refused: Task is already failed',
    });
  });

  it('tells the work when somebody else finished the task', async () => {
    const run = client({ progressIntervalMs: 0 }).run(creation, async (task) => {
      double.set(1, { status: 'completed' });
      task.progress(1);
      await aborted(task.signal);
      throw task.signal.reason;
    });
    await expect(run).rejects.toMatchObject({
      status: 409,
      message: expect.stringMatching(/^task.progressed was refused/),
    });
  });

  it('does no work for a task that was cancelled before it started', async () => {
    await client().create(creation);
    double.set(1, { status: 'cancelled' });
    let worked = false;
    const run = await client().run(creation, async () => {
      worked = true;
      return {};
    });
    expect(run).toEqual({ id: 1, status: 'cancelled', recorded: true });
    expect(worked).toBe(false);
  });

  it('takes up a task by its id', async () => {
    const { id } = await client().create(creation);
    const run = await client().run({ id: id as number }, async () => ({ found: 1 }));
    expect(run).toMatchObject({ id: 1, status: 'completed' });
    expect(double.tasks.size).toBe(1);
  });
});
