import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HeardTasks } from '../../../services/query/events/heard-tasks.js';
import { ANONYMOUS_CALLER } from '../../../shared/core/contracts/caller.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { TaskStatus } from '../../../shared/core/domain/task.js';
import { created, lifecycleEvent } from '../../support/command-side.js';
import { holdToOpenApi } from '../../support/hold-to-openapi.js';
import { document, startFaked, type FakedService } from '../../support/query-fakes.js';
import { WrittenLedger } from '../../support/written-ledger.js';

/** When the ledgers of these tests begin. */
const BEGIN_MS = Date.parse('2025-03-12T10:00:00.000Z');

let faked: FakedService;
let ledger: WrittenLedger;

beforeEach(async () => {
  ledger = new WrittenLedger();
  faked = await startFaked({}, ledger);
  await ledger.write(
    created('k', {}, { heartbeat_s: 60 }),
    lifecycleEvent('started', 'k'),
    created('unpromised'),
    lifecycleEvent('started', 'unpromised'),
  );
  show('running', 60);
});
afterEach(() => faked.service.close());

/** Has the read model show the first task so. */
function show(status: TaskStatus, heartbeat_s: number | undefined): void {
  const tasks = [
    document(1, { key: 'k', status, heartbeat_s }),
    document(2, { key: 'unpromised', status: 'running' }),
  ];
  for (const task of tasks) faked.fakes.documents.set(task.taskId, task);
  const promises: Record<number, number | null> = { 1: heartbeat_s ?? null, 2: null };
  faked.fakes.list = ({ include, filter }) => {
    const items = tasks
      .filter(({ taskId }) => filter.taskIds?.includes(taskId) ?? true)
      .map(({ taskId, key, itemJson }) =>
        include?.includes('heartbeat_s')
          ? `${itemJson.slice(0, -1)},"key":"${key}","heartbeat_s":${promises[taskId]}}`
          : itemJson,
      );
    return { items };
  };
}

async function get(path: string): Promise<{ status: number; message: string; data: any }> {
  const response = await fetch(`${faked.url}${path}`);
  await holdToOpenApi('GET', path.split('?')[0] as string, response);
  return { status: response.status, ...((await response.json()) as { message: string; data: any }) };
}

/** What the detail and the list say of the first task, which is the same. */
async function heardAt(times = 'rfc3339'): Promise<unknown> {
  const query = `include=heard_at${times === '' ? '' : `&times=${times}`}`;
  const detail = (await get(`/api/v1/tasks/1?${query}`)).data.heard_at;
  const [item] = (await get(`/api/v1/tasks?${query}`)).data;
  expect(item.heard_at).toBe(detail);
  return detail;
}

describe('include=heard_at', () => {
  it('is when the last event was recorded, while no heartbeat is known', async () => {
    ledger.passMs(7_250);
    await ledger.write(lifecycleEvent('progressed', 'k', { message: 'page 7' }));
    expect(await heardAt()).toBe('2025-03-12T10:00:07.250Z');
    expect(await heardAt('')).toBe('2025-03-12T10:00:07');
  });

  it.each(['1', 'k'])('is the last heartbeat, where that is later (%s)', async (name) => {
    faked.fakes.heardMs.set(name, BEGIN_MS + 9_000);
    expect(await heardAt()).toBe('2025-03-12T10:00:09.000Z');
    ledger.passMs(12_000);
    await ledger.write(lifecycleEvent('progressed', 'k', { progress: 1 }));
    expect(await heardAt()).toBe('2025-03-12T10:00:12.000Z');
  });

  it('is what was known when the task went silent, until there is a heartbeat', async () => {
    ledger.passMs(90_000);
    await ledger.silence(1, 1);
    expect(await heardAt()).toBe('2025-03-12T10:00:00.000Z');
    faked.fakes.heardMs.set('k', BEGIN_MS + 95_000);
    expect(await heardAt()).toBe('2025-03-12T10:01:35.000Z');
  });

  it.each([
    ['of one that does not run', 'completed', 60],
    ['of one that has promised nothing', 'running', undefined],
  ] as const)('is null %s', async (_, status, heartbeat_s) => {
    show(status, heartbeat_s);
    faked.fakes.heardMs.set('k', BEGIN_MS);
    expect(await heardAt()).toBeNull();
  });

  it('says nothing by an event that does not verify', async () => {
    const last = ledger.events.find(({ revision, stream }) => revision === 1 && stream === 'task-1');
    (last as { metadata: Record<string, string> }).metadata.recorded_at = '2025-03-12T23:00:00.000Z';
    expect(await heardAt()).toBeNull();
    faked.fakes.heardMs.set('k', BEGIN_MS + 1);
    expect(await heardAt()).toBe('2025-03-12T10:00:00.001Z');
  });

  it('follows all other members of a list, and of a detail those of the document', async () => {
    const list = await get('/api/v1/tasks?include=heard_at');
    expect(list.data.map((item: object) => Object.keys(item).at(-1))).toEqual(['heard_at', 'heard_at']);
    expect(list.data[1].heard_at).toBeNull();
    const detail = await get('/api/v1/tasks/1?include=children,heard_at,attempts,silent');
    expect(Object.keys(detail.data).slice(-4)).toEqual(['silent', 'heard_at', 'attempts', 'children']);
    expect((await get('/api/v1/tasks/1')).data).not.toHaveProperty('heard_at');
    expect((await get('/api/v1/tasks/stream?include=heard_at')).status).toBe(400);
  });

  it('looks nothing up where no task of the list runs', async () => {
    show('completed', 60);
    faked.fakes.documents.clear();
    ledger.readStream = () => {
      throw new Error('The ledger is asked');
    };
    faked.fakes.list = () => ({ items: [document(1, { status: 'failed' }).itemJson] });
    expect((await get('/api/v1/tasks?include=heard_at')).data).toMatchObject([{ heard_at: null }]);
  });

  it('is to be asked for again while the ledger is away', async () => {
    ledger.readStream = () => {
      throw new UnavailableError('The ledger is away');
    };
    expect((await get('/api/v1/tasks?include=heard_at')).status).toBe(503);
    expect((await get('/api/v1/tasks')).status).toBe(200);
  });
});

describe('HeardTasks', () => {
  const clock = { nowMs: () => nowMs };
  let nowMs = 0;
  let heard: HeardTasks;
  beforeEach(() => {
    nowMs = BEGIN_MS;
    heard = new HeardTasks(clock);
  });

  it('knows the last heartbeat by any name', () => {
    heard.heard({ tasks: ['k', '7'] }, ANONYMOUS_CALLER);
    nowMs += 5;
    heard.heard({ tasks: ['k'] }, ANONYMOUS_CALLER);
    expect(heard.lastMs(['7', 'k'])).toBe(BEGIN_MS + 5);
    expect(heard.lastMs(['7'])).toBe(BEGIN_MS);
    expect(heard.lastMs(['8', 'other'])).toBeUndefined();
  });

  it('hears none that can not be read, and none of who may not publish', () => {
    heard.heard({ tasks: ['0'] }, ANONYMOUS_CALLER);
    heard.heard({ tasks: ['k'] }, { ...ANONYMOUS_CALLER, rights: ['read', 'cancel'] });
    expect(heard.lastMs(['0', 'k'])).toBeUndefined();
  });

  it('forgets what was not heard of lately, when there is no more room', () => {
    const small = new HeardTasks(clock, 100_000);
    small.heard({ tasks: ['early', 'steady'] }, ANONYMOUS_CALLER);
    for (let number = 0; number < 1_000; number++)
      small.heard({ tasks: ['steady', `other/${number}`] }, ANONYMOUS_CALLER);
    expect(small.lastMs(['early'])).toBeUndefined();
    expect(small.lastMs(['steady'])).toBe(BEGIN_MS);
    expect(small.lastMs(['other/999'])).toBe(BEGIN_MS);
  });
});
