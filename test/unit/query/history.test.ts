import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../../shared/contracts/errors.js';
import type { RecordedEvent } from '../../../shared/ports/event-store.js';
import { startFaked, type FakedService } from '../../support/query-fakes.js';

function stored(stream: string, revision: number, changes: Partial<RecordedEvent> = {}): RecordedEvent {
  return {
    id: `id-${revision}`,
    stream,
    revision,
    position: String(revision).padStart(16, '0'),
    type: 'TaskProgressed',
    data: { progress: revision, after: { attempt: 1, status: 'running' } },
    metadata: {
      source: '/p',
      event_id: `e${revision}`,
      principal: 'anonymous',
      authenticated_by: 'none',
      recorded_at: '2025-03-12T10:00:00.500Z',
      schema_version: '1',
      prev: 'p',
      hash: `h${revision}`,
    },
    ...changes,
  };
}

describe('GET /api/v1/tasks/{id}/history', () => {
  let faked: FakedService;
  beforeAll(async () => {
    faked = await startFaked();
  });
  afterAll(() => faked.service.close());
  beforeEach(() => {
    faked.fakes.ledgerAway = undefined;
    faked.fakes.streams.clear();
  });

  const get = (query = '') => fetch(`${faked.url}/api/v1/tasks/7/history${query}`);

  it('shows each event with all that is known of it, sealed values opened', async () => {
    const data = {
      project_id: 1,
      task_type: 'search',
      params: { hash: 'abc', salt: 'def', value: { q: 'x' } },
      after: { attempt: 0, status: 'pending' },
    };
    const metadata = { ...stored('task-7', 0).metadata, occurred_at: '2025-03-12T09:59:59.000Z' };
    faked.fakes.streams.set('task-7', [stored('task-7', 0, { type: 'TaskCreated', data, metadata })]);
    expect(await (await get()).json()).toEqual({
      code: 200,
      message: 'success',
      data: {
        task_id: 7,
        events: [
          {
            revision: 0,
            position: '0000000000000000',
            type: 'TaskCreated',
            occurred_at: '2025-03-12T09:59:59.000Z',
            recorded_at: '2025-03-12T10:00:00.500Z',
            source: '/p',
            event_id: 'e0',
            attempt: 0,
            principal: 'anonymous',
            hash: 'h0',
            prev: 'p',
            data: { project_id: 1, task_type: 'search', params: { q: 'x' } },
            erased: [],
            after: { attempt: 0, status: 'pending' },
            metadata,
          },
        ],
        evidence: [],
      },
    });
  });

  it('shows an erased value as null, by name', async () => {
    const data = { error_message: { hash: 'abc' }, after: { attempt: 2 } };
    faked.fakes.streams.set('task-7', [stored('task-7', 0, { type: 'TaskFailed', data })]);
    expect(await (await get()).json()).toMatchObject({
      data: { events: [{ data: { error_message: null }, erased: ['error_message'], attempt: 2 }] },
    });
  });

  it('shows the evidence and types that this version does not know', async () => {
    faked.fakes.streams.set('task-7', [stored('task-7', 0, { type: 'TaskKnitted', data: { rows: 3 } })]);
    faked.fakes.streams.set('taskEvidence-7', [
      stored('taskEvidence-7', 0, { type: 'TaskEventRefused', data: { attempt: 1, code: 'already_failed' } }),
    ]);
    expect(await (await get()).json()).toMatchObject({
      data: {
        events: [{ type: 'TaskKnitted', data: { rows: 3 }, attempt: null, after: null }],
        evidence: [{ type: 'TaskEventRefused', data: { code: 'already_failed' }, attempt: 1 }],
      },
    });
  });

  it('links from page to page until both streams have ended, giving every entry once', async () => {
    faked.fakes.streams.set(
      'task-7',
      Array.from({ length: 5 }, (_, revision) => stored('task-7', revision)),
    );
    faked.fakes.streams.set('taskEvidence-7', [stored('taskEvidence-7', 0)]);
    const revisions: number[] = [];
    let evidence = 0;
    let pages = 0;
    for (let path: string | undefined = '/api/v1/tasks/7/history?limit=2'; path !== undefined; pages++) {
      const response: Response = await fetch(`${faked.url}${path}`);
      const { data } = (await response.json()) as {
        data: { events: { revision: number }[]; evidence: object[] };
      };
      revisions.push(...data.events.map(({ revision }) => revision));
      evidence += data.evidence.length;
      path = /<(.+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    }
    expect({ revisions, evidence, pages }).toEqual({ revisions: [0, 1, 2, 3, 4], evidence: 1, pages: 3 });
  });

  it('ends a page early when its events are large', async () => {
    const data = { result: { hash: 'a', salt: 'b', value: { text: 'x'.repeat(1024 * 1024) } }, after: {} };
    faked.fakes.streams.set(
      'task-7',
      Array.from({ length: 8 }, (_, revision) => stored('task-7', revision, { data })),
    );
    const response = await get();
    const { data: page } = (await response.json()) as { data: { events: object[] } };
    expect(page.events).toHaveLength(4);
    expect(response.headers.get('link')).toContain('from_revision=4');
  });

  it('goes on after the end with nothing, and does not know a task without events', async () => {
    faked.fakes.streams.set('task-7', [stored('task-7', 0)]);
    expect(await (await get('?from_revision=10')).json()).toMatchObject({ code: 200, data: { events: [] } });
    faked.fakes.streams.clear();
    expect(await (await get('?from_revision=10')).json()).toEqual({
      code: 404,
      message: 'Task not found',
      data: null,
    });
  });

  it('is 503 while the ledger is away', async () => {
    faked.fakes.ledgerAway = new UnavailableError('The ledger is away');
    const response = await get();
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toEqual({ code: 503, message: 'The ledger is away', data: null });
  });

  it.each([
    'limit=0',
    'limit=1001',
    'limit=x',
    'from_revision=-1',
    'from_evidence=1.5',
    'from_revision=1&from_revision=2',
  ])('refuses %s', async (query) => {
    expect((await get(`?${query}`)).status).toBe(400);
  });
});
