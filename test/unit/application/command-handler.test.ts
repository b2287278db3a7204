import { describe, expect, it } from '@jest/globals';
import { stateAfter } from '../../../shared/core/application/stored-event.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { anonymously, CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

async function withTask(): Promise<{ store: MemoryEventStore; side: CommandSide }> {
  const store = new MemoryEventStore();
  const side = new CommandSide(store);
  await side.one(created('k'));
  return { store, side };
}

describe('taking events in', () => {
  it('takes a whole life in one batch, with one append for the stream', async () => {
    const store = new MemoryEventStore();
    const side = new CommandSide(store);
    const appends: string[] = [];
    store.beforeAppend = ({ stream, events }) => void appends.push(`${stream.slice(0, 6)} ${events.length}`);
    const outcomes = await side.ingest(
      created('k'),
      lifecycleEvent('started', 'k'),
      lifecycleEvent('progressed', 'k', { progress: 40 }),
      lifecycleEvent('completed', 'k', { result: { found: 15 } }),
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(4).fill('accepted'));
    expect(appends).toEqual(['taskId 1', 'taskKe 1', 'task-1 4']);
    expect(stateAfter(store.stream('task-1').at(-1) as RecordedEvent)).toMatchObject({
      status: 'completed',
      progress: 100,
      attempt: 1,
    });
  });

  it('answers in the order sent, whatever is wrong with some', async () => {
    const { side } = await withTask();
    const outcomes = await side.ingest(
      lifecycleEvent('started', 'k', {}, { id: 'a' }),
      'no event',
      lifecycleEvent('started', 'unknown', {}, { id: 'b' }),
      lifecycleEvent('progressed', 'k', { progress: 101 }, { id: 'c' }),
      { id: 'd' },
      lifecycleEvent('started', 1, {}, { id: 'a' }),
    );
    expect(outcomes.map(({ event_id, outcome, code }) => [event_id, outcome, code])).toEqual([
      ['a', 'accepted', 200],
      [null, 'rejected', 400],
      ['b', 'rejected', 404],
      ['c', 'rejected', 400],
      ['d', 'rejected', 400],
      ['a', 'duplicate', 200],
    ]);
  });

  it('keeps the order of a task that a batch names both by id and by key', async () => {
    const { side } = await withTask();
    const outcomes = await side.ingest(
      lifecycleEvent('started', 'k'),
      lifecycleEvent('progressed', 1, { progress: 10 }),
      lifecycleEvent('progressed', 'k', { progress: 20 }),
      lifecycleEvent('completed', 1),
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(4).fill('accepted'));
  });

  it('keeps a creation that was begun before with what follows it, in a batch that names others by id', async () => {
    const { store, side } = await withTask();
    const creation = created('begun');
    store.beforeAppend = ({ stream }) => {
      if (stream === 'task-2') throw new UnavailableError('stopped');
    };
    await side.one(creation);
    store.beforeAppend = () => undefined;
    const outcomes = await side.ingest(
      creation,
      lifecycleEvent('started', 'begun'),
      lifecycleEvent('started', 1),
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(3).fill('accepted'));
  });

  it('refuses a batch of more than 1000', async () => {
    const { side } = await withTask();
    await expect(side.ingest(...Array<object>(1001).fill({}))).rejects.toThrow(/at most 1000/);
  });

  it('decides anew when another service was faster', async () => {
    const { store, side } = await withTask();
    const other = new CommandSide(store);
    await other.one(lifecycleEvent('started', 'k'));
    await side.one(lifecycleEvent('progressed', 'k', { progress: 10 }));
    const late = await other.one(lifecycleEvent('progressed', 'k', { progress: 5 }));
    expect(late).toMatchObject({ outcome: 'rejected', code: 400 });
    expect(late.message).toBe('Progress 5 is behind the 10 that attempt 1 had reached');
  });

  it('refuses nothing on a state that another service has changed since', async () => {
    const { store, side } = await withTask();
    const other = new CommandSide(store);
    await other.one(lifecycleEvent('started', 'k', { total: 500 }));
    const outcomes = await side.ingest(lifecycleEvent('progressed', 'k', { progress: 400, attempt: 1 }));
    expect(outcomes).toMatchObject([{ outcome: 'accepted' }]);
    expect(store.stream('taskEvidence-1')).toEqual([]);
  });

  it('answers unavailable for all of a task when an append fails, and the other tasks go on', async () => {
    const { store, side } = await withTask();
    await side.one(created('other'));
    store.beforeAppend = ({ stream }) => {
      if (stream === 'task-1') throw new UnavailableError('away');
    };
    const outcomes = await side.ingest(
      lifecycleEvent('started', 'k'),
      lifecycleEvent('started', 'other'),
      lifecycleEvent('completed', 'k'),
    );
    expect(outcomes.map(({ code }) => code)).toEqual([503, 200, 503]);
    store.beforeAppend = () => undefined;
    expect((await side.one(lifecycleEvent('started', 'k'))).outcome).toBe('accepted');
  });

  it('does not begin what is past its deadline', async () => {
    const { store, side } = await withTask();
    side.nowMs = 1000;
    const reply = await side.cancel({ task_id: 1, command_id: 'c' }, anonymously(999));
    expect(reply).toMatchObject({ ok: false, error: { code: 'unavailable' } });
    expect(store.stream('task-1')).toHaveLength(1);
  });

  it('remembers what it accepted across a restart', async () => {
    const { store, side } = await withTask();
    const started = lifecycleEvent('started', 'k');
    const progressed = lifecycleEvent('progressed', 'k', { progress: 1 });
    await side.ingest(started, progressed);
    const restarted = new CommandSide(store);
    expect((await restarted.ingest(started, progressed)).map(({ outcome }) => outcome)).toEqual([
      'duplicate',
      'duplicate',
    ]);
  });

  it('decides a refused event anew', async () => {
    const store = new MemoryEventStore();
    const side = new CommandSide(store);
    const started = lifecycleEvent('started', 'k');
    expect((await side.one(started)).code).toBe(404);
    await side.one(created('k'));
    expect((await side.one(started)).outcome).toBe('accepted');
  });
});

describe('times', () => {
  it('keeps what the publisher said beside our own clock and takes the earlier one', async () => {
    const { store, side } = await withTask();
    await side.ingest(
      lifecycleEvent('started', 'k', {}, { time: '2025-03-12T11:59:58.5+02:00' }),
      lifecycleEvent('completed', 'k', {}, { time: '2030-01-01T00:00:00Z' }),
    );
    const [, started, completed] = store.stream('task-1');
    expect(started?.metadata).toMatchObject({
      occurred_at: '2025-03-12T09:59:58.500Z',
      recorded_at: '2025-03-12T10:00:00.000Z',
    });
    expect(stateAfter(completed as RecordedEvent)).toMatchObject({
      started_at: '2025-03-12T09:59:58.500Z',
      completed_at: '2025-03-12T10:00:00.000Z',
    });
  });

  it('never records an event before the one before it', async () => {
    const { store, side } = await withTask();
    side.nowMs -= 60_000;
    await side.one(lifecycleEvent('started', 'k'));
    side.nowMs -= 60_000;
    await new CommandSide(store).one(lifecycleEvent('completed', 'k'));
    expect(store.stream('task-1').map(({ metadata }) => metadata.recorded_at)).toEqual(
      Array(3).fill('2025-03-12T10:00:00.000Z'),
    );
  });
});

describe('cancelling', () => {
  it('answers with the revision and the position of the event', async () => {
    const { store, side } = await withTask();
    const reply = await side.cancel({ task_id: 1, reason: 'not needed', actor: 'ana', command_id: 'c-1' });
    const event = store.stream('task-1').at(-1);
    expect(reply).toEqual({ ok: true, task_id: 1, revision: 1, position: event?.position });
    expect(event).toMatchObject({ type: 'TaskCancelled', data: { reason: { value: 'not needed' } } });
    expect(event?.metadata).toMatchObject({ principal: 'ana', event_id: 'c-1' });
  });

  it('gives the repeat of a command its first answer, also after a restart', async () => {
    const { store, side } = await withTask();
    const first = await side.cancel({ task_id: 1, command_id: 'c-1' });
    expect(await side.cancel({ task_id: 1, command_id: 'c-1' })).toEqual(first);
    expect(await new CommandSide(store).cancel({ task_id: 1, command_id: 'c-1' })).toEqual(first);
    expect(await side.cancel({ task_id: 1, command_id: 'c-2' })).toEqual({
      ok: false,
      error: { code: 'already_cancelled', message: 'Cannot cancel task (already cancelled)' },
    });
  });

  it.each([
    ['completed', {}],
    ['failed', { error_message: 'broken' }],
  ])('refuses to cancel a task that has %s', async (status, data) => {
    const { side } = await withTask();
    await side.one(lifecycleEvent(status, 'k', data));
    expect(await side.cancel({ task_id: 1, command_id: 'c' })).toEqual({
      ok: false,
      error: { code: `already_${status}`, message: `Cannot cancel task (already ${status})` },
    });
  });

  it('does not know a task that is not there', async () => {
    const { side } = await withTask();
    const reply = await side.cancel({ task_id: 99, command_id: 'c' });
    expect(reply).toEqual({ ok: false, error: { code: 'task_not_found', message: 'Task not found' } });
  });

  it.each([
    [{ task_id: 0, command_id: 'c' }, 'task_id: must be a positive int'],
    [{ task_id: '1', command_id: 'c' }, 'task_id: must be a positive int'],
    [{ task_id: 1 }, 'command_id: must be a string of 1 to 512 characters'],
    [{ task_id: 1, command_id: 'c', reason: 5 }, 'reason: must be a string'],
    [{ task_id: 1, command_id: 'c', why: '' }, 'Unknown member "why"'],
    ['no object', /must be an object/],
  ])('names what is wrong with %j', async (request, message) => {
    const { side } = await withTask();
    expect(await side.cancel(request as object)).toMatchObject({
      ok: false,
      error: { code: 'invalid_request', message: expect.stringMatching(message) },
    });
  });

  it('has exactly one winner in 1,000 races against complete, and the loser is evidence', async () => {
    const store = new MemoryEventStore();
    const [left, right] = [new CommandSide(store), new CommandSide(store)];
    const wins = { cancelled: 0, completed: 0 };
    for (let race = 1; race <= 1000; race++) {
      const key = `race/${race}`;
      // Who has the task at hand already is a step ahead.
      const ahead = race % 3 === 0 ? right : left;
      const id = (await ahead.ingest(created(key), lifecycleEvent('started', key)))[0]?.task_id as number;
      const cancel = (): ReturnType<CommandSide['cancel']> =>
        left.cancel({ task_id: id, command_id: `c-${race}` });
      const complete = (): ReturnType<CommandSide['one']> => right.one(lifecycleEvent('completed', id));
      const [cancelled, completed] =
        race % 2 === 0
          ? await Promise.all([cancel(), complete()])
          : await Promise.all([complete(), cancel()]).then(([a, b]) => [b, a] as const);
      const final = store.stream(`task-${id}`).filter(({ type }) => /Completed|Cancelled/.test(type));
      expect(final).toHaveLength(1);
      expect(cancelled.ok).toBe(final[0]?.type === 'TaskCancelled');
      expect(completed.outcome === 'accepted').toBe(final[0]?.type === 'TaskCompleted');
      expect(store.stream(`taskEvidence-${id}`)).toHaveLength(1);
      wins[cancelled.ok ? 'cancelled' : 'completed']++;
    }
    expect(wins.cancelled).toBeGreaterThan(0);
    expect(wins.completed).toBeGreaterThan(0);
  });
});
