import { beforeEach, describe, expect, it } from '@jest/globals';
import { TaskStreams } from '../../../shared/core/application/task-streams.js';
import { BrokenStreamError } from '../../../shared/core/contracts/errors.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { bulkCancelId, BulkCancelSide } from '../../support/bulk-cancel-side.js';
import { CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

const COMPLETED = { type: 'TaskCompleted' };

describe('a stream that does not verify', () => {
  let store: MemoryEventStore;
  /** A command service that has just started, and remembers nothing. */
  let side: CommandSide;
  beforeEach(async () => {
    store = new MemoryEventStore();
    const earlier = new CommandSide(store);
    await earlier.ingest(
      created('good'),
      created('bad'),
      lifecycleEvent('started', 'bad'),
      lifecycleEvent('progressed', 'bad', { progress: 1 }),
    );
    side = new CommandSide(store);
  });

  const first = (stream: string): RecordedEvent => store.stream(stream)[0] as RecordedEvent;
  const streamOf = (key: string): string => {
    const reservation = store.events.find(
      ({ stream, data }) => stream.startsWith('taskKey-') && data.task_id === (key === 'good' ? 1 : 2),
    );
    return (reservation as RecordedEvent).stream;
  };

  it.each([
    ['forged', (event: RecordedEvent) => (event.metadata.source = '/somebody/else')],
    ['damaged', (event: RecordedEvent) => (event.damage = 'its checksum is wrong')],
  ])('takes no more events when one is %s, and stops no other', async (_, change) => {
    change(first('task-2'));
    const before = store.events.length;
    const outcomes = await side.ingest(
      lifecycleEvent('completed', 'bad'),
      lifecycleEvent('completed', 2),
      lifecycleEvent('completed', 'good'),
    );
    const message = expect.stringMatching(
      /^The record does not verify \(task-2@0: .+\); it takes no more events$/,
    );
    expect(outcomes).toMatchObject([
      { outcome: 'rejected', code: 409, task_id: 2, message },
      { outcome: 'rejected', code: 409, task_id: 2, message },
      { outcome: 'accepted', task_id: 1 },
    ]);
    expect(store.events.slice(before)).toMatchObject([{ stream: 'task-1', ...COMPLETED }]);
  });

  it('is not cancelled, with a code of its own', async () => {
    first('task-2').data.after = { project_id: 7 };
    expect(await side.cancel({ task_id: 2, command_id: 'c' })).toMatchObject({
      ok: false,
      error: { code: 'broken_stream', message: expect.stringContaining('task-2@0: the hash') },
    });
  });

  it('is one whose last event was taken away and another put in its place', async () => {
    const events = store.stream('task-2');
    Object.assign(events[1] as RecordedEvent, structuredClone(events[2]), { revision: 1 });
    await expect(new TaskStreams(store, side.crypto).load(2)).rejects.toThrow(BrokenStreamError);
  });

  it('makes what a key stands for unknown, for this key alone', async () => {
    first(streamOf('bad')).data.task_id = 1;
    const outcomes = await side.ingest(
      lifecycleEvent('completed', 'bad'),
      lifecycleEvent('completed', 'good'),
      lifecycleEvent('completed', 2),
    );
    expect(outcomes).toMatchObject([
      {
        outcome: 'rejected',
        code: 409,
        task_id: null,
        message: expect.stringMatching(/taskKey-.+@0: the hash/),
      },
      { outcome: 'accepted', task_id: 1 },
      { outcome: 'accepted', task_id: 2 },
    ]);
  });

  it('of evidence keeps no more of it, and says so; what is accepted is accepted', async () => {
    await side.ingest(lifecycleEvent('progressed', 'good', { progress: 101 }));
    first('taskEvidence-1').data.code = 'too_late';
    const before = store.events.length;
    const again = new CommandSide(store);
    const outcomes = await again.ingest(
      lifecycleEvent('progressed', 'good', { progress: 102 }),
      lifecycleEvent('progressed', 'good', { progress: 3 }),
    );
    expect(outcomes).toMatchObject([
      {
        outcome: 'rejected',
        code: 400,
        message: expect.stringMatching(/beyond the total.+not kept as evidence/),
      },
      { outcome: 'accepted' },
    ]);
    expect(store.events.slice(before).map(({ stream }) => stream)).toEqual(['task-1']);
  });

  it.each([
    ['forged', (event: RecordedEvent) => (event.data.last = 5)],
    ['damaged', (event: RecordedEvent) => Object.assign(event, { data: {}, metadata: {}, damage: 'gone' })],
  ])('of id blocks is followed by another when one is %s, and no id comes twice', async (_, change) => {
    const create = async (key: string): Promise<number> => {
      const fresh = new CommandSide(store);
      const outcome = await fresh.one(created(key));
      expect(outcome).toMatchObject({ outcome: 'accepted' });
      return outcome.task_id as number;
    };
    // Three services, a block each: up to 10, 20 and 30.
    expect([await create('a'), await create('b')]).toEqual([11, 21]);
    const blocks = store.stream('taskIds') as [RecordedEvent, RecordedEvent, RecordedEvent];
    change(blocks[2]);
    expect([await create('c'), await create('d')]).toEqual([20_021, 20_031]);
    expect(store.stream('taskIds-2').map(({ data }) => data)).toMatchObject([
      { first: 20_021, last: 20_030 },
      { first: 20_031, last: 20_040 },
    ]);
    change(store.stream('taskIds-2')[1] as RecordedEvent);
    change(blocks[0]);
    expect(await create('e')).toBe(40_031);
    expect(store.stream('taskIds')).toHaveLength(3);
    expect(store.stream('taskIds-2')).toHaveLength(2);
  });

  it('of id blocks is of no matter where only its beginning is broken', async () => {
    for (const key of ['a', 'b', 'c']) await new CommandSide(store).one(created(key));
    first('taskIds').data.last = 5;
    await new CommandSide(store).one(created('d'));
    expect(store.stream('taskIds')).toHaveLength(5);
  });

  it('of a bulk cancel is neither read nor executed', async () => {
    const bulk = new BulkCancelSide(store);
    await bulk.preview([1]);
    first('bulkCancel-00000000-0000-4000-8000-000000000001').data.task_ids = [2];
    const other = new BulkCancelSide(store);
    await expect(other.load()).rejects.toThrow(BrokenStreamError);
    await expect(other.start()).rejects.toThrow(BrokenStreamError);
  });

  it('of a list of bulk cancels keeps none of the others from being gone on with', async () => {
    const bulk = new BulkCancelSide(store);
    for (const number of [1, 2, 3]) {
      await bulk.preview([1], { id: bulkCancelId(number) });
      await bulk.start({ id: bulkCancelId(number) });
    }
    Object.assign(store.stream('bulkCancels')[1] as RecordedEvent, {
      data: {},
      metadata: {},
      damage: 'gone',
    });
    const underWay: string[] = [];
    for await (const id of new BulkCancelSide(store).bulkCancels.underWay()) underWay.push(id);
    expect(underWay).toEqual([bulkCancelId(3), bulkCancelId(1)]);
  });

  it('is not one that a newer program has written', async () => {
    first('task-2').metadata.schema_version = '3';
    const [outcome] = await side.ingest(lifecycleEvent('completed', 'bad'));
    expect(outcome).toMatchObject({ outcome: 'unavailable', code: 503 });
  });
});
