import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { taskIdOfStream } from '../../../shared/core/application/streams.js';
import { versionsProjection } from '../../../projections/versions/versions-projection.js';
import { position } from '../../support/read-model/changes.js';
import { FakeLedger } from '../../support/fake-ledger.js';
import { recordedLives } from '../../support/recorded-life.js';
import { document, startFaked, type FakedService } from '../../support/query-fakes.js';

/** Of which each task has five events, recorded a second apart. */
const TASKS = 4;
const FIRST_MS = Date.parse('1970-01-01T00:00:01.000Z');

let ledger: FakeLedger;
let faked: FakedService;
beforeEach(async () => {
  ledger = new FakeLedger();
  for (const [at, event] of (await recordedLives(TASKS)).entries()) {
    const recorded_at = new Date(FIRST_MS + 1_000 * at).toISOString();
    ledger.take({ ...event, position: position(at + 1), metadata: { ...event.metadata, recorded_at } });
  }
  faked = await startFaked({}, ledger);
  const { versions } = faked.fakes;
  for (const event of ledger.events) {
    const { state, position: from } = versionsProjection.project(event);
    versions.states.set(state.taskId, [...(versions.states.get(state.taskId) ?? []), { from, state }]);
    faked.fakes.documents.set(state.taskId, document(state.taskId));
  }
  versions.units = [{ unit: 0, position: position(1), at: new Date(FIRST_MS).toISOString() }];
  const progress = { position: position(5 * TASKS), lagMs: 0, caughtUp: true, parkedStreams: 0 };
  Object.assign(faked.fakes, { progress, versionsProgress: progress });
});
afterEach(() => faked.service.close());

async function ask(path: string) {
  const response = await fetch(`${faked.url}${path}`);
  const { code, message, data } = (await response.json()) as { code: number; message: string; data: unknown };
  return { code, message, data, headers: response.headers };
}

const taskIds = (): number[] => [...faked.fakes.versions.states.keys()];

describe('as_of', () => {
  it.each([
    ['a time', '1970-01-01T00:00:03.500Z', 3],
    ['the time of an event', '1970-01-01T00:00:03.000Z', 3],
    ['a time with an offset', '1970-01-01T01:00:03%2B01:00', 3],
    ['a time without one', '1970-01-01T00:00:03', 3],
    ['a position', position(7), 7],
    ['a time after all of it', '1970-01-01T00:10:00Z', 20],
  ])('is %s: the last position recorded by then', async (_, moment, at) => {
    const answer = await ask(`/api/v1/tasks?status=running&as_of=${moment}`);
    expect(answer.code).toBe(200);
    expect(answer.headers.get('taskledger-position')).toBe(position(at));
    expect(answer.headers.get('taskledger-lag-ms')).toBe('0');
    expect(faked.fakes.versions.lists).toMatchObject([
      { position: position(at), filter: { statuses: ['running'] } },
    ]);
  });

  it('is before everything where nothing was recorded by then', async () => {
    const answer = await ask('/api/v1/tasks?as_of=1970-01-01T00:00:00Z');
    expect(answer).toMatchObject({ code: 200, data: [] });
    expect(answer.headers.get('taskledger-position')).toBeNull();
  });

  it.each([
    ['as_of=yesterday', 'as_of must be a time such as'],
    ['as_of=', 'as_of must be a time such as'],
    ['as_of=7', 'as_of must be a time such as'],
    ['as_of=1970-01-01T00:20:00Z', 'as_of must not be in the future'],
    [`as_of=${position(21)}`, `as_of must not be beyond the ledger's end, which is ${position(20)}`],
    [`as_of=${position(1)}&as_of=${position(2)}`, 'as_of must be given only once'],
  ])('is refused otherwise: %s', async (query, message) => {
    for (const path of ['/api/v1/tasks', '/api/v1/tasks/count', `/api/v1/tasks/${taskIds()[0]}`])
      expect(await ask(`${path}?${query}`)).toMatchObject({
        code: 400,
        message: expect.stringContaining(message),
      });
  });

  it('has pages that are all of one position, whatever time was asked for', async () => {
    const { itemJson } = document(1);
    faked.fakes.versions.page = { items: [itemJson], next: { at: '2025-03-12T10:00:00', taskId: 1 } };
    const { headers } = await ask('/api/v1/tasks?limit=1&as_of=1970-01-01T00:00:03Z');
    const [, next = ''] = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '') ?? [];
    expect(next).toContain(`as_of=${position(3)}`);
    expect((await ask(next)).code).toBe(200);
    expect(faked.fakes.versions.lists.map((list) => list.position)).toEqual([position(3), position(3)]);
    expect(faked.fakes.versions.lists[1]?.cursor).toEqual({ at: '2025-03-12T10:00:00', taskId: 1 });
  });

  it('counts', async () => {
    const answer = await ask(`/api/v1/tasks/count?status=running&as_of=${position(9)}`);
    expect(answer.data).toEqual({ count: 3, exact: true });
    expect(answer.headers.get('taskledger-position')).toBe(position(9));
    expect(faked.fakes.versions.counted).toEqual([
      { position: position(9), filter: { statuses: ['running'] } },
    ]);
  });

  it('shows a task as it was, and not before it was there', async () => {
    const [first = 0, , , last = 0] = taskIds();
    const shown = async (id: number, at: number) =>
      ask(`/api/v1/tasks/${id}?include=attempt&as_of=${position(at)}`);
    expect((await shown(first, 1)).data).toMatchObject({ status: 'pending', attempt: 0 });
    expect((await shown(first, 5)).data).toMatchObject({
      status: 'running',
      attempt: 1,
      started_at: expect.any(String),
    });
    expect((await shown(first, 20)).data).toMatchObject({ status: 'cancelled' });
    expect(await shown(last, 3)).toMatchObject({ code: 404 });
  });

  it('shows nothing of a task that is read from the present ledger', async () => {
    const answer = await ask(`/api/v1/tasks/${taskIds()[0]}?include=attempts&as_of=${position(9)}`);
    expect(answer).toMatchObject({ code: 400, message: expect.stringContaining('include must be') });
  });

  it('before what is kept is refused by lists, and read from the ledger for a task', async () => {
    const at = '1970-01-01T00:00:10.000Z';
    faked.fakes.versions.kept = { unit: 1, position: position(10), at };
    const id = taskIds()[0] as number;
    // As if it were gone.
    faked.fakes.versions.states.clear();
    for (const path of ['/api/v1/tasks', '/api/v1/tasks/count'])
      expect(await ask(`${path}?as_of=${position(9)}`)).toMatchObject({
        code: 400,
        message: `as_of must be ${at} or later, or ${position(10)} or a later position: lists of before are not kept`,
      });
    expect((await ask(`/api/v1/tasks?as_of=${position(10)}`)).code).toBe(200);
    for (const [moment, status, progress] of [
      [1, 'pending', 0],
      [5, 'running', 0],
      [9, 'running', 7],
    ])
      expect((await ask(`/api/v1/tasks/${id}?as_of=${position(moment as number)}`)).data).toMatchObject({
        id,
        status,
        progress,
      });
    // By a time as well: that of its first event is the first second.
    const byTime = async (time: string) => (await ask(`/api/v1/tasks/${id}?as_of=${time}`)).data;
    expect(await byTime('1970-01-01T00:00:01Z')).toMatchObject({ id, status: 'pending' });
    expect(await byTime('1970-01-01T00:00:09Z')).toMatchObject({ id, status: 'running', progress: 7 });
    expect(await byTime('1970-01-01T00:00:00Z')).toBeNull();
  });

  it('where no versions are kept is refused by lists, and read from the ledger for a task', async () => {
    await faked.service.close();
    faked = await startFaked({}, ledger, { versionsProjector: undefined });
    const id = taskIdOfStream(ledger.events[0]?.stream ?? '');
    for (const path of ['/api/v1/tasks?as_of=', '/api/v1/tasks/count?as_of='])
      for (const moment of [position(9), '1970-01-01T00:00:09Z'])
        expect(await ask(path + moment)).toMatchObject({
          code: 400,
          message: 'as_of is not taken here: VERSIONS_KEEP_DAYS is 0, and no lists of before are kept',
        });
    expect(await ask(`/api/v1/tasks/diff?from=${position(1)}&to=${position(2)}`)).toMatchObject({
      code: 400,
    });
    for (const moment of [position(9), '1970-01-01T00:00:09Z'])
      expect((await ask(`/api/v1/tasks/${id}?as_of=${moment}`)).data).toMatchObject({ id, progress: 7 });
    expect((await ask('/health/ready')).code).not.toBe(503);
  });

  it('waits for what is not taken in, and is answered 503 when that takes too long', async () => {
    const ended = { ...faked.fakes.versionsProgress };
    faked.fakes.versionsProgress = { ...ended, position: position(8) };
    const waiting = ask(`/api/v1/tasks?as_of=${position(9)}`);
    const late = await ask(`/api/v1/tasks?as_of=${position(10)}`);
    expect(late).toMatchObject({ code: 503, message: expect.stringContaining('is not taken in yet') });
    expect((await waiting).code).toBe(503);
    const again = ask(`/api/v1/tasks?as_of=${position(9)}`);
    faked.fakes.versionsProgress = ended;
    expect((await again).code).toBe(200);
  });

  it('is answered 503 while the versions are built', async () => {
    faked.fakes.versionsProgress = { ...faked.fakes.versionsProgress, rebuilding: true };
    expect(await ask(`/api/v1/tasks?as_of=${position(9)}`)).toMatchObject({ code: 503 });
    expect((await ask('/api/v1/tasks')).code).toBe(200);
  });
});

describe('the difference of two moments', () => {
  type Difference = {
    id: number;
    difference: string;
    from: { status: string } | null;
    to: { status: string };
  };
  const differences = async (query: string): Promise<Difference[]> => {
    const all: Difference[] = [];
    for (let path: string | undefined = `/api/v1/tasks/diff?${query}`; path !== undefined;) {
      const { code, data, headers } = await ask(path);
      expect(code).toBe(200);
      all.push(...(data as Difference[]));
      path = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    return all;
  };

  it.each([1, 2, 100])(
    'has each task that changed once, with what it was and is: pages of %s',
    async (limit) => {
      const ids = taskIds();
      // Two were created, all started, and one was cancelled.
      const found = await differences(`from=${position(2)}&to=${position(17)}&limit=${limit}`);
      expect(found.map(({ id, difference }) => [id, difference])).toEqual([
        [ids[2], 'appeared'],
        [ids[3], 'appeared'],
        [ids[0], 'ended'],
        [ids[1], 'changed'],
      ]);
      expect(found[0]).toMatchObject({ from: null, to: { status: 'running' } });
      expect(found[2]).toMatchObject({ from: { status: 'pending' }, to: { status: 'cancelled' } });
    },
  );

  it('has what a filter lets through at either moment', async () => {
    const ids = taskIds();
    const found = await differences(`from=${position(16)}&to=${position(18)}&status=running`);
    expect(found.map(({ id }) => id)).toEqual([ids[0], ids[1]]);
    expect(await differences(`from=${position(16)}&to=${position(18)}&status=pending`)).toEqual([]);
    expect(await differences(`from=${position(16)}&to=${position(16)}`)).toEqual([]);
  });

  it('is told by times as well, and from before everything', async () => {
    const found = await differences('from=1970-01-01T00:00:00Z&to=1970-01-01T00:00:02Z');
    expect(found.map(({ difference }) => difference)).toEqual(['appeared', 'appeared']);
  });

  it.each([
    ['', 'from and to must both be given'],
    [`from=${position(1)}`, 'from and to must both be given'],
    [`from=${position(2)}&to=${position(1)}`, 'from must not be after to'],
    [`from=x&to=${position(1)}`, 'from must be a time such as'],
    [`from=${position(1)}&to=${position(2)}&cursor=${position(3)}`, 'cursor must be one that'],
    [`from=${position(1)}&to=${position(2)}&as_of=${position(3)}`, 'as_of is not taken here'],
  ])('is refused: %s', async (query, message) => {
    expect(await ask(`/api/v1/tasks/diff?${query}`)).toMatchObject({
      code: 400,
      message: expect.stringContaining(message),
    });
  });
});
