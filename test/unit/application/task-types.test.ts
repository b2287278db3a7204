import { describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { ANY_TASK_TYPE, DEFAULT_TASK_TYPES } from '../../../shared/core/contracts/fields.js';
import type { EventOutcome } from '../../../shared/core/contracts/messages.js';
import { readSettings } from '../../../shared/runtime/settings.js';
import { CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

const ANY = [...DEFAULT_TASK_TYPES, ANY_TASK_TYPE];
const STREAM = 'taskTypes';

const ofType = (task_type: string, key?: string) => created(key, {}, { task_type });
const ofTypes = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => ofType(`type-${from + at}`));

function registered(store: MemoryEventStore): unknown[] {
  return store.stream(STREAM).map(({ type, data }) => [type, data.task_type]);
}

function reasons(outcomes: readonly EventOutcome[]): string[] {
  return [...new Set(outcomes.map(({ reason }) => reason))];
}

describe('the types that are set up', () => {
  it.each([
    [undefined, [...DEFAULT_TASK_TYPES]],
    ['ours, Mail.Send,ocr', [...DEFAULT_TASK_TYPES, 'ours', 'Mail.Send']],
    ['*', ANY],
    ['ours,*', [...DEFAULT_TASK_TYPES, 'ours', '*']],
  ])('are the six and those of TASK_TYPES=%s', (TASK_TYPES, types) => {
    expect(readSettings({ TASK_TYPES }).taskTypes).toEqual(types);
  });

  it.each(['a b', '**', 'a,', '!a', '-a', 'x'.repeat(129)])('are not %s', (TASK_TYPES) => {
    expect(() => readSettings({ TASK_TYPES })).toThrow(
      'TASK_TYPES must be names of 1 to 128 of A-Z, a-z, 0-9 and _.:/-, the first one a letter or digit, ' +
        'separated by commas, or * for any',
    );
  });
});

describe('any type of tasks', () => {
  it('is taken, and registered once, whichever service takes it', async () => {
    const store = new MemoryEventStore();
    const sides = [new CommandSide(store, ANY), new CommandSide(store, ANY)];
    for (const side of sides) {
      expect(reasons(await side.ingest(ofType('Mail.Send'), ofType('Mail.Send'), ofType('ocr')))).toEqual([
        'accepted',
      ]);
    }
    expect(registered(store)).toEqual([['TaskTypeNamed', 'Mail.Send']]);
    const types = [1, 2, 3].map((id) => store.stream(`task-${id}`)[0]?.data.after);
    expect(types).toContainEqual(expect.objectContaining({ task_type: 'Mail.Send' }));
  });

  it('is refused where types are set up by name, and nothing is registered', async () => {
    const store = new MemoryEventStore();
    expect(reasons(await new CommandSide(store).ingest(ofType('Mail.Send')))).toEqual(['invalid_request']);
    expect(registered(store)).toEqual([]);
  });

  it('is registered before its task, many of a batch by few appends', async () => {
    const store = new MemoryEventStore();
    let appends = 0;
    store.beforeAppend = ({ stream }) => void (stream === STREAM && appends++);
    expect(reasons(await new CommandSide(store, ANY).ingest(...ofTypes(0, 600)))).toEqual(['accepted']);
    // The first alone, since it is under way when the others come; of those 500, and the rest.
    expect(appends).toBe(3);
    expect(new Set(registered(store).map(String)).size).toBe(600);
    const first = store.events.findIndex(({ stream }) => stream.startsWith('task-'));
    const named = store.events.slice(0, first).filter(({ stream }) => stream === STREAM);
    expect(named).toContainEqual(
      expect.objectContaining({
        data: { task_type: store.events[first]?.data.after?.['task_type' as never] },
      }),
    );
  });

  it('is registered once when several services meet it at the same time', async () => {
    const store = new MemoryEventStore();
    const sides = Array.from({ length: 4 }, () => new CommandSide(store, ANY));
    const outcomes = await Promise.all(
      sides.map((side, at) => side.ingest(...ofTypes(20 * at, 100 + 20 * at))),
    );
    expect(reasons(outcomes.flat())).toEqual(['accepted']);
    expect(new Set(registered(store).map(String)).size).toBe(160);
    expect(registered(store)).toHaveLength(160);
  });

  it('is refused beyond the ten thousandth, for its event alone, by every service', async () => {
    const store = new MemoryEventStore();
    const side = new CommandSide(store, ANY);
    const all = 10_000 - DEFAULT_TASK_TYPES.length;
    for (let from = 0; from < all; from += 1000)
      expect(reasons(await side.ingest(...ofTypes(from, Math.min(all, from + 1000))))).toEqual(['accepted']);
    for (const one of [side, new CommandSide(store, ANY)]) {
      const outcomes = await one.ingest(
        ofType('type-0'),
        ofType('one too many', 'bad'),
        ofType('one-too-many', 'beyond'),
        lifecycleEvent('started', 'beyond'),
        ofType('ocr'),
      );
      expect(outcomes.map(({ reason, code, task_id }) => [reason, code, task_id !== null])).toEqual([
        ['accepted', 200, true],
        ['invalid_request', 400, false],
        ['too_many_task_types', 400, false],
        ['task_not_found', 404, false],
        ['accepted', 200, true],
      ]);
      expect(outcomes[2]?.message).toMatch(/^data.task_type: must be one of the 10000 types/);
    }
    expect(registered(store)).toHaveLength(all);
  }, 60_000);

  it('leaves the events of its task to come again while it can not be registered, and no others', async () => {
    const store = new MemoryEventStore();
    const side = new CommandSide(store, ANY);
    store.beforeAppend = ({ stream }) => {
      if (stream === STREAM) throw new UnavailableError('no answer');
    };
    const events = [ofType('new', 'a'), lifecycleEvent('started', 'a'), ofType('ocr', 'b')];
    expect((await side.ingest(...events)).map(({ reason }) => reason)).toEqual([
      'unavailable',
      'unavailable',
      'accepted',
    ]);
    store.beforeAppend = () => undefined;
    expect((await side.ingest(...events)).map(({ reason }) => reason)).toEqual([
      'accepted',
      'accepted',
      'duplicate',
    ]);
  });

  it('is registered once when the answer to that was lost', async () => {
    const store = new MemoryEventStore();
    const side = new CommandSide(store, ANY);
    store.afterAppend = ({ stream }) => {
      if (stream === STREAM) throw new UnavailableError('no answer');
    };
    expect((await side.one(ofType('new'))).reason).toBe('unavailable');
    expect((await side.one(ofType('new'))).reason).toBe('accepted');
    expect(registered(store)).toHaveLength(1);
  });

  it('is taken also when the record of them does not verify: only the limit is not kept then', async () => {
    const store = new MemoryEventStore();
    await new CommandSide(store, ANY).ingest(ofType('a'), ofType('b'));
    const [named] = store.events.filter(({ stream }) => stream === STREAM);
    if (named !== undefined) named.data.task_type = 'c';
    const side = new CommandSide(store, ANY);
    expect(reasons(await side.ingest(ofType('a'), ofType('new')))).toEqual(['accepted']);
  });

  it('is registered again in another ledger', async () => {
    const stores = [new MemoryEventStore(), new MemoryEventStore()] as const;
    const [one, other] = stores;
    const store: MemoryEventStore = Object.create(one) as MemoryEventStore;
    const side = new CommandSide(store, ANY);
    await side.ingest(ofType('a'));
    Object.setPrototypeOf(store, other);
    side.handler.forget();
    side.names.forget();
    await side.ingest(ofType('a'));
    expect(stores.map(registered)).toEqual([[['TaskTypeNamed', 'a']], [['TaskTypeNamed', 'a']]]);
  });
});
