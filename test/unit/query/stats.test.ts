import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { durationSummary } from '../../../shared/core/domain/duration-sketch.js';
import {
  count,
  noCounts,
  type CountChange,
  type TaskCounts,
} from '../../../shared/core/domain/task-counts.js';
import { startFaked, type FakedService } from '../../support/query-fakes.js';

const NONE = { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };

function counts(position: string, ...changes: Partial<CountChange>[]): TaskCounts {
  const counted = { ...noCounts(), position };
  const usual = { position, projectId: 1, taskType: 'search', before: undefined, after: 'pending' } as const;
  for (const change of changes) count(counted, { ...usual, ...change });
  for (const ofType of counted.byType.values()) ofType.durations = durationSummary(ofType.sketch);
  return counted;
}

describe('GET /api/v1/tasks/stats', () => {
  let faked: FakedService;
  beforeAll(async () => {
    faked = await startFaked();
  });
  afterAll(() => faked.service.close());
  beforeEach(() => {
    faked.fakes.counts.clear();
    faked.fakes.projects = [];
  });

  const get = (query = '') => fetch(`${faked.url}/api/v1/tasks/stats${query}`);
  const data = async (query = '') => ((await (await get(query)).json()) as { data: any }).data;

  it('is the counts by status, type and project, members in the documented order', async () => {
    const ended = [100, 1_000, 10_000].map((durationMs) => ({ after: 'completed' as const, durationMs }));
    faked.fakes.counts.set(undefined, counts('0000000000000009', { taskType: 'ocr' }, ...ended));
    faked.fakes.projects = [
      { projectId: -1, byStatus: { ...NONE, completed: 3 }, silent: 0 },
      { projectId: 2, byStatus: { ...NONE, pending: 1 }, silent: 1 },
    ];
    const response = await get();
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(
      JSON.stringify({
        code: 200,
        message: 'success',
        data: {
          position: '0000000000000009',
          total: 4,
          by_status: { ...NONE, pending: 1, completed: 3 },
          silent: 0,
          by_type: {
            ocr: {
              total: 1,
              by_status: { ...NONE, pending: 1 },
              silent: 0,
              duration_ms: { count: 0, median: null, p95: null },
            },
            search: {
              total: 3,
              by_status: { ...NONE, completed: 3 },
              silent: 0,
              // To 1 %.
              duration_ms: { count: 3, median: 1002, p95: 1002 },
            },
          },
          by_project: [
            { project_id: -1, total: 3, by_status: { ...NONE, completed: 3 }, silent: 0 },
            { project_id: 2, total: 1, by_status: { ...NONE, pending: 1 }, silent: 1 },
          ],
        },
      }),
    );
  });

  it('is of one project alone when it is asked for', async () => {
    faked.fakes.counts.set(7, counts('0000000000000002', {}));
    expect(await data('?project_id=7')).toEqual({
      position: '0000000000000006',
      total: 1,
      by_status: { ...NONE, pending: 1 },
      silent: 0,
      by_type: {
        search: {
          total: 1,
          by_status: { ...NONE, pending: 1 },
          silent: 0,
          duration_ms: { count: 0, median: null, p95: null },
        },
      },
    });
  });

  it('is all zero where nothing is counted', async () => {
    expect(await data('?project_id=8')).toMatchObject({ total: 0, by_status: NONE, by_type: {} });
    expect(await data()).toMatchObject({ total: 0, by_status: NONE, by_type: {}, by_project: [] });
  });

  it('says up to where it counts, and how far that is behind', async () => {
    faked.fakes.counts.set(undefined, counts('0000000000000004', {}));
    const behind = await get();
    expect(behind.headers.get('taskledger-position')).toBe('0000000000000006');
    expect(behind.headers.get('taskledger-lag-ms')).toBe('12');
    faked.fakes.counts.set(undefined, counts('0000000000000008', {}));
    const ahead = await get();
    expect(ahead.headers.get('taskledger-position')).toBe('0000000000000008');
    const { fakes } = faked;
    fakes.counts.clear();
    fakes.statsProgress = { ...fakes.statsProgress, position: undefined };
    const nowhere = await get();
    expect(nowhere.headers.get('taskledger-position')).toBeNull();
    expect(await nowhere.json()).toMatchObject({ data: { position: null } });
  });

  it('leads from page to page of 1000 projects', async () => {
    faked.fakes.projects = Array.from({ length: 2_500 }, (_, at) => ({
      projectId: at - 9,
      byStatus: NONE,
      silent: 0,
    }));
    const found: number[] = [];
    let path: string | undefined = '/api/v1/tasks/stats';
    for (let page = 0; path !== undefined && page < 10; page++) {
      const response: Response = await fetch(`${faked.url}${path}`);
      const { by_project } = ((await response.json()) as { data: { by_project: { project_id: number }[] } })
        .data;
      found.push(...by_project.map(({ project_id }) => project_id));
      path = /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    }
    expect(found).toEqual(Array.from({ length: 2_500 }, (_, at) => at - 9));
  });

  it.each([
    ['project_id=x', 'project_id must be an int'],
    ['project_id=1&project_id=2', 'project_id must be given only once'],
    ['cursor=here', 'cursor must be one that a Link header of these stats has given'],
  ])('refuses ?%s', async (query, message) => {
    const response = await get(`?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ code: 400, message, data: null });
  });

  it('is shown in health, where being behind is no trouble, and in the metrics', async () => {
    const { fakes } = faked;
    fakes.statsProgress = { position: '0000000000000003', lagMs: 2500, caughtUp: false, parkedStreams: 1 };
    const ready = async () => (await fetch(`${faked.url}/health/ready`)).json();
    expect(await ready()).toMatchObject({
      code: 200,
      data: {
        parts: { stats: { ok: true, lag_ms: 2500, lag_events: 5, caught_up: false, parked_streams: 1 } },
      },
    });
    const metrics = await (await fetch(`${faked.url}/metrics`)).text();
    expect(metrics).toContain('taskledger_stats_lag_seconds 2.5\n');
    expect(metrics).toContain('taskledger_stats_lag_events 5\n');
    expect(metrics).toContain('taskledger_stats_parked_streams 1\n');
    expect(metrics).toContain('taskledger_stats_caught_up 0\n');
    fakes.statsProgress = { ...fakes.statsProgress, lastError: 'disk full' };
    expect(await ready()).toMatchObject({ code: 503, message: 'Not ready: stats' });
  });
});
