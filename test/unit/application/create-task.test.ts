import { describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

function setUp(): { store: MemoryEventStore; side: CommandSide } {
  const store = new MemoryEventStore();
  return { store, side: new CommandSide(store) };
}

describe('creating a task', () => {
  it('hands out ids from 1 upward', async () => {
    const { side } = setUp();
    const outcomes = await side.ingest(created(), created(), created('a/key'));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(outcomes.map(({ task_id }) => task_id).sort()).toEqual([1, 2, 3]);
  });

  it('answers a repeat of the same event with duplicate and the same id', async () => {
    const { side } = setUp();
    const event = created();
    const first = await side.one(event);
    expect(await side.one(event)).toMatchObject({ outcome: 'duplicate', task_id: first.task_id, code: 200 });
  });

  it('takes the same key with equal data for a repeat, whatever the event id', async () => {
    const { side } = setUp();
    const first = await side.one(created('k', {}, { params: { a: 1, b: [2] } }));
    const again = await side.one(created('k', {}, { params: { b: [2], a: 1 } }));
    expect(again).toMatchObject({ outcome: 'duplicate', task_id: first.task_id });
  });

  it('takes absent params and total for {} and 0', async () => {
    const { side } = setUp();
    const data = { project_id: 1, task_type: 'ocr' };
    await side.one(lifecycleEvent('created', 'k', data));
    const again = await side.one(lifecycleEvent('created', 'k', { ...data, params: {}, total: 0 }));
    expect(again.outcome).toBe('duplicate');
  });

  it.each([{ project_id: 2 }, { task_type: 'ocr' }, { total: 1 }, { params: { other: true } }])(
    'refuses the same key with other data (%j) by 409 and keeps it as evidence',
    async (other) => {
      const { store, side } = setUp();
      const first = await side.one(created('k'));
      const conflict = await side.one(created('k', {}, other));
      expect(conflict).toMatchObject({ outcome: 'rejected', code: 409, task_id: first.task_id });
      expect(conflict.message).toMatch(/other data under the same key/);
      expect(store.stream('taskEvidence-1').map(({ data }) => data.code)).toEqual(['creation_conflict']);
    },
  );

  it('refuses the same event id with other data by 409', async () => {
    const { side } = setUp();
    await side.one(created(undefined, { id: 'e' }));
    expect(await side.one(created(undefined, { id: 'e' }, { total: 7 }))).toMatchObject({ code: 409 });
  });

  it('keeps equal ids of different sources apart', async () => {
    const { side } = setUp();
    const outcomes = await side.ingest(
      created(undefined, { id: 'e', source: 'a' }),
      created(undefined, { id: 'e', source: 'b' }),
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
  });

  it('reserves the key first, and the reservation holds just the id', async () => {
    const { store, side } = setUp();
    await side.one(created('k'));
    const streams = store.events.map(({ stream }) => stream.replace(/[\w-]{43}$/, '<hash>'));
    expect(streams).toEqual(['taskIds', 'taskKey-<hash>', 'task-1']);
    expect(store.events[1]?.data).toEqual({ task_id: 1 });
  });

  it('completes the reservation of a create that stopped between its two appends', async () => {
    const { store, side } = setUp();
    store.beforeAppend = ({ stream }) => {
      if (stream.startsWith('task-')) throw new UnavailableError('stopped');
    };
    const event = created('k');
    expect(await side.one(event)).toMatchObject({ outcome: 'unavailable', code: 503 });
    expect(store.stream('task-1')).toEqual([]);

    store.beforeAppend = () => undefined;
    const other = new CommandSide(store);
    expect(await other.one(lifecycleEvent('started', 'k'))).toMatchObject({ code: 404 });
    expect(await other.one(event)).toMatchObject({ outcome: 'accepted', task_id: 1 });
    expect(await side.one(event)).toMatchObject({ outcome: 'duplicate', task_id: 1 });
    expect(store.stream('task-1')).toHaveLength(1);
  });

  it('completes it for another event with the same key as well', async () => {
    const { store, side } = setUp();
    store.beforeAppend = ({ stream }) => {
      if (stream.startsWith('task-')) throw new UnavailableError('stopped');
    };
    await side.one(created('k'));
    store.beforeAppend = () => undefined;
    expect(await new CommandSide(store).one(created('k'))).toMatchObject({ outcome: 'accepted', task_id: 1 });
  });

  it('has no second effect when the outcome of the append was unknown', async () => {
    const { store, side } = setUp();
    const event = created('k');
    for (const part of ['taskIds', 'taskKey-', 'task-']) {
      store.afterAppend = ({ stream }) => {
        if (stream.startsWith(part)) throw new UnavailableError('no answer');
      };
      expect((await side.one(event)).outcome).toBe('unavailable');
    }
    store.afterAppend = () => undefined;
    expect((await side.one(event)).outcome).toBe('duplicate');
    expect(store.events.filter(({ type }) => type === 'TaskCreated')).toHaveLength(1);
  });

  it('throws a block of ids away when it is not known whether it was reserved', async () => {
    const { store, side } = setUp();
    store.afterAppend = ({ stream }) => {
      if (stream === 'taskIds') throw new UnavailableError('no answer');
    };
    await side.one(created());
    store.afterAppend = () => undefined;
    expect((await side.one(created())).task_id).toBe(11);
  });

  it('leaves nothing of a create that is refused', async () => {
    const { store, side } = setUp();
    const tooLarge = created('k', {}, { params: { text: 'ü'.repeat(130_000) } });
    expect(await side.one(tooLarge)).toMatchObject({ outcome: 'rejected', code: 400 });
    expect(await side.one(created('k', {}, { task_type: 'unknown' }))).toMatchObject({ code: 400 });
    expect(store.events).toEqual([]);
  });

  it('lets any number of services create side by side without ever repeating an id', async () => {
    const store = new MemoryEventStore();
    const sides = Array.from({ length: 5 }, () => new CommandSide(store));
    const batches = await Promise.all(
      sides.map((side) => side.ingest(...Array.from({ length: 40 }, () => created()))),
    );
    const ids = batches.flat().map(({ task_id }) => task_id);
    expect(batches.flat().every(({ outcome }) => outcome === 'accepted')).toBe(true);
    expect(new Set(ids).size).toBe(200);
  });

  it('makes one task of one key that several services create at once', async () => {
    const store = new MemoryEventStore();
    const sides = Array.from({ length: 5 }, () => new CommandSide(store));
    const outcomes = await Promise.all(sides.map((side) => side.one(created('k'))));
    expect(new Set(outcomes.map(({ task_id }) => task_id)).size).toBe(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
    expect(store.events.filter(({ type }) => type === 'TaskCreated')).toHaveLength(1);
  });
});
