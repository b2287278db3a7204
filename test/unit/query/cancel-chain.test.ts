import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { created, lifecycleEvent } from '../../support/command-side.js';
import { holdToOpenApi } from '../../support/hold-to-openapi.js';
import { document, startFaked, type FakedService } from '../../support/query-fakes.js';
import { erase } from '../../support/stored-form-story.js';
import { WrittenLedger } from '../../support/written-ledger.js';

const PATH = '/api/v1/tasks/1';

let faked: FakedService;
let ledger: WrittenLedger;

beforeEach(async () => {
  ledger = new WrittenLedger();
  faked = await startFaked({}, ledger);
  faked.fakes.documents.set(1, document(1, { key: 'k' }));
});
afterEach(() => faked.service.close());

async function get(path: string): Promise<{ status: number; data: Record<string, any> }> {
  const response = await fetch(faked.url + path);
  await holdToOpenApi('GET', path.split('?')[0] as string, response);
  return { status: response.status, data: ((await response.json()) as { data: Record<string, any> }).data };
}

/** The cancel as the detail shows it, which the history must say as well. */
async function chain(): Promise<any> {
  const { cancel } = (await get(`${PATH}?include=cancel`)).data;
  const history = await get(`${PATH}/history`);
  expect(history.data.cancel ?? null).toEqual(cancel);
  return cancel;
}

const started = (): Promise<unknown> => ledger.write(created('k'), lifecycleEvent('started', 'k'));
const cancel = (): Promise<void> =>
  ledger.cancel({ task_id: 1, command_id: 'c-1', reason: 'wrong seed list', actor: 'ana' });
const receipt = (over: object = {}): object =>
  lifecycleEvent('cancelled', 'k', { reason: 'told to', attempt: 1 }, { id: 'r-1', ...over });

describe('what is known of a cancel', () => {
  it('is nothing while nobody has cancelled the task', async () => {
    await started();
    expect(await chain()).toBeNull();
    expect((await get(PATH)).data).not.toHaveProperty('cancel');
  });

  it('is who wanted it and why, until the worker is heard of', async () => {
    await started();
    await cancel();
    expect(await chain()).toEqual({
      outcome: 'unheard',
      requested: {
        position: ledger.events.at(-1)?.position,
        recorded_at: '2025-03-12T10:00:00.000Z',
        occurred_at: null,
        principal: 'ana',
        authenticated_by: 'none',
        source: 'taskledger:cancel',
        event_id: 'c-1',
        attempt: 1,
        reason: 'wrong seed list',
        erased: false,
        cancellation_id: null,
        was_running: true,
      },
      receipt: null,
      too_late: null,
    });
  });

  it('is how long the worker took to stop, as it says itself', async () => {
    await started();
    await cancel();
    ledger.passMs(2_500);
    await ledger.send(receipt({ time: '2025-03-12T10:00:01.750Z' }));
    expect(await chain()).toMatchObject({
      outcome: 'honoured',
      receipt: {
        recorded_at: '2025-03-12T10:00:02.500Z',
        occurred_at: '2025-03-12T10:00:01.750Z',
        source: '/test/pipeline',
        event_id: 'r-1',
        attempt: 1,
        reason: 'told to',
        stopped_after_ms: 1_750,
      },
      too_late: null,
    });
  });

  it('is that the worker came to another end all the same', async () => {
    await started();
    await ledger.send(lifecycleEvent('progressed', 'k', { progress: 1_000 }));
    await cancel();
    await ledger.send(lifecycleEvent('progressed', 'k', { progress: 9 }));
    expect(await chain()).toMatchObject({ outcome: 'unheard', too_late: null });
    await ledger.send(lifecycleEvent('completed', 'k', {}, { id: 'late' }));
    await ledger.send(lifecycleEvent('failed', 'k', { error_message: 'x' }, { id: 'later' }));
    expect(await chain()).toMatchObject({
      outcome: 'too_late',
      receipt: null,
      too_late: { type: 'task.completed', event_id: 'late' },
    });
  });

  it.each([
    ['honoured', [receipt(), lifecycleEvent('completed', 'k')]],
    ['too_late', [lifecycleEvent('completed', 'k'), receipt()]],
  ])('is %s by what was heard first, and shows both', async (outcome, heard) => {
    await started();
    await cancel();
    for (const event of heard) await ledger.send(event);
    expect(await chain()).toMatchObject({
      outcome,
      receipt: { event_id: 'r-1' },
      too_late: { type: 'task.completed' },
    });
  });

  it('says of a task that did not run that nobody may be heard', async () => {
    await ledger.write(created('k'));
    await cancel();
    expect(await chain()).toMatchObject({
      outcome: 'unheard',
      requested: { was_running: false, attempt: 0 },
    });
  });

  it('says of one that was cancelled by an event that nobody has asked by a command', async () => {
    await started();
    await ledger.send(receipt());
    expect(await chain()).toMatchObject({
      outcome: 'reported',
      requested: { event_id: 'r-1', reason: 'told to', cancellation_id: null },
      receipt: null,
    });
  });

  it('says that a reason was erased', async () => {
    await started();
    await cancel();
    for (const event of ledger.events) if (event.type === 'TaskCancelled') erase(event, ledger);
    expect(await chain()).toMatchObject({ requested: { reason: null, erased: true } });
  });

  it('shows nothing of what does not verify, while the history still shows its entries', async () => {
    await started();
    await cancel();
    for (const event of ledger.events) if (event.type === 'TaskCancelled') event.metadata.principal = 'eve';
    const { data } = await get(`${PATH}/history`);
    expect([data.intact, data.events.length, data.cancel]).toEqual([false, 3, undefined]);
    expect((await get(`${PATH}?include=cancel`)).status).toBe(409);
  });
});
