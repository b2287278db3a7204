import { describe, expect, it } from '@jest/globals';
import { verifyChain } from '../../../shared/core/application/chain-verifier.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

async function withCompletedTask(): Promise<{ store: MemoryEventStore; side: CommandSide }> {
  const store = new MemoryEventStore();
  const side = new CommandSide(store);
  await side.ingest(created('k'), lifecycleEvent('completed', 'k'));
  return { store, side };
}

const evidence = 'taskEvidence-1';

describe('evidence', () => {
  it('keeps a late event with what it said and why it was refused', async () => {
    const { store, side } = await withCompletedTask();
    const late = lifecycleEvent(
      'failed',
      'k',
      { error_message: 'boom' },
      { id: 'late', time: '2025-03-12T09:00:00Z' },
    );
    expect(await side.one(late)).toMatchObject({
      outcome: 'rejected',
      code: 400,
      message: 'Task is already completed',
    });
    const [kept] = store.stream(evidence);
    expect(kept).toMatchObject({
      type: 'TaskEventRefused',
      data: {
        refused: 'task.failed',
        code: 'already_completed',
        explanation: 'Task is already completed',
        error_message: { value: 'boom' },
        status: 'completed',
        task_revision: 1,
      },
      metadata: { event_id: 'late', occurred_at: '2025-03-12T09:00:00.000Z' },
    });
  });

  it('keeps each source and id once, also after a restart', async () => {
    const { store, side } = await withCompletedTask();
    const late = lifecycleEvent('started', 'k');
    await side.ingest(late, late);
    await new CommandSide(store).one(late);
    expect(store.stream(evidence)).toHaveLength(1);
  });

  it('keeps nothing of what is malformed, of unknown tasks, and of a second cancel', async () => {
    const store = new MemoryEventStore();
    const side = new CommandSide(store);
    await side.one(created('k'));
    await side.cancel({ task_id: 1, command_id: 'a' });
    await side.cancel({ task_id: 1, command_id: 'b' });
    await side.ingest(
      lifecycleEvent('started', 'nobody'),
      lifecycleEvent('progressed', 'k', { progress: -1 }),
    );
    expect(store.events.filter(({ stream }) => stream.startsWith('taskEvidence'))).toEqual([]);
  });

  it('keeps 1,000 and then counts, writing the count down when it has doubled', async () => {
    const { store, side } = await withCompletedTask();
    for (let batch = 0; batch < 10; batch++) {
      await side.ingest(...Array.from({ length: 100 }, () => lifecycleEvent('started', 'k')));
    }
    expect(store.stream(evidence)).toHaveLength(1000);
    for (let more = 0; more < 20; more++) await side.one(lifecycleEvent('started', 'k'));
    expect(
      store
        .stream(evidence)
        .slice(1000)
        .map(({ type, data }) => [type, data.counted]),
    ).toEqual([1, 2, 4, 8, 16].map((counted) => ['TaskEvidenceCounted', counted]));
    await new CommandSide(store).ingest(...Array.from({ length: 16 }, () => lifecycleEvent('started', 'k')));
    expect(store.stream(evidence).at(-1)?.data.counted).toBe(32);
    expect(await verifyChain(store.stream(evidence), side.crypto)).toBeUndefined();
  });

  it('keeps each event that comes under an id in use, also after a restart', async () => {
    const store = new MemoryEventStore();
    let side = new CommandSide(store);
    await side.ingest(created('k'), lifecycleEvent('started', 'k', { total: 1 }, { id: 'x' }));
    for (const total of [2, 3, 3, 2]) {
      side = new CommandSide(store);
      const outcome = await side.one(lifecycleEvent('started', 'k', { total }, { id: 'x' }));
      expect(outcome).toMatchObject({ code: 409, reason: 'event_id_conflict' });
    }
    expect(store.stream(evidence).map(({ data }) => data.total)).toEqual([2, 3]);
  });

  it('is on disk before the refusal is answered: without it, the answer is unavailable', async () => {
    const { store, side } = await withCompletedTask();
    store.beforeAppend = ({ stream }) => {
      if (stream === evidence) throw new UnavailableError('away');
    };
    expect((await side.one(lifecycleEvent('started', 'k'))).outcome).toBe('unavailable');
  });

  it('has room for the largest event that is taken in, with the reason beside it', async () => {
    const { store, side } = await withCompletedTask();
    const attributes = { id: 'ü'.repeat(512), source: 'ü'.repeat(512), correlationid: 'ü'.repeat(1024) };
    const event = (length: number): object => {
      return lifecycleEvent('completed', 'k', { result: { text: 'x'.repeat(length) } }, attributes);
    };
    const length = 245_760 - JSON.stringify(event(0)).length - 2048;
    expect((await side.one(event(length))).message).toBe('Task is already completed');
    expect(JSON.stringify(store.stream(evidence)[0]).length).toBeLessThan(256 * 1024);
  });

  it('goes on when another service has kept evidence in between', async () => {
    const { store, side } = await withCompletedTask();
    const other = new CommandSide(store);
    for (let round = 0; round < 3; round++) {
      await side.one(lifecycleEvent('started', 'k'));
      await other.one(lifecycleEvent('started', 'k'));
    }
    expect(store.stream(evidence)).toHaveLength(6);
    expect(await verifyChain(store.stream(evidence), side.crypto)).toBeUndefined();
  });
});
