import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ATTEMPT_EVENTS_MAX } from '../../../services/query/tasks/list-attempts.js';
import { created, lifecycleEvent } from '../../support/command-side.js';
import { holdToOpenApi } from '../../support/hold-to-openapi.js';
import { document, startFaked, type FakedService } from '../../support/query-fakes.js';
import { WrittenLedger } from '../../support/written-ledger.js';

const PATH = '/api/v1/tasks/1';

let faked: FakedService;
let ledger: WrittenLedger;

beforeEach(async () => {
  ledger = new WrittenLedger();
  faked = await startFaked({}, ledger);
  faked.fakes.documents.set(1, document(1, { key: 'k', attempt: 3 }));
});
afterEach(() => faked.service.close());

async function get(query: string): Promise<{ status: number; data: Record<string, any> }> {
  const response = await fetch(`${faked.url}${PATH}?${query}`);
  await holdToOpenApi('GET', PATH, response);
  const { data } = (await response.json()) as { data: Record<string, any> };
  return { status: response.status, data };
}

const times = (count: number, event: () => object): object[] => Array.from({ length: count }, event);

describe('GET /api/v1/tasks/{id}?include=attempts', () => {
  it('shows the attempts after all other members, and nothing of them unless it is asked', async () => {
    const error = { error_message: 'no answer', error_type: 'Timeout', error_stack: 'at page 2' };
    await ledger.write(
      created('k'),
      lifecycleEvent('started', 'k', { worker: 'w-1' }),
      lifecycleEvent('attempt_failed', 'k', { ...error, retry_at: '2025-03-12T10:00:09Z' }),
      lifecycleEvent('started', 'k', { attempt: 4, worker: 'w-2' }),
    );
    const { data } = await get('include=attempts,attempt');
    expect(Object.keys(data).slice(-2)).toEqual(['attempt', 'attempts']);
    const now = '2025-03-12T10:00:00.000Z';
    expect(data.attempts).toEqual([
      {
        ...{ number: 1, started_at: now, ended_at: now, outcome: 'failed', worker: 'w-1' },
        ...{
          error_type: 'Timeout',
          error_message: 'no answer',
          retry_at: '2025-03-12T10:00:09.000Z',
          begun: 1,
        },
      },
      { from: 2, to: 3, outcome: 'unknown' },
      {
        ...{ number: 4, started_at: now, ended_at: null, outcome: 'running', worker: 'w-2' },
        ...{ error_type: null, error_message: null, retry_at: null, begun: 1 },
      },
    ]);
    expect((await get('')).data).not.toHaveProperty('attempts');
  });

  it('shows none of a task that never ran', async () => {
    await ledger.write(created('k'));
    expect((await get('include=attempts')).data.attempts).toEqual([]);
  });

  it('reads no more than the last attempts that it shows', async () => {
    await ledger.write(created('k'), ...times(150, () => lifecycleEvent('started', 'k')));
    const { attempts } = (await get('include=attempts')).data;
    expect([attempts.length, attempts[0].number, attempts[99].number]).toEqual([100, 51, 150]);
  });

  it('reads no more than so many events, and takes nothing that it has not read for a gap', async () => {
    await ledger.write(created('k'), ...times(3, () => lifecycleEvent('started', 'k')));
    const progress = (): object => lifecycleEvent('progressed', 'k', { progress: 1 });
    for (let written = 0; written < ATTEMPT_EVENTS_MAX; written += 1_000)
      await ledger.write(...times(1_000, progress));
    const { attempts } = (await get('include=attempts')).data;
    expect(attempts).toMatchObject([{ number: 3, outcome: 'running' }]);
  }, 60_000);

  it('refuses to show what does not verify', async () => {
    await ledger.write(created('k'), lifecycleEvent('started', 'k'));
    const started = ledger.events.find(({ type }) => type === 'TaskStarted');
    if (started !== undefined) started.metadata.source = '/forged';
    expect((await get('include=attempts')).status).toBe(409);
    expect((await get('include=attempt')).status).toBe(200);
  });
});
