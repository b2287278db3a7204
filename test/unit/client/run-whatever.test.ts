import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TaskledgerClient, type TaskledgerClientOptions } from '../../../clients/typescript/src/index.js';
import { HARD_VALUES } from '../../support/hard-values.js';
import { untilTrue } from '../../support/until-true.js';
import { TaskledgerDouble } from './taskledger-double.js';

let double: TaskledgerDouble;
let url: string;
let ledger: TaskledgerClient;
let warnings: string[];

beforeEach(async () => {
  double = new TaskledgerDouble();
  url = await double.listen();
  warnings = [];
  ledger = client();
});
afterEach(async () => {
  await ledger.close({ timeoutMs: 0 }).catch(() => {});
  await double.close();
});

function client(options: Partial<TaskledgerClientOptions> = {}): TaskledgerClient {
  return new TaskledgerClient({
    ...{ url, source: '/test', cancelPollIntervalMs: 3_600_000 },
    retry: { retryDelayMsMin: 1, retryDelayMsMax: 2 },
    onWarning: (message) => warnings.push(message),
    ...options,
  });
}

const creation = { projectId: 7, taskType: 'crawl', key: 'test/1' };
const typesSent = (): string[] => double.events.map(({ type }) => type).slice(2);

describe('TaskledgerClient.run', () => {
  it.each(HARD_VALUES)('fails the task when its work throws %s', async (_, make) => {
    const thrown = make();
    const run = await ledger.run(creation, () => {
      throw thrown;
    });
    expect(run).toMatchObject({ id: 1, status: 'failed', recorded: true });
    expect(Object.is((run as { error: unknown }).error, thrown)).toBe(true);
    const { status, error_message } = double.tasks.get(1) ?? {};
    expect(status).toBe('failed');
    expect(error_message).not.toBe('');
    expect(error_message).not.toContain('[object Object]');
    expect(typesSent()).toEqual(['task.failed']);
  });

  it.each(HARD_VALUES)('completes the task when its work returns %s', async (_, make) => {
    const run = await ledger.run(creation, () => make());
    expect(run).toMatchObject({ id: 1, status: 'completed', recorded: true });
    expect(double.tasks.get(1)?.status).toBe('completed');
    expect(double.tasks.get(1)?.result).toEqual((run as { result: object }).result);
    expect(typesSent()).toEqual(['task.completed']);
  });

  it('fails the task with why a request could not be made', async () => {
    const run = await ledger.run(creation, () => fetch('http://127.0.0.1:1/'));
    expect(run.status).toBe('failed');
    expect(double.tasks.get(1)?.error_message).toMatch(
      /^(fetch failed: connect ECONNREFUSED|bad port)|: bad port$/,
    );
  });

  it('fails the task when its work is no function', async () => {
    const run = await ledger.run(creation, 'work' as never);
    expect(run.status).toBe('failed');
    expect(double.tasks.get(1)?.status).toBe('failed');
  });

  it('completes the task without the result that a proxy does not let through, and says so', async () => {
    double.requestBytesMax = 10_000;
    const run = await ledger.run(creation, () => ({ rows: 'x'.repeat(20_000) }));
    const result = {
      taskledger_left_out: expect.stringMatching(/^The result is not on record: .* answered 413/),
    };
    expect(run).toMatchObject({ status: 'completed', result });
    expect(double.tasks.get(1)).toMatchObject({ status: 'completed', result });
  });

  it('fails the task with less of a text that a proxy does not let through', async () => {
    double.requestBytesMax = 10_000;
    const run = await ledger.run(creation, () => {
      throw new Error('x'.repeat(20_000));
    });
    expect(run.status).toBe('failed');
    expect(double.tasks.get(1)).toMatchObject({
      status: 'failed',
      error_message: expect.stringMatching(/^x{900,1024}… \[cut to 1024 bytes\]$/),
    });
  });

  it('fails the task when Taskledger takes no completion of it', async () => {
    double.refusedEnds = ['task.completed'];
    const run = await ledger.run(creation, () => ({ found: 2 }));
    expect(run).toMatchObject({
      status: 'failed',
      error: { message: 'The result was refused: No such end' },
    });
    expect(double.tasks.get(1)?.status).toBe('failed');
    expect(typesSent()).toEqual(['task.completed', 'task.completed', 'task.failed']);
  });

  it('throws when Taskledger takes no end at all', async () => {
    double.refusedEnds = ['task.completed', 'task.failed'];
    const run = ledger.run(creation, () => {});
    await expect(run).rejects.toMatchObject({ code: 'refused', message: 'Task 1: No such end' });
  });

  it('ends the task with less when its end is refused after nobody waits any more', async () => {
    const { port } = new URL(url);
    await double.close();
    const away = client({ awayAfterMs: 0 });
    const run = await away.run(creation, () => ({ rows: 'x'.repeat(20_000) }));
    expect(run).toMatchObject({ status: 'completed', recorded: false });
    double.requestBytesMax = 10_000;
    const ended = new Promise<void>((resolve) => {
      double.onEvents = () => double.tasks.get(1)?.status === 'completed' && resolve();
    });
    await double.listen(Number(port));
    await away.flush();
    await ended;
    expect(double.tasks.get(1)?.result).toHaveProperty('taskledger_left_out');
    expect(warnings).toContainEqual(
      expect.stringMatching(/^Task 1: task.completed was refused: .* answered 413/),
    );
    await away.close();
  });

  it('sends no second end of a task that could not be created', async () => {
    const { port } = new URL(url);
    await double.close();
    const away = client({ awayAfterMs: 0 });
    await away.run({ taskType: 'crawl' } as never, () => ({ found: 2 }));
    await double.listen(Number(port));
    expect(await away.flush()).toBe(true);
    await away.close();
    expect(double.events.map(({ type }) => type)).toEqual(['task.created']);
    expect(warnings.filter((message) => message.includes('task.completed'))).toHaveLength(1);
  });
});

describe('a task that is reported about by hand', () => {
  it.each(HARD_VALUES)('is completed or failed with %s', async (_, make) => {
    const [one, other] = [await ledger.create(creation), await ledger.create({ ...creation, key: 'test/2' })];
    expect((await one.completed(make())).outcome).toBe('accepted');
    expect((await other.failed(make())).outcome).toBe('accepted');
    expect([...double.tasks.values()].map(({ status }) => status)).toEqual(['completed', 'failed']);
  });

  it('is cancelled with any reason', async () => {
    for (const [at, reason] of ['no need', undefined, 42, 'x'.repeat(300_000), '\ud800'].entries()) {
      const task = await ledger.create({ ...creation, key: `test/${at}` });
      expect((await task.cancelled(reason as string)).outcome).toBe('accepted');
    }
  });

  it('ends whatever its progress says, which is warned of', async () => {
    for (const [at, progress] of [5n, 'x'.repeat(300_000), NaN, Symbol('p')].entries()) {
      const task = await ledger.create({ ...creation, key: `test/${at}` });
      task.progress(progress as number, { message: 'y\ud800'.repeat(100_000) });
      expect((await task.completed()).outcome).toBe('accepted');
    }
    await untilTrue(() => warnings.length === 4);
  });

  it('is warned of when its end is refused after its progress was', async () => {
    const { port } = new URL(url);
    const away = client({ awayAfterMs: 0, progressIntervalMs: 0 });
    const task = await away.create(creation);
    await double.close();
    await task.started();
    task.progress(1);
    await task.completed();
    double.refuseProgress = true;
    double.refusedEnds = ['task.completed'];
    await double.listen(Number(port));
    await away.flush();
    await untilTrue(() =>
      warnings.some((message) => message.startsWith('Task 1: task.completed was refused')),
    );
    await away.close();
  });
});

describe('TaskledgerClient.create', () => {
  it.each([
    ['a function', { parse: () => {} }],
    ['a number that is none', { limit: NaN }],
    ['half a surrogate', { name: '\ud800' }],
    ['__proto__ as a member', JSON.parse('{"__proto__":1}') as object],
  ])('throws for params with %s, and creates nothing', async (_, params) => {
    await expect(ledger.create({ ...creation, params })).rejects.toThrow(TypeError);
    await expect(ledger.run({ ...creation, params }, () => {})).rejects.toThrow("JSON can't carry");
    expect(double.events).toEqual([]);
  });

  it('throws for params that are too large, and creates nothing', async () => {
    const created = ledger.create({ ...creation, params: { rows: 'x'.repeat(300_000) } });
    await expect(created).rejects.toMatchObject({ code: 'refused', status: 413 });
    expect(double.events).toEqual([]);
  });

  it('takes the params of an interface or a class, as JSON has them', async () => {
    interface Params {
      since: Date;
      folder?: string;
    }
    const params: Params = { since: new Date(0) };
    await ledger.create({ ...creation, params });
    expect(double.tasks.get(1)?.params).toEqual({ since: '1970-01-01T00:00:00.000Z' });
  });
});
