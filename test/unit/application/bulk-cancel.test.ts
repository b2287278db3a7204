import { beforeEach, describe, expect, it } from '@jest/globals';
import { PREVIEWS_MAX } from '../../../shared/core/application/bulk-cancels.js';
import { openEvent } from '../../../shared/core/application/stored-event.js';
import { verifyChain } from '../../../shared/core/application/chain-verifier.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { BULK_CANCEL_TASKS_MAX, STORED_EVENT_BYTES_MAX } from '../../../shared/core/domain/limits.js';
import { bulkCancelId, BulkCancelSide } from '../../support/bulk-cancel-side.js';
import { CommandSide, created, lifecycleEvent, anonymously } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

const STREAM = `bulkCancel-${bulkCancelId()}`;
const HOUR_MS = 3_600_000;

let store: MemoryEventStore;
let tasks: CommandSide;
let side: BulkCancelSide;

beforeEach(() => {
  store = new MemoryEventStore();
  tasks = new CommandSide(store);
  side = new BulkCancelSide(store);
});

/** Creates tasks 1 to `count`. */
async function createTasks(count: number): Promise<number[]> {
  for (let at = 1; at <= count; at++) await tasks.one(created(`k${at}`));
  return Array.from({ length: count }, (_, at) => at + 1);
}

function lastOf(taskId: number): { type: string; metadata: Record<string, string>; data: object } {
  const last = store.stream(`task-${taskId}`).at(-1);
  if (last === undefined) throw new Error(`There is no task ${taskId}`);
  return last;
}

/** How often each task was cancelled in the ledger. */
function cancels(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type, stream } of store.events) {
    if (type === 'TaskCancelled') counts.set(stream, (counts.get(stream) ?? 0) + 1);
  }
  return counts;
}

describe('a preview', () => {
  it('is on record with its tasks, and changes none of them', async () => {
    const ids = await createTasks(2);
    expect(await side.preview(ids, { reason: 'wrong input', actor: 'ana' })).toEqual({
      ok: true,
      id: bulkCancelId(),
    });
    expect(await side.load()).toMatchObject({
      createdAt: '2025-03-12T10:00:00.000Z',
      state: {
        status: 'previewed',
        preview: { task_ids: ids, reason: 'wrong input', expires_at: '2025-03-12T11:00:00.000Z' },
      },
    });
    expect(cancels().size).toBe(0);
    expect(store.stream(STREAM)[0]?.metadata).toMatchObject({
      principal: 'ana',
      $correlationId: bulkCancelId(),
    });
  });

  it.each([
    ['an id that is no UUID', { id: 'x' }, /^id: must be a UUID/],
    ['a task that is no id', { task_ids: [0] }, /^task_ids.0: must be a positive int/],
    ['a task twice', { task_ids: [1, 1] }, /Each task can be taken once/],
    [
      'more tasks than allowed',
      { task_ids: Array.from({ length: BULK_CANCEL_TASKS_MAX + 1 }, (_, at) => at + 1) },
      /must have at most 10000 tasks/,
    ],
    ['a member that there is not', { tasks: [] }, /Unknown member "tasks"/],
    ['a filter that is no object', { filter: 'all' }, /^filter: must be an object/],
    [
      'a filter that is huge',
      { filter: { key: 'x'.repeat(33_000) } },
      /^filter: must have at most 32768 bytes/,
    ],
  ])('is refused with %s', async (_, wrong, message) => {
    const reply = await side.preview([1], wrong);
    expect(reply).toMatchObject({ ok: false, error: { code: 'invalid_request' } });
    expect(reply).toHaveProperty('error.message', expect.stringMatching(message));
    expect(store.events).toEqual([]);
  });

  it('of another one is not overwritten', async () => {
    await side.preview([1]);
    expect(await side.preview([2])).toMatchObject({ ok: false, error: { code: 'cancellation_exists' } });
    expect((await side.load()).state.preview.task_ids).toEqual([1]);
  });

  it('fits into a stored event, however large its parts are', async () => {
    const largest = Number.MAX_SAFE_INTEGER;
    const task_ids = Array.from({ length: BULK_CANCEL_TASKS_MAX }, (_, at) => largest - at);
    const text = '\u0001'.repeat(1000);
    const filter = {
      status: Array.from({ length: 100 }, () => '!completed'),
      task_type: Array.from({ length: 100 }, () => `!${'t'.repeat(64)}`),
      created_after: text,
      created_before: text,
      key: text,
      key_prefix: text,
    };
    await side.preview(task_ids, { filter, reason: '\u0001'.repeat(4096), actor: 'ü'.repeat(256) });
    const [event] = store.stream(STREAM);
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(STORED_EVENT_BYTES_MAX);
  });

  it(`is refused while ${PREVIEWS_MAX} others were made within an hour`, async () => {
    for (let number = 1; number <= PREVIEWS_MAX; number++) {
      side.nowMs++;
      await side.preview([number], { id: bulkCancelId(number) });
    }
    const next = { id: bulkCancelId(PREVIEWS_MAX + 1) };
    expect(await side.preview([7], next)).toEqual({
      ok: false,
      error: {
        code: 'too_many_previews',
        message: expect.stringMatching(
          /At most 1000 .* 60 minutes; the next one at 2025-03-12T11:00:00.001Z/,
        ),
        retry_after_s: 3600,
      },
    });
    side.nowMs = Date.parse('2025-03-12T11:00:00.001Z');
    expect(await side.preview([7], next)).toMatchObject({ ok: true });
  });

  it('that holds no task takes nobody else the place, and is finished with its start', async () => {
    for (let number = 1; number <= PREVIEWS_MAX + 1; number++) {
      expect(await side.preview([], { id: bulkCancelId(number) })).toMatchObject({ ok: true });
    }
    const next = { id: bulkCancelId(PREVIEWS_MAX + 2) };
    expect(await side.preview([7], next)).toMatchObject({ ok: true });
    await side.start();
    expect((await side.load()).state.status).toBe('finished');
  });
});

describe('an execution', () => {
  it('cancels exactly the tasks of the preview that are still open, and says of the others why not', async () => {
    const ids = await createTasks(6);
    await side.preview(ids.slice(0, 5), { reason: 'wrong input' });
    await tasks.one(lifecycleEvent('started', 'k1'));
    await tasks.one(lifecycleEvent('completed', 'k2'));
    await tasks.one(lifecycleEvent('failed', 'k3', { error_message: 'x' }));
    await tasks.cancel({ task_id: 4, command_id: 'somebody' });
    await tasks.one(created('k7'));
    await side.start({ actor: 'ben' });
    await side.finish();
    expect((await side.load()).state).toMatchObject({
      status: 'finished',
      cancelled: 2,
      refused: [
        { task_id: 2, code: 'already_completed', message: 'Cannot cancel task (already completed)' },
        { task_id: 3, code: 'already_failed', message: 'Cannot cancel task (already failed)' },
        { task_id: 4, code: 'already_cancelled', message: 'Cannot cancel task (already cancelled)' },
      ],
    });
    expect([...cancels().keys()].sort()).toEqual(['task-1', 'task-4', 'task-5']);
    expect([6, 7].map((id) => lastOf(id).type)).toEqual(['TaskCreated', 'TaskCreated']);
  });

  it('says in each task why it was cancelled, by whom, and what led to it', async () => {
    await createTasks(1);
    await side.preview([1], { reason: 'wrong input' });
    await side.start({ actor: 'ben' });
    await side.finish();
    const started = store.stream(STREAM)[1];
    expect(started?.type).toBe('BulkCancelStarted');
    expect(lastOf(1)).toMatchObject({
      type: 'TaskCancelled',
      data: { reason: { value: 'wrong input' } },
      metadata: {
        source: 'taskledger:cancel',
        event_id: `${STREAM}/1`,
        principal: 'ben',
        $correlationId: bulkCancelId(),
        $causationId: started?.id,
      },
    });
  });

  it('of a preview without tasks is finished at once', async () => {
    await side.preview([]);
    await side.start();
    await side.finish();
    expect((await side.load()).state.status).toBe('finished');
  });

  it('is refused for an unknown one, and for a preview that has expired', async () => {
    expect(await side.start()).toMatchObject({ ok: false, error: { code: 'cancellation_not_found' } });
    await createTasks(1);
    await side.preview([1]);
    side.nowMs += HOUR_MS;
    expect(await side.start()).toMatchObject({ ok: false, error: { code: 'cancellation_expired' } });
    await side.finish();
    expect(cancels().size).toBe(0);
  });

  it('cancels nothing that was not started', async () => {
    await createTasks(1);
    await side.preview([1]);
    await side.finish();
    expect(cancels().size).toBe(0);
  });

  it('asked for again is the same one, after its end too', async () => {
    await createTasks(3);
    await side.preview([3, 2, 1]);
    await side.start();
    await side.start();
    await side.finish();
    const { length } = store.events;
    expect(await side.start()).toEqual({ ok: true, id: bulkCancelId() });
    await side.finish();
    expect(store.events).toHaveLength(length);
  });

  it('goes on after a crash between the cancels and their note, with nothing cancelled twice', async () => {
    const ids = await createTasks(700);
    await side.preview(ids);
    await side.start();
    await side.step();
    store.beforeAppend = ({ stream }) => {
      if (stream === STREAM) throw new UnavailableError('killed');
    };
    await expect(side.step()).rejects.toThrow('killed');
    store.beforeAppend = () => undefined;
    expect((await side.load()).state.cancelled).toBe(250);
    expect(cancels().size).toBe(500);
    // Meanwhile one of those that are next completes.
    await tasks.one(lifecycleEvent('completed', 'k600'));

    const other = new BulkCancelSide(store);
    expect(await other.start()).toMatchObject({ ok: true });
    await other.finish();
    expect((await other.load()).state).toMatchObject({
      status: 'finished',
      cancelled: 699,
      refused: [{ task_id: 600, code: 'already_completed' }],
    });
    expect([...cancels().values()].every((count) => count === 1)).toBe(true);
    expect(cancels().size).toBe(699);
  });

  it('by two processes at once ends as by one', async () => {
    const ids = await createTasks(600);
    await side.preview(ids);
    const other = new BulkCancelSide(store);
    await Promise.all([side.start({ actor: 'ana' }), other.start({ actor: 'ben' })]);
    await Promise.all([side.finish(), other.finish()]);
    const { state } = await side.load();
    expect(state).toMatchObject({ status: 'finished', cancelled: 600, refused: [] });
    expect(cancels().size).toBe(600);
    expect([...cancels().values()].every((count) => count === 1)).toBe(true);
    const noted = store
      .stream(STREAM)
      .flatMap(({ data }) => (data.cancelled instanceof Array ? data.cancelled : []));
    expect(noted).toEqual(ids);
  });

  it('stops after the tasks in hand when it is told to, and notes them', async () => {
    const ids = await createTasks(300);
    await side.preview(ids);
    await side.start();
    const stopping = new AbortController();
    store.afterAppend = ({ stream }) => {
      if (stream === 'task-10') stopping.abort();
    };
    expect(await side.step(undefined, stopping.signal)).toBe('more');
    const { cancelled } = (await side.load()).state;
    expect(cancelled).toBeLessThan(250);
    expect(cancels().size).toBe(cancelled);
    await side.finish();
    expect(cancels().size).toBe(300);
  });

  it('notes what it knows when the ledger goes away in between', async () => {
    const ids = await createTasks(200);
    await side.preview(ids);
    await side.start();
    store.beforeAppend = ({ stream }) => {
      if (stream === 'task-100') throw new UnavailableError('away');
    };
    await expect(side.step()).rejects.toThrow('away');
    expect((await side.load()).state.cancelled).toBe(99);
    store.beforeAppend = () => undefined;
    await side.finish();
    expect((await side.load()).state).toMatchObject({ status: 'finished', cancelled: 200 });
    expect([...cancels().values()].every((count) => count === 1)).toBe(true);
  });

  it('leaves out a task whose record does not verify, and says so', async () => {
    const ids = await createTasks(3);
    await side.preview(ids);
    store.stream('task-2').forEach((event) => (event.type = 'TaskPaused'));
    await side.start();
    await side.finish();
    expect((await side.load()).state).toMatchObject({
      status: 'finished',
      cancelled: 2,
      refused: [{ task_id: 2, code: 'broken_stream' }],
    });
  });

  it('says of a task that there is not that there is none', async () => {
    await side.preview([77]);
    await side.start();
    await side.finish();
    expect((await side.load()).state.refused).toEqual([
      { task_id: 77, code: 'task_not_found', message: 'Task not found' },
    ]);
  });

  it('leaves chains that verify and states that fold', async () => {
    const ids = await createTasks(3);
    await side.preview(ids);
    await side.start();
    await side.finish();
    for (const stream of [STREAM, 'bulkCancels', 'task-1']) {
      expect(await verifyChain(store.stream(stream), side.crypto)).toBeUndefined();
    }
    expect(store.stream('task-1').map((event) => openEvent(event).after.status)).toEqual([
      'pending',
      'cancelled',
    ]);
  });
});

describe('an abort', () => {
  it('stops before the next task, and notes what was in hand after it', async () => {
    const ids = await createTasks(300);
    await side.preview(ids);
    await side.start();
    let aborting: Promise<unknown> | undefined;
    store.afterAppend = ({ stream }) => {
      if (stream === 'task-10') aborting = new BulkCancelSide(store).abort({ actor: 'ana' });
    };
    await side.finish();
    expect(await aborting).toEqual({ ok: true, id: bulkCancelId() });
    const { state } = await side.load();
    expect(state.status).toBe('aborted');
    expect(state.cancelled).toBeLessThan(200);
    expect(cancels().size).toBe(state.cancelled);
    expect(store.stream(STREAM).map(({ type }) => type)).toContain('BulkCancelAborted');
    expect(await side.abort()).toEqual({ ok: true, id: bulkCancelId() });
    expect(await side.start()).toMatchObject({ ok: false, error: { code: 'cancellation_aborted' } });
    await new BulkCancelSide(store).finish();
    expect(cancels().size).toBe(state.cancelled);
  });

  it('of one that nobody works on leaves all of its tasks as they are', async () => {
    await side.preview(await createTasks(3));
    await side.start();
    await side.abort();
    await side.finish();
    expect(cancels().size).toBe(0);
    const found: string[] = [];
    for await (const id of side.bulkCancels.underWay()) found.push(id);
    expect(found).toEqual([]);
  });

  it('notes once what two processes had in hand', async () => {
    const ids = await createTasks(300);
    await side.preview(ids);
    await side.start();
    let aborting: Promise<unknown> | undefined;
    store.afterAppend = ({ stream }) => {
      if (stream === 'task-10') aborting ??= side.abort();
    };
    await Promise.all([side.finish(), new BulkCancelSide(store).finish()]);
    await aborting;
    const { state } = await side.load();
    expect([state.status, state.cancelled]).toEqual(['aborted', cancels().size]);
    expect([...cancels().values()].every((count) => count === 1)).toBe(true);
  });

  it('is refused for what there is not, and for what is finished', async () => {
    expect(await side.abort()).toMatchObject({ ok: false, error: { code: 'cancellation_not_found' } });
    await side.preview(await createTasks(1));
    await side.start();
    await side.finish();
    expect(await side.abort()).toMatchObject({ ok: false, error: { code: 'cancellation_finished' } });
  });
});

it('finds those that are under way, and no others', async () => {
  await createTasks(2);
  const number = async (at: number, ...task_ids: number[]): Promise<void> => {
    await side.preview(task_ids, { id: bulkCancelId(at) });
  };
  await number(1, 1);
  await number(2, 1);
  await number(3, 2);
  await number(4, 1);
  for (const at of [2, 3, 4]) await side.start({ id: bulkCancelId(at) });
  await side.finish(bulkCancelId(3));
  // One that was listed and whose preview was then not written.
  store.beforeAppend = ({ stream }) => {
    if (stream.startsWith('bulkCancel-')) throw new UnavailableError('killed');
  };
  await expect(number(5, 1)).rejects.toThrow('killed');
  store.beforeAppend = () => undefined;
  const found: string[] = [];
  for await (const id of side.bulkCancels.underWay()) found.push(id);
  expect(found).toEqual([bulkCancelId(4), bulkCancelId(2)]);
});

it('begins nothing after the deadline of a request', async () => {
  await side.preview([1]);
  const late = anonymously(side.nowMs - 1);
  await expect(side.bulkCancels.start({ id: bulkCancelId() }, late)).rejects.toThrow(/deadline/);
  const request = { id: bulkCancelId(2), filter: {}, position: null, task_ids: [] };
  await expect(side.bulkCancels.preview(request, late)).rejects.toThrow(/deadline/);
  expect(await side.bulkCancels.preview(request, anonymously())).toMatchObject({ ok: true });
});
