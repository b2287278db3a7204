import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Failure } from '../../../shared/core/ports/task-failures.js';
import { MemoryTaskSeries } from '../../support/memory-task-series.js';
import { startFaked, type FakedService } from '../../support/query-fakes.js';
import { position } from '../../support/read-model/changes.js';

const HOURS = 'from=2025-03-12T10:00:00Z&to=2025-03-12T13:00:00Z';
const [FULL, SLOW] = ['00000000000000f0', '0000000000000510'];

describe('GET /api/v1/errors', () => {
  let faked: FakedService;
  beforeAll(async () => {
    faked = await startFaked();
  });
  afterAll(() => faked.service.close());

  let changes = 0;
  /** Has something fail at a time of 12 March 2025. */
  async function fails(
    errorKey: string,
    time: string,
    said: Partial<Failure> & { projectId?: number; taskType?: string } = {},
  ): Promise<void> {
    const { projectId = 1, taskType = 'search', ...more } = said;
    const failure = {
      of: 'task' as const,
      taskId: 1,
      errorKey,
      errorType: 'OSError',
      text: 'disk full',
      ...more,
    };
    const at = `2025-03-12T${time}Z`;
    const change = { position: position(++changes), projectId, taskType, at, failure };
    await faked.fakes.series.apply([change], {
      checkpoint: { projection: 'series', position: position(changes) },
    });
  }
  beforeEach(() => {
    faked.fakes.series = new MemoryTaskSeries();
  });

  const get = (query: string) => fetch(`${faked.url}/api/v1/errors?${query}`);
  const data = async (query: string) => {
    const response = await get(query);
    expect(response.status).toBe(200);
    return ((await response.json()) as { data: any }).data;
  };
  const message = async (query: string) => {
    const response = await get(query);
    expect(response.status).toBe(400);
    return ((await response.json()) as { message: string }).message;
  };
  const keys = async (query: string): Promise<string[]> =>
    (await data(query)).errors.map(({ error_key }: { error_key: string }) => error_key);

  it('has each error once, with all that is known of it', async () => {
    await fails(FULL, '10:00:00.000', { taskId: 3 });
    await fails(FULL, '12:59:59.999', { taskId: 5, projectId: 2, text: 'disk full again' });
    await fails(FULL, '11:30:00.250', { taskId: 4, taskType: 'ocr', of: 'attempt' });
    await fails(FULL, '13:00:00.000');
    const response = await get(HOURS);
    expect(response.headers.get('taskledger-position')).toBe('0000000000000005');
    expect(response.headers.get('taskledger-lag-ms')).toBe('21');
    expect(await response.json()).toEqual({
      code: 200,
      message: 'success',
      data: {
        position: '0000000000000005',
        from: '2025-03-12T10:00:00Z',
        to: '2025-03-12T13:00:00Z',
        kept_from: null,
        count: 2,
        attempts: 1,
        keys: 1,
        errors: [
          {
            error_key: FULL,
            error_type: 'OSError',
            text: 'disk full again',
            count: 2,
            attempts: 1,
            first_seen: '2025-03-12T10:00:00',
            last_seen: '2025-03-12T12:59:59',
            task_id: 5,
            by_project: [
              { project_id: 1, count: 1, attempts: 1 },
              { project_id: 2, count: 1, attempts: 0 },
            ],
            by_type: [
              { task_type: 'search', count: 2, attempts: 0 },
              { task_type: 'ocr', count: 0, attempts: 1 },
            ],
          },
        ],
      },
    });
    expect((await data(`${HOURS}&times=rfc3339`)).errors[0]).toMatchObject({
      first_seen: '2025-03-12T10:00:00.000Z',
      last_seen: '2025-03-12T12:59:59.999Z',
    });
  });

  it('has those of the most tasks first, then the newest, and as many as are asked for', async () => {
    await fails('000000000000000a', '10:00:00.000');
    await fails('000000000000000b', '12:00:00.000', { of: 'attempt' });
    for (const time of ['10:10:00.000', '10:20:00.000']) await fails('000000000000000c', time);
    await fails('000000000000000d', '11:00:00.000');
    const order = ['000000000000000c', '000000000000000d', '000000000000000a', '000000000000000b'];
    expect(await keys(HOURS)).toEqual(order);
    const two = await data(`${HOURS}&limit=2`);
    expect(two).toMatchObject({ count: 4, attempts: 1, keys: 4 });
    expect(two.errors).toHaveLength(2);
  });

  it('is of those that the filters let through', async () => {
    await fails(FULL, '10:00:00.000', { taskType: 'ocr' });
    await fails(SLOW, '11:00:00.000', { projectId: -2 });
    expect(await keys(`${HOURS}&project_id=-2`)).toEqual([SLOW]);
    expect(await keys(`${HOURS}&project_id=3`)).toEqual([]);
    expect(await keys(`${HOURS}&task_type=ocr`)).toEqual([FULL]);
    expect(await keys(`${HOURS}&task_type=!ocr`)).toEqual([SLOW]);
    expect(await keys(`${HOURS}&error_key=${FULL}`)).toEqual([FULL]);
    expect(await keys(`${HOURS}&error_key=other`)).toEqual([]);
    expect(await keys('from=2025-03-12T10:59:59Z&to=2025-03-12T11:00:00Z')).toEqual([FULL]);
  });

  it('is of the last 24 hours where no times are given', async () => {
    // The clock of these tests stands at 1,000 seconds after 1970.
    expect(await data('')).toMatchObject({ from: '1969-12-31T00:00:00Z', to: '1970-01-01T01:00:00Z' });
    expect(await data('to=2025-03-12T13:00:00Z')).toMatchObject({ from: '2025-03-11T13:00:00Z' });
    expect(await message('from=2025-03-12T13:00:00Z')).toBe('from must be before now');
  });

  it('shows ten projects of an error, those with the most', async () => {
    for (let projectId = 1; projectId <= 12; projectId++) await fails(FULL, '10:00:00.000', { projectId });
    await fails(FULL, '10:00:00.000', { projectId: 12 });
    const [{ by_project }] = (await data(HOURS)).errors;
    expect(by_project).toHaveLength(10);
    expect(by_project[0]).toEqual({ project_id: 12, count: 2, attempts: 0 });
  });

  it('finds all of many records, and looks at so much and no more', async () => {
    const record = (byError: number) => ({
      position: '1',
      byType: [
        [
          'search',
          Array.from({ length: byError }, (_, at) => ({
            ...{ errorKey: String(at).padStart(16, '0'), errorType: null, text: '', taskId: 1 },
            ...{
              tasks: 1,
              attempts: 0,
              firstAt: '2025-03-12T10:00:00.000Z',
              lastAt: '2025-03-12T10:00:00.000Z',
            },
          })),
        ],
      ] as [string, any[]][],
    });
    const { records } = faked.fakes.series;
    const put = (projects: number, byError: number): void => {
      for (let projectId = 0; projectId < projects; projectId++)
        records.set(`e2025-03-12T10 p${String(projectId).padStart(16, '0')}`, record(byError));
    };
    put(150, 2);
    expect(await data(HOURS)).toMatchObject({ count: 300, keys: 2 });
    put(101, 500);
    expect(await message(HOURS)).toMatch(/^errors must be asked for at most 50000 times/);
    expect(await data(`${HOURS}&project_id=3`)).toMatchObject({ keys: 500 });
  });

  it('refuses what is kept no longer, and says from when on it is', async () => {
    await faked.fakes.series.keepFrom('2025-03-12');
    expect(await data(HOURS)).toMatchObject({ kept_from: '2025-03-12T00:00:00Z' });
    expect(await message('from=2025-03-11T23:59:59Z&to=2025-03-12T13:00:00Z')).toBe(
      'from must be 2025-03-12T00:00:00Z or later: errors are not kept from before that',
    );
  });

  it('refuses to answer while they are being built', async () => {
    const before = faked.fakes.seriesProgress;
    faked.fakes.seriesProgress = { ...before, rebuilding: true };
    const response = await get(HOURS);
    faked.fakes.seriesProgress = before;
    expect(response.status).toBe(503);
    expect(((await response.json()) as { message: string }).message).toMatch(/^The errors are being built/);
  });

  it.each([
    ['from=2025-03-12T11:00:00&to=2025-03-12T11:00:00', 'from must be before to'],
    [
      'from=2025-01-01T00:00:00Z&to=2025-03-25T08:00:01Z',
      'from and to must be at most 2000 hours apart: ask for a shorter time',
    ],
    [`${HOURS}&limit=0`, 'limit must be an int from 1 to 1000'],
    [`${HOURS}&limit=1001`, 'limit must be an int from 1 to 1000'],
    [`${HOURS}&error_key=FF`, 'error_key must be 16 hex digits in lower case, or other'],
    [`${HOURS}&times=unix`, 'times must be rfc3339'],
    [`${HOURS}&project_id=x`, 'project_id must be an int'],
    [`${HOURS}&project_id=1&project=papers`, 'project must be left out where project_id is given'],
    [
      `${HOURS}&status=failed`,
      'status is not taken here; taken are: from, to, project_id, project, task_type, error_key, times, limit',
    ],
  ])('refuses ?%s', async (query, refusal) => {
    expect(await message(query)).toBe(refusal);
  });
});
