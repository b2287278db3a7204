import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeCrypto } from '../../../shared/adapters/node/node-crypto.js';
import { chainEvent } from '../../../shared/core/application/chained-event.js';
import { withSealedHashes } from '../../../shared/core/application/sealed-value.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { canonicalJson, type JsonObject } from '../../../shared/core/domain/json.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { startFaked, type FakedService } from '../../support/query-fakes.js';

const crypto = new NodeCrypto();

interface Happened {
  type?: string;
  data?: JsonObject;
  metadata?: Record<string, string>;
}

/** Events of one stream as they are stored, with a chain that verifies. */
function chain(stream: string, happened: readonly Happened[]): RecordedEvent[] {
  let prev = '';
  return happened.map(({ type = 'TaskProgressed', data = { after: AFTER }, metadata = {} }, revision) => {
    const said = {
      source: '/p',
      event_id: `e${revision}`,
      recorded_at: '2025-03-12T10:00:00.500Z',
      ...metadata,
    };
    const texts = { stored: canonicalJson(data), hashed: canonicalJson(withSealedHashes(data, crypto)) };
    const place = { stream, revision, prev };
    const event = chainEvent(place, type, texts, canonicalJson(said).slice(1, -1), crypto);
    prev = event.hash;
    return {
      id: event.id,
      type,
      data,
      metadata: JSON.parse(event.metadata) as Record<string, string>,
      stream,
      revision,
      position: String(revision).padStart(16, '0'),
    };
  });
}

const AFTER = {
  project_id: 1,
  task_type: 'search',
  created_at: '2025-03-12T09:59:59.000Z',
  started_at: '2025-03-12T10:00:00.000Z',
  progress: 3,
};

function times<Item>(count: number, item: Item): Item[] {
  return Array<Item>(count).fill(item);
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

  it('shows all digits of a large integer', async () => {
    const data = { after: AFTER, params: { salt: 'def', value: { id: 1541815603606036480 } } };
    faked.fakes.streams.set('task-7', chain('task-7', [{ type: 'TaskCreated', data }]));
    expect(await (await get()).text()).toContain('"params":{"id":1541815603606036480}');
  });

  it('shows each event with all that is known of it, sealed values opened', async () => {
    const data = {
      after: { project_id: 1, task_type: 'search', key: 'k', total: 9 },
      params: { salt: 'def', value: { q: 'x' } },
    };
    const metadata = { occurred_at: '2025-03-12T09:59:59.000Z', ce_trace: 't', $correlationId: 'run' };
    const [event] = chain('task-7', [{ type: 'TaskCreated', data, metadata }]) as [RecordedEvent];
    faked.fakes.streams.set('task-7', [event]);
    const { hash } = event.metadata;
    expect(await (await get()).json()).toEqual({
      code: 200,
      message: 'success',
      data: {
        task_id: 7,
        intact: true,
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
            hash,
            prev: '',
            data: { key: 'k', project_id: 1, task_type: 'search', params: { q: 'x' }, total: 9 },
            erased: [],
            after: {
              attempt: 0,
              completed_at: null,
              created_at: '2025-03-12T09:59:59.000Z',
              key: 'k',
              namespace: 'default',
              progress: 0,
              project_id: 1,
              started_at: null,
              status: 'pending',
              task_id: 7,
              task_type: 'search',
              total: 9,
              was: 'new',
            },
            metadata: {
              source: '/p',
              event_id: 'e0',
              $correlationId: 'run',
              $causationId: 'e0',
              principal: 'anonymous',
              authenticated_by: 'none',
              occurred_at: '2025-03-12T09:59:59.000Z',
              recorded_at: '2025-03-12T10:00:00.500Z',
              schema_version: '2',
              ce_trace: 't',
              ce_correlationid: 'run',
              prev: '',
              hash,
            },
          },
        ],
        evidence: [],
      },
    });
  });

  it('shows an erased value as null, by name', async () => {
    const data = { error_message: { hash: 'abc' }, after: { ...AFTER, attempt: 2 } };
    faked.fakes.streams.set('task-7', chain('task-7', [{ type: 'TaskFailed', data }]));
    expect(await (await get()).json()).toMatchObject({
      data: {
        intact: true,
        events: [{ data: { error_message: null }, erased: ['error_message'], attempt: 2 }],
      },
    });
  });

  it('shows a cancel whose state this program does not read, without saying more of it', async () => {
    faked.fakes.streams.set(
      'task-7',
      chain('task-7', [{}, { type: 'TaskCancelled', data: { reason: 'x' } }]),
    );
    const { data } = (await (await get()).json()) as { data: { intact: boolean; events: object[] } };
    expect([data.intact, data.events.length, 'cancel' in data]).toEqual([true, 2, false]);
  });

  it('shows the evidence, and types and versions that this program does not know', async () => {
    const unknown = { data: { rows: 3, after: { yarn: 'red' } } };
    faked.fakes.streams.set(
      'task-7',
      chain('task-7', [
        { type: 'TaskKnitted', ...unknown },
        { ...unknown, metadata: { schema_version: '77' } },
      ]),
    );
    const refused = { type: 'TaskEventRefused', data: { attempt: 1, code: 'already_failed' } };
    faked.fakes.streams.set('taskEvidence-7', chain('taskEvidence-7', [refused]));
    expect(await (await get()).json()).toMatchObject({
      data: {
        intact: false,
        fault: 'task-7@1: this program does not know how schema version 77 is hashed',
        events: [
          { type: 'TaskKnitted', data: { rows: 3 }, attempt: null, after: { yarn: 'red' } },
          { type: 'TaskProgressed', data: { rows: 3 }, attempt: null, after: { yarn: 'red' } },
        ],
        evidence: [{ type: 'TaskEventRefused', data: { code: 'already_failed' }, attempt: 1 }],
      },
    });
  });

  it('shows what does not verify as it is, and says which is the first', async () => {
    const events = chain('task-7', times(4, {}));
    (events[1] as RecordedEvent).metadata.event_id = 'forged';
    (events[2] as RecordedEvent).metadata.event_id = 'forged too';
    faked.fakes.streams.set('task-7', events);
    const fault = 'task-7@1: the hash is not that of the event';
    expect(await (await get()).json()).toMatchObject({
      data: { intact: false, fault, events: [{ event_id: 'e0' }, { event_id: 'forged' }, {}, {}] },
    });
    const hashes = events.map(({ metadata }) => metadata.hash);
    expect(await (await get('?from_revision=3')).json()).toMatchObject({
      data: { intact: true, events: [{ revision: 3, prev: hashes[2], metadata: { prev: hashes[2] } }] },
    });
  });

  it('shows nothing of what another program has written, be it under our name or behind our events', async () => {
    const foreign = (revision: number): RecordedEvent => ({
      ...(chain('task-7', [{}])[0] as RecordedEvent),
      revision,
      data: { secret: 'theirs' },
      metadata: { their: 'secret' },
    });
    faked.fakes.streams.set('task-7', [foreign(0), foreign(1)]);
    const refused = await get();
    expect([refused.status, refused.headers.get('Taskledger-Reason')]).toEqual([409, 'foreign_stream']);
    expect(await refused.text()).not.toContain('secret');
    faked.fakes.streams.set('task-7', [...chain('task-7', [{}]), foreign(1)]);
    const mixed = await (await get()).text();
    expect(JSON.parse(mixed)).toMatchObject({
      data: { intact: false, events: [{ event_id: 'e0' }, { damage: 'written by another program' }] },
    });
    expect(mixed).not.toContain('secret');
  });

  it('says so of a record whose beginning was cut off', async () => {
    faked.fakes.streams.set('task-7', chain('task-7', times(4, {})).slice(2));
    const fault = 'task-7@2: an event before it is missing';
    expect(await (await get()).json()).toMatchObject({ data: { intact: false, fault } });
  });

  it('says so when only the evidence does not verify', async () => {
    faked.fakes.streams.set('task-7', chain('task-7', [{}]));
    const evidence = chain('taskEvidence-7', times(2, { type: 'TaskEventRefused', data: { code: 'x' } }));
    evidence[1] = { ...(evidence[1] as RecordedEvent), id: '00000000-0000-8000-8000-000000000000' };
    faked.fakes.streams.set('taskEvidence-7', evidence);
    const fault = 'taskEvidence-7@1: the id is not that of the hash';
    expect(await (await get()).json()).toMatchObject({ data: { intact: false, fault } });
  });

  it('shows of a damaged event its place and what is wrong, and all the others', async () => {
    const events = chain('task-7', times(3, {}));
    const { stream, revision, position } = events[1] as RecordedEvent;
    const damage = 'its checksum is wrong';
    events[1] = { id: '', type: '', data: {}, metadata: {}, stream, revision, position, damage };
    faked.fakes.streams.set('task-7', events);
    expect(await (await get()).json()).toMatchObject({
      data: {
        intact: false,
        fault: 'task-7@1: its checksum is wrong',
        events: [
          { event_id: 'e0' },
          {
            revision: 1,
            position,
            type: '',
            damage,
            occurred_at: null,
            recorded_at: null,
            data: {},
            after: null,
            prev: events[0]?.metadata.hash,
          },
          { event_id: 'e2', prev: '' },
        ],
      },
    });
    // What comes after it can't be verified, since it can't be told what it was linked to.
    expect(await (await get('?from_revision=2')).json()).toMatchObject({ data: { intact: false } });
  });

  it('links from page to page until both streams have ended, giving every entry once', async () => {
    faked.fakes.streams.set('task-7', chain('task-7', times(5, {})));
    faked.fakes.streams.set('taskEvidence-7', chain('taskEvidence-7', [{}]));
    const revisions: number[] = [];
    const intact: boolean[] = [];
    let evidence = 0;
    let pages = 0;
    for (let path: string | undefined = '/api/v1/tasks/7/history?limit=2'; path !== undefined; pages++) {
      const response: Response = await fetch(`${faked.url}${path}`);
      const { data } = (await response.json()) as {
        data: { intact: boolean; events: { revision: number }[]; evidence: object[] };
      };
      revisions.push(...data.events.map(({ revision }) => revision));
      intact.push(data.intact);
      evidence += data.evidence.length;
      path = /<(.+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    }
    expect({ revisions, evidence, pages }).toEqual({ revisions: [0, 1, 2, 3, 4], evidence: 1, pages: 3 });
    expect(intact).toEqual([true, true, true]);
  });

  it('ends a page early when its events are large', async () => {
    const data = { result: { salt: 'b', value: { text: 'x'.repeat(1024 * 1024) } }, after: AFTER };
    faked.fakes.streams.set('task-7', chain('task-7', times(8, { data })));
    const response = await get();
    const { data: page } = (await response.json()) as { data: { events: object[] } };
    expect(page.events).toHaveLength(4);
    expect(response.headers.get('link')).toContain('from_revision=4');
  });

  it('goes on after the end with nothing, and does not know a task without events', async () => {
    faked.fakes.streams.set('task-7', chain('task-7', [{}]));
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
