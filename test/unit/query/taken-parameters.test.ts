import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { document, startFaked, type FakedService } from '../../support/query-fakes.js';

let faked: FakedService;
beforeAll(async () => {
  faked = await startFaked();
  faked.fakes.documents.set(7, document(7));
});
afterAll(() => faked.service.close());

async function answer(path: string): Promise<{ code: number; message: string }> {
  const response = await fetch(`${faked.url}${path}`);
  return (await response.json()) as { code: number; message: string };
}

describe('a parameter that would change which tasks are shown', () => {
  it.each([
    '/api/v1/tasks/7/history',
    '/api/v1/tasks/7/stream',
    '/api/v1/tasks/stream',
    '/api/v1/tasks/stats',
    '/api/v1/cancellations',
    '/api/v1/cancels/summary',
    '/api/v1/cancellations/00000000-0000-4000-8000-000000000001',
    '/api/v1/cancellations/00000000-0000-4000-8000-000000000001/tasks',
  ])('is not answered with the present: as_of at %s', async (path) => {
    const refused = await answer(`${path}?as_of=2025-03-12T10:00:00Z`);
    expect(refused).toMatchObject({ code: 400, message: expect.stringContaining('as_of is not taken here') });
  });

  it.each([
    'status=running',
    'task_type=ocr',
    'created_after=2025-03-12',
    'created_before=x',
    'key=k',
    'key_prefix=k/',
  ])('is refused by the stats, which know only the project: %s', async (parameter) => {
    const [name] = parameter.split('=');
    expect(await answer(`/api/v1/tasks/stats?${parameter}`)).toMatchObject({
      code: 400,
      message: `${name} is not taken here; taken are: project_id, project, times, cursor`,
    });
  });

  it('is refused by the stream of one task', async () => {
    expect(await answer('/api/v1/tasks/7/stream?status=running')).toMatchObject({ code: 400 });
  });
});

it('any other unknown parameter is ignored', async () => {
  for (const path of ['/api/v1/tasks', '/api/v1/tasks/7', '/api/v1/tasks/stats'])
    expect(await answer(`${path}?whatever=1`)).toMatchObject({ code: 200 });
});

describe('what is percent-encoded in a query', () => {
  it.each(['key=%ff', 'key=a%C0%AF', 'whatever=%E2%82'])('must be UTF-8: %s', async (query) => {
    expect(await answer(`/api/v1/tasks?${query}`)).toMatchObject({
      code: 400,
      message: 'The query holds a % that does not encode UTF-8',
    });
  });

  it.each([
    ['key=100%', '100%'],
    ['key=%zz', '%zz'],
    ['key=K%C3%B6ln+a', 'Köln a'],
  ])('is read as it is meant: %s', async (query, key) => {
    expect(await answer(`/api/v1/tasks?${query}`)).toMatchObject({ code: 200 });
    expect(faked.fakes.lists.at(-1)?.filter).toEqual({ key });
  });
});
