import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  TaskCancelledError,
  TaskledgerClient,
  type RunOptions,
} from '../../../clients/typescript/src/index.js';
import { TaskledgerDouble } from './taskledger-double.js';

const creation = { projectId: 7, taskType: 'crawl', key: 'test/1' };
let double: TaskledgerDouble;
let ledger: TaskledgerClient;
let warnings: string[];

beforeEach(async () => {
  double = new TaskledgerDouble();
  warnings = [];
  ledger = new TaskledgerClient({
    ...{ url: await double.listen(), source: '/test', progressIntervalMs: 0 },
    onWarning: (message) => warnings.push(message),
  });
});
afterEach(async () => {
  await ledger.close({ timeoutMs: 0 });
  await double.close();
});

/** What was said of the task after its creation, without stacks. */
function said(): unknown[] {
  return double.events.slice(1).map(({ type, data: { error_stack: _, ...data } }) => [type, data]);
}

class NoSuchSite extends Error {}

describe('run with attempts of its own', () => {
  it('tries again, and only the last failure is final', async () => {
    let tries = 0;
    const run = await ledger.run(
      creation,
      () => {
        throw new NoSuchSite(`try ${++tries}`);
      },
      { attempts: 3, backoffMs: 1 },
    );
    expect(run).toMatchObject({ id: 1, status: 'failed', error: { message: 'try 3' } });
    const failure = (number: number) => ({ error_message: `try ${number}`, error_type: 'NoSuchSite' });
    const later = { retry_at: expect.stringMatching(/Z$/) };
    expect(said()).toEqual([
      ['task.started', {}],
      ['task.attempt_failed', { ...failure(1), ...later }],
      ['task.started', {}],
      ['task.attempt_failed', { ...failure(2), ...later }],
      ['task.started', {}],
      ['task.failed', failure(3)],
    ]);
    for (const { type, data } of double.events)
      if (type.endsWith('failed')) expect(data.error_stack).toMatch(/try \d\n +at .*attempts\.test/);
  });

  it('completes with what a later try returns', async () => {
    let tries = 0;
    const work = () => {
      if (++tries < 3) throw new Error('not yet');
      return { tries };
    };
    const run = await ledger.run(creation, work, { attempts: 5, backoffMs: 0 });
    expect(run).toMatchObject({ status: 'completed', result: { tries: 3 } });
    expect(double.tasks.get(1)?.status).toBe('completed');
  });

  it('tries what is not worth it no more', async () => {
    const retryIf = (error: unknown): boolean => !(error instanceof NoSuchSite);
    const work = () => Promise.reject(new NoSuchSite('gone'));
    const run = await ledger.run(creation, work, { attempts: 5, retryIf });
    expect(run.status).toBe('failed');
    expect(said()).toHaveLength(2);
  });

  it('waits no longer once the task is cancelled', async () => {
    const run = ledger.run(creation, () => Promise.reject(new Error('away')), {
      ...{ attempts: 2, backoffMs: 60_000 },
    });
    double.onEvents = () => {
      if (double.events.at(-1)?.type === 'task.attempt_failed') double.set(1, { status: 'cancelled' });
    };
    expect(await run).toMatchObject({ status: 'cancelled' });
  });
});

describe("run inside somebody else's queue", () => {
  it('says the number of the attempt with all that it reports, and leaves the end to the last one', async () => {
    const options = (attempt: number) => ({ attempt, attemptsMax: 2, worker: 'host:1' });
    const first = await ledger.run(
      creation,
      async (task) => {
        task.progress(1);
        throw new Error('away');
      },
      options(1),
    );
    expect(first).toMatchObject({ status: 'pending', recorded: true, error: { message: 'away' } });
    const last = await ledger.run(creation, () => Promise.reject(new Error('gone')), options(2));
    expect(last).toMatchObject({ status: 'failed', error: { message: 'gone' } });
    expect(said().filter((each) => (each as [string])[0] !== 'task.created')).toEqual([
      ['task.started', { worker: 'host:1', attempt: 1 }],
      ['task.progressed', { progress: 1, attempt: 1 }],
      ['task.attempt_failed', { error_message: 'away', error_type: 'Error', attempt: 1 }],
      ['task.started', { worker: 'host:1', attempt: 2 }],
      ['task.failed', { error_message: 'gone', error_type: 'Error', attempt: 2 }],
    ]);
  });

  it('ends the task where the error is final', async () => {
    const options = { attempt: 1, attemptsMax: 9, retryIf: () => false };
    const run = await ledger.run(creation, () => Promise.reject(new Error('gone')), options);
    expect(run.status).toBe('failed');
  });

  it('tells of a cancel that came before the failure was reported', async () => {
    const work = async () => {
      double.quiet = true;
      double.set(1, { status: 'cancelled' });
      throw new Error('stopped');
    };
    expect(await ledger.run(creation, work, { attempt: 1, attemptsMax: 2 })).toMatchObject({
      status: 'cancelled',
    });
  });

  it.each([
    [{ attempts: 0 }, 'attempts must be an int of 1 or more, not 0'],
    [{ attempts: 2, backoffMs: -1 }, 'backoffMs must be a number from 0 to 60000, not -1'],
    [{ attempt: 1 }, 'attemptsMax must be an int of 1 or more, not undefined'],
    [{ attempt: 0, attemptsMax: 1 }, 'attempt must be an int of 1 or more, not 0'],
    [{ attempts: 2, attempt: 1, attemptsMax: 2 }, 'leave out attempts and backoffMs'],
  ])('is not begun with %j', async (options, message) => {
    await expect(ledger.run(creation, () => {}, options as RunOptions)).rejects.toThrow(message);
    expect(double.events).toEqual([]);
  });
});

describe('a reported task', () => {
  it('says of a creation what it is a part of, and what else is known', async () => {
    const more = { labels: { team: 'search' }, parent: 'test/0', retryOf: '12', dueAt: new Date(0) };
    await ledger.create({ ...creation, ...more });
    expect(double.events[0]?.data).toMatchObject({
      ...{ labels: { team: 'search' }, parent: 'test/0', retry_of: '12', due_at: '1970-01-01T00:00:00.000Z' },
    });
    await expect(ledger.create({ ...creation, dueAt: new Date(NaN) })).rejects.toThrow(RangeError);
  });

  it('sends every message, in order, and does not let progress take its place', async () => {
    const task = await ledger.create(creation);
    await task.started();
    task.message('one');
    task.message('two', 'warning');
    task.message('x'.repeat(100_000));
    await task.completed();
    const messages = double.events.filter(({ type }) => type === 'task.progressed').map(({ data }) => data);
    expect(messages.slice(0, 2)).toEqual([{ message: 'one' }, { message: 'two', level: 'warning' }]);
    expect(messages[2]?.message).toMatch(/\[cut to 65536 bytes\]$/);
    expect(warnings).toEqual([]);
  });

  it('says nothing of progress between two attempts, which would begin the next one', async () => {
    const task = await ledger.create(creation);
    await task.started();
    const failed = task.attemptFailed(new Error('away'), { retryAt: new Date(0) });
    task.progress(5);
    await failed;
    task.progress(6);
    expect(double.tasks.get(1)?.status).toBe('pending');
    await task.started();
    task.progress(1);
    await task.completed();
    const progressed = double.events.filter(({ type }) => type === 'task.progressed');
    expect(progressed.map(({ data }) => data)).toEqual([{ progress: 1 }]);
  });

  it('says less of a failed attempt where that is refused, and the time of the next all the same', async () => {
    double.requestBytesMax = 4_000;
    const task = await ledger.create(creation);
    await task.started();
    const error = new Error('x'.repeat(10_000));
    expect(await task.attemptFailed(error, { retryAt: new Date(0) })).toMatchObject({ outcome: 'accepted' });
    expect(double.events.at(-1)?.data).toEqual({
      error_message: expect.stringMatching(/\[cut to 1024 bytes\]$/),
      retry_at: '1970-01-01T00:00:00.000Z',
    });
  });

  it('hears of no cancel any more after it was left', async () => {
    const task = await ledger.create(creation);
    const opened = new Promise<void>((resolve) => (double.onStream = resolve));
    await task.started();
    await opened;
    task.leave();
    const other = await ledger.create({ ...creation, key: 'test/2' });
    await other.started();
    double.set(1, { status: 'cancelled' });
    double.set(2, { status: 'cancelled' });
    await new Promise((resolve) => other.signal.addEventListener('abort', resolve));
    expect(other.signal.reason).toBeInstanceOf(TaskCancelledError);
    expect(task.signal.aborted).toBe(false);
  });
});
