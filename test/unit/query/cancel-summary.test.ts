import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { created, lifecycleEvent } from '../../support/command-side.js';
import { holdToOpenApi } from '../../support/hold-to-openapi.js';
import { document, startFaked, type FakedService } from '../../support/query-fakes.js';
import { WrittenLedger } from '../../support/written-ledger.js';

const PATH = '/api/v1/cancels/summary';
const NONE = { count: 0, median: null, p95: null };

let faked: FakedService;
let ledger: WrittenLedger;

beforeEach(async () => {
  ledger = new WrittenLedger();
  faked = await startFaked({}, ledger);
});
afterEach(() => faked.service.close());

/** A running task of a worker that is cancelled; what the list shows of it. */
async function cancelled(key: string, worker: string | null): Promise<void> {
  const [taskId] = await ledger.write(
    created(key),
    lifecycleEvent('started', key, worker === null ? {} : { worker }),
  );
  await ledger.cancel({ task_id: taskId, command_id: `c-${key}` });
  const item = { ...(JSON.parse(document(taskId as number).itemJson) as object), worker };
  faked.fakes.page = { ...faked.fakes.page, items: [JSON.stringify(item), ...faked.fakes.page.items] };
}

async function summary(query = ''): Promise<any> {
  const response = await fetch(`${faked.url}${PATH}${query}`);
  await holdToOpenApi('GET', PATH, response);
  return ((await response.json()) as { data: unknown }).data;
}

const stopped = (key: string): Promise<void> =>
  ledger.send(lifecycleEvent('cancelled', key, {}, { id: `r-${key}` }));

describe('GET /api/v1/cancels/summary', () => {
  it('is empty while nothing was cancelled', async () => {
    expect(await summary()).toEqual({
      exact: true,
      tasks: 0,
      unreadable: 0,
      honoured: 0,
      too_late: 0,
      unheard: 0,
      reported: 0,
      stopped_after_ms: NONE,
      by_project: [],
      by_type: [],
      by_worker: [],
    });
  });

  it('counts each by what was heard of it first, and how long those took that stopped', async () => {
    await cancelled('a', 'w-1');
    ledger.passMs(2_000);
    await stopped('a');
    await cancelled('b', 'w-2');
    await ledger.send(lifecycleEvent('completed', 'b'));
    await stopped('b');
    await cancelled('c', null);
    await cancelled('d', 'w-1');
    const data = await summary();
    const all = { honoured: 1, too_late: 1, unheard: 2, reported: 0 };
    expect(data).toMatchObject({ exact: true, tasks: 4, unreadable: 0, ...all });
    expect(data.stopped_after_ms.count).toBe(1);
    for (const shown of [data.stopped_after_ms.median, data.stopped_after_ms.p95])
      expect(Math.abs(shown - 2_000)).toBeLessThanOrEqual(20);
    expect(data.by_project).toEqual([{ project_id: 1, ...all, stopped_after_ms: data.stopped_after_ms }]);
    expect(data.by_type).toEqual([{ task_type: 'search', ...all, stopped_after_ms: data.stopped_after_ms }]);
    expect(data.by_worker).toMatchObject([
      { worker: 'w-1', honoured: 1, too_late: 0, unheard: 1, stopped_after_ms: { count: 1 } },
      { worker: 'w-2', honoured: 0, too_late: 1, unheard: 0, stopped_after_ms: NONE },
    ]);
  });

  it('leaves out what does not verify, and says so', async () => {
    await cancelled('a', 'w-1');
    await cancelled('b', 'w-2');
    for (const event of ledger.events)
      if (event.stream === 'task-1' && event.type === 'TaskCancelled') event.metadata.hash = 'x';
    expect(await summary()).toMatchObject({ tasks: 1, unreadable: 1, unheard: 1 });
  });

  it('asks for the newest cancelled tasks that match, and says when there are more', async () => {
    faked.fakes.page = { items: [], next: { at: '2025-03-12T10:00:00', taskId: 7 } };
    expect(await summary('?project_id=3&limit=10')).toMatchObject({ exact: false });
    expect(faked.fakes.lists).toMatchObject([
      { filter: { projectId: 3, statuses: ['cancelled'] }, limit: 10, include: ['worker'] },
    ]);
  });

  it.each([
    ['status=cancelled', 'status is not taken here'],
    ['limit=1001', 'limit must be an int from 1 to 1000'],
  ])('refuses %s', async (query, message) => {
    const response = await fetch(`${faked.url}${PATH}?${query}`);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { message: string }).message).toContain(message);
  });
});
