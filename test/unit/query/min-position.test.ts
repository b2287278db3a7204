import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ENDPOINTS, type Endpoint } from '../../../services/query/endpoints.js';
import { document, startFaked, type FakedService } from '../../support/query-fakes.js';
import { untilTrue } from '../../support/until-true.js';

/** As the fakes have it: the lists are at 7, the counts at 6, the series at 5, the ledger at 8. */
const at = (events: number): string => String(events).padStart(16, '0');

let faked: FakedService;
afterEach(() => faked.service.close());

const ask = async (path: string, method = 'GET') => {
  const response = await fetch(`${faked.url}${path}`, { method });
  return { status: response.status, headers: response.headers, body: (await response.json()) as any };
};

describe('min_position', () => {
  beforeEach(async () => {
    faked = await startFaked({ positionWaitMs: 100 });
    faked.fakes.documents.set(7, document(7));
  });

  const RANGE = 'from=2025-03-12T00:00:00Z&to=2025-03-13T00:00:00Z';

  it.each([
    ['/api/v1/tasks?', 7],
    ['/api/v1/tasks/count?', 7],
    ['/api/v1/tasks/7?', 7],
    ['/api/v1/cancels/summary?', 7],
    ['/api/v1/tasks/stats?', 6],
    [`/api/v1/tasks/series?by=day&of=created&${RANGE}&`, 5],
    [`/api/v1/errors?${RANGE}&`, 5],
    ['/api/v1/tasks/7/history?', 8],
    ['/api/v1/tasks/7/messages?', 8],
    ['/api/v1/cancellations?', 8],
    ['/api/v1/projects?', 8],
  ])('%s is answered at what it has come to, and not before: %i', async (path, reached) => {
    const there = await ask(`${path}min_position=${at(reached)}`);
    // Nothing is in the ledger's fake: not found is an answer as well.
    expect([200, 404]).toContain(there.status);
    const later = await ask(`${path}min_position=${at(reached + 1)}`);
    expect(later.status).toBe(503);
    expect(later.headers.get('retry-after')).toBe('1');
    expect(later.body.message).toBe(`What is asked for has come to position ${at(reached)} only; try again`);
  });

  it.each(['x', '12', '', '0000000000000007%00', '-000000000000007'])('is refused as %j', async (text) => {
    expect(await ask(`/api/v1/tasks?min_position=${text}`)).toMatchObject({
      status: 400,
      body: {
        message: 'min_position must be a position, as Taskledger-Position and the outcomes of events have it',
      },
    });
  });

  it('is refused twice, and however it is encoded', async () => {
    const twice = await ask(`/api/v1/tasks?min_position=${at(7)}&min%5fposition=${at(8)}`);
    expect(twice).toMatchObject({ status: 400, body: { message: 'min_position must be given only once' } });
    expect(await ask(`/api/v1/tasks?m%69n_position=${at(8)}`)).toMatchObject({ status: 503 });
  });

  it.each(['/api/v1/tasks/stream', '/api/v1/tasks/7/stream', '/api/v1/tasks/7/messages/stream'])(
    'is refused by %s, which begins where it is told to',
    async (path) => {
      expect(await ask(`${path}?min_position=${at(7)}`)).toMatchObject({
        status: 400,
        body: { message: 'min_position is not taken here, where nothing of the past is read' },
      });
    },
  );

  it('is taken wherever something is read from the ledger, or from what is made of it', () => {
    const others = Object.entries<Endpoint>(ENDPOINTS)
      .filter(([, { method, right, reads }]) => method === 'GET' && right === 'read' && reads === undefined)
      .map(([name]) => name);
    expect(others).toEqual(['streamTasks', 'streamMessages', 'streamTask']);
  });

  it('goes along to the next page', async () => {
    faked.fakes.page = { items: [], next: { second: 1, taskId: 7 } as never };
    const { headers } = await ask(`/api/v1/tasks?min_position=${at(7)}`);
    expect(headers.get('link')).toContain(`min_position=${at(7)}&cursor=`);
  });
});

it('a read is answered as soon as what it reads has come to the position', async () => {
  faked = await startFaked({ positionWaitMs: 60_000 });
  const { fakes } = faked;
  const reads = ['/api/v1/tasks', '/api/v1/tasks/count'].map((path) => ask(`${path}?min_position=${at(9)}`));
  let answered = 0;
  for (const read of reads) void read.then(() => answered++);
  await ask('/api/v1/tasks');
  expect(answered).toBe(0);
  fakes.progress = { ...fakes.progress, position: at(9) };
  await untilTrue(async () => answered === 2);
  for (const read of reads) expect((await read).headers.get('taskledger-position')).toBe(at(9));
});

it('no more than 1,000 reads wait at a time', async () => {
  faked = await startFaked({ positionWaitMs: 60_000 });
  const { fakes } = faked;
  const reads = Array.from({ length: 1_001 }, () => ask(`/api/v1/tasks?min_position=${at(9)}`));
  const { status, body } = await Promise.race(reads);
  expect([status, body.message]).toEqual([503, 'Too many requests wait for a position; try again']);
  fakes.progress = { ...fakes.progress, position: at(9) };
  const statuses = (await Promise.all(reads)).map((read) => read.status);
  expect(statuses.filter((each) => each === 200)).toHaveLength(1_000);
});
