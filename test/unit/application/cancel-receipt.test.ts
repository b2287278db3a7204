import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { verifyChain } from '../../../shared/core/application/chain-verifier.js';
import { CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

const EVIDENCE = 'taskEvidence-1';

async function withCancelledTask(): Promise<{ store: MemoryEventStore; side: CommandSide }> {
  const store = new MemoryEventStore();
  const side = new CommandSide(store);
  await side.ingest(created('k'), lifecycleEvent('started', 'k'));
  expect(await side.cancel({ task_id: 1, command_id: 'c-1' })).toMatchObject({ ok: true });
  return { store, side };
}

const receipt = (over: object = {}): Record<string, unknown> =>
  lifecycleEvent('cancelled', 'k', { reason: 'told to' }, { id: 'r-1', ...over });

describe('the receipt of a cancel', () => {
  it('is kept with the evidence, and is a duplicate to who publishes it', async () => {
    const { store, side } = await withCancelledTask();
    expect(await side.one(receipt())).toMatchObject({ outcome: 'duplicate', reason: 'duplicate', code: 200 });
    expect(store.stream('task-1')).toHaveLength(3);
    const [kept, ...others] = store.stream(EVIDENCE);
    expect(others).toEqual([]);
    expect(kept).toMatchObject({
      type: 'TaskCancelAcknowledged',
      data: { reason: { value: 'told to' }, task_revision: 2 },
      metadata: { event_id: 'r-1', source: '/test/pipeline' },
    });
    expect(Object.keys(kept?.data ?? {})).toEqual(['reason', 'task_revision']);
  });

  it('is the first one only, also after a restart', async () => {
    const { store, side } = await withCancelledTask();
    await side.ingest(receipt(), receipt(), receipt({ id: 'r-2' }));
    await new CommandSide(store).ingest(receipt(), receipt({ id: 'r-3' }));
    expect(store.stream(EVIDENCE).map(({ metadata }) => metadata.event_id)).toEqual(['r-1']);
  });

  it('stands beside what is refused before and after it', async () => {
    const { store, side } = await withCancelledTask();
    await side.ingest(lifecycleEvent('progressed', 'k', { progress: 9 }), receipt());
    await side.one(lifecycleEvent('completed', 'k'));
    await new CommandSide(store).ingest(lifecycleEvent('failed', 'k', { error_message: 'x' }), receipt());
    expect(store.stream(EVIDENCE).map(({ type, data }) => data.refused ?? type)).toEqual([
      ...['task.progressed', 'TaskCancelAcknowledged', 'task.completed', 'task.failed'],
    ]);
    expect(await verifyChain(store.stream(EVIDENCE), side.crypto)).toBeUndefined();
  });

  it('is kept however many events were refused before', async () => {
    const { store, side } = await withCancelledTask();
    for (let batch = 0; batch < 12; batch++)
      await side.ingest(...Array.from({ length: 100 }, () => lifecycleEvent('started', 'k')));
    await side.one(receipt());
    expect(store.stream(EVIDENCE).at(-1)?.type).toBe('TaskCancelAcknowledged');
  });

  it('is none where the task was cancelled by an event, and none after another end', async () => {
    const store = new MemoryEventStore();
    const side = new CommandSide(store);
    await side.ingest(created('k'), receipt(), receipt({ id: 'r-2' }), receipt({ id: 'r-3' }));
    expect(store.stream(EVIDENCE)).toEqual([]);
    await side.ingest(created('other'), lifecycleEvent('completed', 'other'));
    expect(await side.one(lifecycleEvent('cancelled', 'other'))).toMatchObject({
      reason: 'already_completed',
    });
    expect(store.stream('taskEvidence-2').map(({ type }) => type)).toEqual(['TaskEventRefused']);
  });
});

describe('whatever is sent beside a cancel, in any order, doubled, by several publishers', () => {
  const sent = fc.record({
    what: fc.constantFrom(
      'started',
      'attempt_failed',
      'completed',
      'failed',
      'cancelled',
      'command' as const,
    ),
    source: fc.constantFrom('/worker/1', '/worker/2'),
    number: fc.integer({ min: 1, max: 3 }),
    restarted: fc.boolean(),
  });
  const dataOf: Record<string, object> = {
    attempt_failed: { error_message: 'x' },
    failed: { error_message: 'x' },
    cancelled: { reason: 'told to' },
  };

  it('has one end at most, and one receipt at most, which follows the end of a command alone', async () => {
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { minLength: 1, maxLength: 12 }), async (all) => {
        const store = new MemoryEventStore();
        let side = new CommandSide(store);
        await side.one(created('k', { source: '/worker/1', id: 'created' }));
        for (const { what, source, number, restarted } of all) {
          if (restarted) side = new CommandSide(store);
          if (what === 'command') await side.cancel({ task_id: 1, command_id: `c-${number}` });
          else await side.one(lifecycleEvent(what, 'k', dataOf[what], { source, id: `${what}-${number}` }));
        }
        const ends = store
          .stream('task-1')
          .filter(({ type }) => ['TaskCompleted', 'TaskFailed', 'TaskCancelled'].includes(type));
        const evidence = store.stream(EVIDENCE);
        const receipts = evidence.filter(({ type }) => type === 'TaskCancelAcknowledged');
        expect(ends.length).toBeLessThanOrEqual(1);
        expect(receipts.length).toBeLessThanOrEqual(1);
        const end = ends[0];
        if (end !== undefined) expect(store.stream('task-1').at(-1)).toEqual(end);
        const byCommand = end?.metadata.source === 'taskledger:cancel';
        if (receipts.length > 0) expect(byCommand).toBe(true);
        // Who cancels it once more after a command says that it has stopped.
        const ended = all.findIndex(({ what }) => what === 'command' || what === 'cancelled');
        if (byCommand && all.slice(ended + 1).some(({ what }) => what === 'cancelled'))
          expect(receipts).toHaveLength(1);
        expect(await verifyChain(evidence, side.crypto)).toBeUndefined();
        met.add(`${end?.type} ${byCommand} ${receipts.length}`);
      }),
      { numRuns: 300 },
    );
    // Without this it could hold because nothing ever happened.
    expect([...met]).toEqual(
      expect.arrayContaining(['TaskCancelled true 1', 'TaskCancelled true 0', 'TaskCancelled false 0']),
    );
  });
});
