import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TASK_FILTER_PARAMETERS } from '../../../services/query/tasks/task-filter-parameters.js';
import { startFaked, type FakedService } from '../../support/query-fakes.js';

/** Those that a control character can be in. */
const TAKES_ANY = ['key', 'parent', 'root', 'retry_of', 'worker', 'error_type'];

describe('GET /api/v1/tasks/count', () => {
  let faked: FakedService;
  beforeAll(async () => {
    faked = await startFaked();
  });
  afterAll(() => faked.service.close());
  beforeEach(() => {
    faked.fakes.counted.length = 0;
    faked.fakes.count = { count: 0, exact: true };
  });

  const get = (query = '', init: RequestInit = {}) => fetch(`${faked.url}/api/v1/tasks/count${query}`, init);

  it.each([
    { count: 7, exact: true },
    { count: 10_000, exact: false },
  ])('answers %j in the envelope, with how fresh it is', async (count) => {
    faked.fakes.count = count;
    const response = await get();
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(
      `{"code":200,"message":"success","data":{"count":${count.count},"exact":${count.exact}}}`,
    );
    expect(response.headers.get('taskledger-position')).toBe('0000000000000007');
    expect(response.headers.get('taskledger-lag-ms')).toBe('3');
  });

  it('counts what a list with the same parameters shows, whatever they are', async () => {
    const query =
      '?status=!failed&task_type=ocr&project_id=3&created_after=2025-03-12T10:00:00&key_prefix=a/';
    await get(query);
    await fetch(`${faked.url}/api/v1/tasks${query}`);
    expect(faked.fakes.counted).toEqual([faked.fakes.lists.at(-1)?.filter]);
    expect(Object.keys(faked.fakes.counted[0] ?? {})).toHaveLength(5);
  });

  it('refuses a value that a list refuses, and names it', async () => {
    for (const name of TASK_FILTER_PARAMETERS.filter((one) => !TAKES_ANY.includes(one))) {
      const refused = await get(`?${name}=%00`);
      expect(refused.status).toBe(400);
      expect(await refused.json()).toEqual(
        await (await fetch(`${faked.url}/api/v1/tasks?${name}=%00`)).json(),
      );
    }
    expect(faked.fakes.counted).toEqual([]);
  });

  it('is there as HEAD, and takes no other method', async () => {
    const head = await get('', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const refused = await get('', { method: 'DELETE' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });
});
