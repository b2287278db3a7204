import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SeriesChange } from '../../../shared/core/ports/task-series.js';
import { MemoryTaskSeries } from '../../support/memory-task-series.js';
import { startFaked, type FakedService } from '../../support/query-fakes.js';
import { position } from '../../support/read-model/changes.js';

const HOURS = 'by=hour&from=2025-03-12T10:00:00Z&to=2025-03-12T13:00:00Z';

describe('GET /api/v1/tasks/series', () => {
  let faked: FakedService;
  beforeAll(async () => {
    faked = await startFaked();
  });
  afterAll(() => faked.service.close());

  let changes = 0;
  /** Has something happen at a time of 12 March 2025. */
  async function happens(
    happened: SeriesChange['happened'],
    time: string,
    { projectId = 1, taskType = 'search', times = 1 } = {},
  ): Promise<void> {
    const all = Array.from({ length: times }, () => {
      const at = `2025-03-12T${time}Z`;
      return { position: position(++changes), projectId, taskType, happened, at };
    });
    const checkpoint = { projection: 'series', position: position(changes) };
    await faked.fakes.series.apply(all, { checkpoint });
  }
  beforeEach(() => {
    faked.fakes.series = new MemoryTaskSeries();
  });

  const get = (query: string) => fetch(`${faked.url}/api/v1/tasks/series?${query}`);
  const data = async (query: string) => ((await (await get(query)).json()) as { data: any }).data;
  const message = async (query: string) => {
    const response = await get(query);
    expect(response.status).toBe(400);
    return ((await response.json()) as { message: string }).message;
  };

  it('has a count of each interval, 0 where there was nothing', async () => {
    await happens('created', '10:00:00.000', { times: 2 });
    await happens('created', '12:59:59.999');
    await happens('created', '13:00:00.000');
    await happens('started', '11:00:00.000');
    const response = await get(`${HOURS}&of=created`);
    expect(response.status).toBe(200);
    expect(response.headers.get('taskledger-position')).toBe('0000000000000005');
    expect(response.headers.get('taskledger-lag-ms')).toBe('21');
    expect(await response.json()).toEqual({
      code: 200,
      message: 'success',
      data: {
        position: '0000000000000005',
        by: 'hour',
        of: 'created',
        from: '2025-03-12T10:00:00Z',
        interval_s: 3600,
        kept_from: null,
        total: 3,
        counts: [2, 0, 1],
      },
    });
    expect(await data(`${HOURS}&of=started`)).toMatchObject({ total: 1, counts: [0, 1, 0] });
    expect(await data(`${HOURS}&of=ended`)).toMatchObject({ total: 0, counts: [0, 0, 0] });
  });

  it('begins with the interval that from is in, and ends before to', async () => {
    await happens('created', '10:05:59.000');
    const minutes = 'by=minute&of=created';
    const one = await data(`${minutes}&from=2025-03-12T10:05:40&to=2025-03-12T10:06:00`);
    expect(one).toMatchObject({ from: '2025-03-12T10:05:00Z', interval_s: 60, counts: [1] });
    const two = await data(`${minutes}&from=2025-03-12T11:05:00%2B01:00&to=2025-03-12T10:06:01Z`);
    expect(two.counts).toEqual([1, 0]);
    const days = await data('by=day&of=created&from=2025-02-27T23:59:59Z&to=2025-03-13T00:00:00Z');
    expect(days).toMatchObject({ from: '2025-02-27T00:00:00Z', interval_s: 86_400, total: 1 });
    expect(days.counts).toHaveLength(14);
  });

  it('is of those that the filters let through', async () => {
    await happens('created', '10:00:00.000', { projectId: 1, taskType: 'ocr', times: 2 });
    await happens('created', '11:00:00.000', { projectId: 2 });
    await happens('completed', '10:00:00.000', { times: 3 });
    await happens('failed', '11:00:00.000', { projectId: 2 });
    const counts = async (query: string) => (await data(`${HOURS}&${query}`)).counts;
    expect(await counts('of=created&project_id=1')).toEqual([2, 0, 0]);
    expect(await counts('of=created&project_id=3')).toEqual([0, 0, 0]);
    expect(await counts('of=created&task_type=search')).toEqual([0, 1, 0]);
    expect(await counts('of=created&task_type=!search')).toEqual([2, 0, 0]);
    expect(await counts('of=ended')).toEqual([3, 1, 0]);
    expect(await counts('of=ended&status=failed')).toEqual([0, 1, 0]);
    expect(await counts('of=ended&status=!failed,!cancelled')).toEqual([3, 0, 0]);
    expect(await counts('of=ended&status=failed&project_id=1')).toEqual([0, 0, 0]);
  });

  it('is told apart by status, type or project, the largest first', async () => {
    await happens('completed', '10:00:00.000', { projectId: -2, taskType: 'ocr' });
    await happens('completed', '11:00:00.000', { projectId: 7 });
    await happens('failed', '11:00:00.000', { projectId: 7 });
    const groups = async (query: string) => (await data(`${HOURS}&of=ended&${query}`)).groups;
    expect(await groups('group=status')).toEqual([
      { status: 'completed', total: 2, counts: [1, 1, 0] },
      { status: 'failed', total: 1, counts: [0, 1, 0] },
    ]);
    expect(await groups('group=task_type')).toEqual([
      { task_type: 'search', total: 2, counts: [0, 2, 0] },
      { task_type: 'ocr', total: 1, counts: [1, 0, 0] },
    ]);
    expect(await groups('group=project_id')).toEqual([
      { project_id: 7, total: 2, counts: [0, 2, 0] },
      { project_id: -2, total: 1, counts: [1, 0, 0] },
    ]);
    expect(await groups('group=project_id&project_id=-2')).toEqual([
      { project_id: -2, total: 1, counts: [1, 0, 0] },
    ]);
    expect(await groups('group=project_id&task_type=ocr&project_id=7')).toEqual([]);
  });

  it('shows 50 groups, and what further ones have together', async () => {
    for (let projectId = 1; projectId <= 53; projectId++)
      await happens('created', '10:00:00.000', { projectId, times: projectId === 53 ? 2 : 1 });
    const shown = await data(`${HOURS}&of=created&group=project_id`);
    expect(shown.groups).toHaveLength(50);
    expect(shown.groups[0]).toEqual({ project_id: 53, total: 2, counts: [2, 0, 0] });
    expect(shown.others).toEqual({ total: 3, counts: [3, 0, 0] });
    expect(shown).toMatchObject({ total: 54, counts: [54, 0, 0] });
  });

  it('takes so many intervals, and so many records of projects, and no more', async () => {
    const minutes = 'by=minute&of=created&from=2025-03-12T00:00:00Z';
    expect((await data(`${minutes}&to=2025-03-13T09:20:00Z`)).counts).toHaveLength(2_000);
    expect(await message(`${minutes}&to=2025-03-13T09:20:01Z`)).toBe(
      'from and to must be at most 2000 intervals apart: ask for a shorter time, or a longer by',
    );
    expect(await message('by=day&of=created&from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z')).toMatch(
      /2000 intervals apart/,
    );
    for (let projectId = 0; projectId < 5_001; projectId++) {
      const key = `d2025-03-12 p${String(projectId).padStart(16, '0')}`;
      faked.fakes.series.records.set(key, { position: '1', byType: [['search', { created: 1 }]] });
    }
    const day = 'by=day&of=created&from=2025-03-12T00:00:00Z&to=2025-03-13T00:00:00Z&group=project_id';
    expect(await message(day)).toMatch(/^group=project_id must be asked for at most 5000 times/);
    expect((await data(`${day}&project_id=3`)).total).toBe(1);
  });

  it('refuses what is kept no longer, and says from when on it is', async () => {
    await faked.fakes.series.keepFrom('2025-03-12');
    const day = (from: string) => `by=day&of=created&from=${from}&to=2025-03-13T00:00:00Z`;
    expect(await data(day('2025-03-12T00:00:00Z'))).toMatchObject({ kept_from: '2025-03-12T00:00:00Z' });
    expect(await message(day('2025-03-11T23:59:59Z'))).toBe(
      'from must be 2025-03-12T00:00:00Z or later: the series are not kept from before that',
    );
  });

  it.each([
    ['of=created&from=2025-03-12T10:00:00&to=2025-03-12T11:00:00', 'by must be one of minute, hour, day'],
    [`${HOURS}`, 'of must be one of created, started, ended'],
    [`${HOURS}&of=pending`, 'of must be one of created, started, ended'],
    [`${HOURS}&of=ended&of=ended`, 'of must be given only once'],
    [`${HOURS}&of=ended&group=key`, 'group must be one of status, task_type, project_id'],
    ['by=hour&of=ended&to=2025-03-12T11:00:00', 'from must be given: a time as in RFC 3339'],
    ['by=hour&of=ended&from=2025-03-12T11:00:00', 'to must be given: a time as in RFC 3339'],
    ['by=hour&of=ended&from=2025-03-12T11:00:00&to=2025-03-12T11:00:00', 'from must be before to'],
    [`${HOURS}&of=created&status=failed`, 'status, as a filter or a group, is taken with of=ended only'],
    [`${HOURS}&of=started&group=status`, 'status, as a filter or a group, is taken with of=ended only'],
    [`${HOURS}&of=created&project_id=x`, 'project_id must be an int'],
  ])('refuses ?%s', async (query, refusal) => {
    expect(await message(query)).toBe(refusal);
  });

  it('refuses other values of the filters, and other filters, and names them', async () => {
    expect(await message(`${HOURS}&of=ended&status=pending`)).toMatch(
      /^status must be one or more of completed/,
    );
    expect(await message(`${HOURS}&of=ended&task_type=knitting`)).toMatch(/^task_type must be one or more/);
    expect(await message(`by=hour&of=ended&from=now&to=2025-03-12T11:00:00`)).toMatch(/^from must be a time/);
    expect(await message(`${HOURS}&of=ended&key_prefix=a/`)).toBe(
      'key_prefix is not taken here; taken are: by, of, from, to, project_id, project, task_type, status, group',
    );
  });

  it('is shown in health, where being behind is no trouble, and in the metrics', async () => {
    const { fakes } = faked;
    fakes.seriesProgress = { position: position(3), lagMs: 2500, caughtUp: false, parkedStreams: 1 };
    const ready = await (await fetch(`${faked.url}/health/ready`)).json();
    expect(ready).toMatchObject({
      code: 200,
      data: { parts: { series: { ok: true, lag_ms: 2500, lag_events: 5, parked_streams: 1 } } },
    });
    const metrics = await (await fetch(`${faked.url}/metrics`)).text();
    expect(metrics).toContain('taskledger_series_lag_seconds 2.5\n');
    expect(metrics).toContain('taskledger_series_parked_streams 1\n');
  });
});
