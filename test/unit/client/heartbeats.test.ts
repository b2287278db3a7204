import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TaskledgerClient, type TaskledgerClientOptions } from '../../../clients/typescript/src/index.js';
import { Heartbeats } from '../../../clients/typescript/src/heartbeats.js';
import { JsonHttp } from '../../../clients/typescript/src/json-http.js';
import { TaskledgerDouble } from './taskledger-double.js';

const creation = { projectId: 7, taskType: 'crawl' };
let double: TaskledgerDouble;
let url: string;
let warnings: string[];

beforeEach(async () => {
  double = new TaskledgerDouble();
  url = await double.listen();
  warnings = [];
});
afterEach(() => double.close());

const warn = (_: string, code: string): void => void warnings.push(code);

/** Resolves when so many heartbeats have come from now on. */
function beats(number: number): Promise<void> {
  return new Promise((resolve) => (double.onHeartbeat = () => --number === 0 && resolve()));
}

function client(options: Partial<TaskledgerClientOptions>): TaskledgerClient {
  return new TaskledgerClient({ url, source: '/test', onWarning: warn, ...options });
}

describe('a client with heartbeatS', () => {
  it('promises with each start, and beats by one request for all tasks that run', async () => {
    const ledger = client({ heartbeatS: 1 });
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => ledger.create(creation)));
    await Promise.all([one?.started(), two?.started()]);
    expect(double.events.filter(({ type }) => type === 'task.started').map(({ data }) => data)).toEqual([
      { heartbeat_s: 1 },
      { heartbeat_s: 1 },
    ]);
    await beats(2);
    expect(double.heartbeats).toEqual([
      ['1', '2'],
      ['1', '2'],
    ]);
    await one?.completed();
    await two?.attemptFailed(new Error('away'));
    await three?.started();
    await beats(1);
    expect(double.heartbeats.at(-1)).toEqual(['3']);
    await two?.started();
    await beats(1);
    expect(double.heartbeats.at(-1)).toEqual(['3', '2']);
    await ledger.close();
  });

  it('beats for no task that is cancelled, or was left', async () => {
    const ledger = client({ heartbeatS: 1 });
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => ledger.create(creation)));
    const opened = new Promise<void>((resolve) => (double.onStream = resolve));
    await Promise.all([one?.started(), two?.started(), three?.started()]);
    await opened;
    two?.leave();
    const aborted = new Promise((resolve) => one?.signal.addEventListener('abort', resolve));
    await ledger.cancel(1);
    await aborted;
    await beats(1);
    expect(double.heartbeats.at(-1)).toEqual(['3']);
    await ledger.close();
  });

  it('says once that they are refused, and goes on', async () => {
    double.heartbeatStatus = 404;
    const ledger = client({ heartbeatS: 1 });
    const task = await ledger.create(creation);
    await task.started();
    await beats(3);
    expect(warnings).toEqual(['TASKLEDGER_HEARTBEAT']);
    await ledger.close();
  });

  it('warns of nothing while Taskledger is away, and beats again when it is back', async () => {
    double.heartbeatStatus = 503;
    const ledger = client({ heartbeatS: 1 });
    const task = await ledger.create(creation);
    await task.started();
    await beats(1);
    double.heartbeatStatus = 202;
    await beats(1);
    expect(warnings).toEqual([]);
    await ledger.close();
  });

  it.each([0, 1.5, -1, 604_801, NaN])('is not made with a promise of %d', (heartbeatS) => {
    expect(() => client({ heartbeatS })).toThrow('heartbeatS must be an int from 1 to 604800');
  });

  it('is not made over NATS without the address of the API', () => {
    expect(() => client({ url: 'nats://127.0.0.1:4222', heartbeatS: 1 })).toThrow('option apiUrl');
  });
});

it('names at most 1,000 tasks in one heartbeat', async () => {
  const heartbeats = new Heartbeats(new JsonHttp(url, 1_000), 1, warn);
  for (let id = 1; id <= 2_001; id++) heartbeats.begin(id);
  await beats(3);
  heartbeats.close();
  expect(double.heartbeats.map(({ length }) => length)).toEqual([1_000, 1_000, 1]);
});
