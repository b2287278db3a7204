import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ledgerCheck } from '../../services/query/health/health-checks.js';
import { KurrentDbEventStore } from '../../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import { taskStream } from '../../shared/core/application/streams.js';
import {
  BrokenStreamError,
  LedgerDeniedError,
  StreamDeletedError,
} from '../../shared/core/contracts/errors.js';
import { CommandSide, created, lifecycleEvent } from '../support/command-side.js';
import {
  appendTo,
  collect,
  mustAppend,
  numberedEvents,
  uniqueName,
} from '../support/event-store-fixtures.js';
import {
  startKurrentDbDouble,
  type KurrentDbDouble,
} from '../support/kurrentdb-double/start-kurrentdb-double.js';

/** What the store refuses until an operator has seen to it, or for good. */
describe('what KurrentDB refuses', () => {
  let double: KurrentDbDouble;
  let store: KurrentDbEventStore;
  let side: CommandSide;

  beforeEach(async () => {
    double = await startKurrentDbDouble();
    store = KurrentDbEventStore.open(double.url);
    side = new CommandSide(store);
  });

  afterEach(async () => {
    await store.close();
    await double.stop();
  });

  const health = async () => ledgerCheck(store)();

  it('is no fault of the events where the right to write is missing, shows in health, and ends by itself', async () => {
    await side.one(created('first'));
    expect(await health()).toEqual({ ok: true });
    await double.tell('deny', 'write');
    const outcomes = await side.ingest(lifecycleEvent('started', 'first'), created('second'));
    expect(outcomes).toMatchObject([1, 2].map(() => ({ outcome: 'unavailable', code: 503 })));
    expect(outcomes.map(({ reason }) => reason)).toEqual(['ledger_access_denied', 'ledger_access_denied']);
    expect(await health()).toMatchObject({ ok: false, error: expect.stringContaining('does not let') });
    await double.tell('deny');
    expect(await side.one(lifecycleEvent('started', 'first'))).toMatchObject({ outcome: 'accepted' });
    expect(await health()).toEqual({ ok: true });
  });

  it('is told of reads as well', async () => {
    await double.tell('deny', 'read');
    await expect(collect(store.readStream('any'))).rejects.toThrow(LedgerDeniedError);
    await expect(store.lastPosition()).rejects.toThrow(LedgerDeniedError);
  });

  it('holds for good for a task whose stream was deleted, and for no other', async () => {
    const { task_id: taskId } = await side.one(created('gone'));
    await double.tell('tombstone', taskStream(taskId as number));
    for (const one of [side, new CommandSide(store)]) {
      const outcomes = await one.ingest(lifecycleEvent('started', 'gone'), created(`other/${one === side}`));
      expect(outcomes).toMatchObject([
        { outcome: 'rejected', code: 410, reason: 'stream_deleted' },
        { outcome: 'accepted' },
      ]);
    }
    const cancelled = await side.cancel({ task_id: taskId, command_id: 'c' });
    expect(cancelled).toMatchObject({ ok: false, error: { code: 'stream_deleted' } });
    await expect(collect(store.readStream(taskStream(taskId as number)))).rejects.toThrow(StreamDeletedError);
  });

  it('is told of a task whose events were cut off, some or all', async () => {
    for (const [key, first] of [['some', 1] as const, ['all', 9] as const]) {
      const { task_id: taskId } = await side.one(created(key));
      await side.one(lifecycleEvent('started', key));
      await double.tell('cutStream', taskStream(taskId as number), first);
      const again = new CommandSide(store);
      expect(await again.one(lifecycleEvent('completed', key))).toMatchObject({
        outcome: 'rejected',
        reason: 'broken_stream',
      });
    }
  });

  it('is told of a stream whose events were all removed from one that never was', async () => {
    const stream = uniqueName();
    await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 3));
    await double.tell('cutStream', stream, 3);
    await expect(collect(store.readStream(stream))).rejects.toThrow(BrokenStreamError);
    await expect(collect(store.readStream(stream, { direction: 'backwards', limit: 1 }))).rejects.toThrow(
      BrokenStreamError,
    );
    expect(await collect(store.readStream(uniqueName()))).toEqual([]);
  });

  it('gives out no id twice when the record of ids was cut, and says what is wrong when nothing is left of it', async () => {
    const ids: unknown[] = [];
    for (let service = 0; service < 4; service++) {
      ids.push((await new CommandSide(store).one(created(`before/${service}`))).task_id);
    }
    await double.tell('cutStream', 'taskIds', 3);
    const next = (await new CommandSide(store).one(created('after'))).task_id as number;
    expect(next).toBeGreaterThan(4 * 10_000);
    await double.tell('cutStream', 'taskIds', 9);
    const last = new CommandSide(store);
    const outcome = await last.one(created('then'));
    expect(last.handler.creationFault()).toContain('taskIds were removed');
    expect(outcome).toMatchObject({
      outcome: 'unavailable',
      message: expect.stringContaining('taskIds were removed'),
    });
  });

  it('does not take what another program has written for a task', async () => {
    await appendTo(store, taskStream(9998), 'no_stream', numberedEvents('foreign', 2));
    expect(await side.one(lifecycleEvent('started', 9998))).toMatchObject({
      outcome: 'rejected',
      reason: 'foreign_stream',
    });
  });
});
