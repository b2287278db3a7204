import { beforeEach, describe, expect, it } from '@jest/globals';
import { openEvent } from '../../../shared/core/application/stored-event.js';
import { CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

const TASK = { project_id: 3, task_type: 'ocr', total: 10, labels: { team: 'b' } };
const KEY = 'bullmq:ocr:7';

let store: MemoryEventStore;
let side: CommandSide;
beforeEach(() => {
  store = new MemoryEventStore();
  side = new CommandSide(store);
});

/** Types and states of all events of tasks. */
const story = (): unknown[] =>
  store.events
    .filter(({ stream }) => stream.startsWith('task-'))
    .map((recorded) => {
      const { type, taskId, after } = openEvent(recorded);
      return [taskId, type, after.status];
    });

describe('an event that says what creates its task', () => {
  it.each([
    ['started', {}, 'TaskStarted', 'running'],
    ['progressed', { progress: 3 }, 'TaskProgressed', 'running'],
    ['progressed', { message: 'queued' }, 'TaskProgressed', 'pending'],
    ['attempt_failed', { error_message: 'x', attempt: 2 }, 'TaskAttemptFailed', 'pending'],
    ['completed', {}, 'TaskCompleted', 'completed'],
    ['failed', { error_message: 'x' }, 'TaskFailed', 'failed'],
    ['cancelled', {}, 'TaskCancelled', 'cancelled'],
  ])('creates it: %s %j', async (type, data, stored, status) => {
    const event = lifecycleEvent(type, KEY, { ...data, task: TASK });
    expect(await side.one(event)).toMatchObject({ outcome: 'accepted', task_id: 1 });
    const both = [
      [1, 'TaskCreated', 'pending'],
      [1, stored, status],
    ];
    expect(story()).toEqual(both);
    expect(await side.one(event)).toMatchObject({ outcome: 'duplicate', task_id: 1 });
    expect(await new CommandSide(store).one(event)).toMatchObject({ outcome: 'duplicate', task_id: 1 });
    expect(story()).toEqual(both);
  });

  it('creates it once, whichever comes first, and is looked at no more from then on', async () => {
    const other = { project_id: 9, task_type: 'crawl' };
    const outcomes = await side.ingest(
      lifecycleEvent('started', KEY, { task: TASK }),
      lifecycleEvent('progressed', KEY, { progress: 2, task: other }),
      created(KEY, {}, TASK),
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted', 'duplicate']);
    expect(await side.one(lifecycleEvent('completed', KEY, { task: other }))).toMatchObject({
      outcome: 'accepted',
    });
    expect(story().map((event) => (event as string[])[1])).toEqual([
      'TaskCreated',
      'TaskStarted',
      'TaskProgressed',
      'TaskCompleted',
    ]);
  });

  it('leaves no trace where it is refused itself', async () => {
    const event = lifecycleEvent('progressed', KEY, { progress: 11, task: TASK });
    expect(await side.one(event)).toMatchObject({
      outcome: 'rejected',
      reason: 'progress_beyond_total',
      task_id: null,
    });
    expect(story()).toEqual([]);
    expect(await side.one(lifecycleEvent('started', KEY))).toMatchObject({ reason: 'task_not_found' });
  });

  it('is decided on the task that is there, also by a service that does not know it yet', async () => {
    await side.ingest(created(KEY, {}, { ...TASK, total: 20 }));
    const other = new CommandSide(store);
    // Knows ids at hand, so that it does not ask the ledger first.
    await other.ingest(created('other', {}, TASK));
    const event = lifecycleEvent('progressed', KEY, { progress: 11, task: TASK });
    expect(await other.one(event)).toMatchObject({ outcome: 'accepted', task_id: 1 });
  });

  it('creates it once when two services are told at the same time', async () => {
    const other = new CommandSide(store);
    const outcomes = await Promise.all([
      side.one(lifecycleEvent('started', KEY, { attempt: 1, task: TASK })),
      other.one(lifecycleEvent('progressed', KEY, { progress: 1, attempt: 1, task: TASK })),
    ]);
    expect(new Set(outcomes.map(({ task_id }) => task_id)).size).toBe(1);
    expect(story().filter((event) => (event as string[])[1] === 'TaskCreated')).toHaveLength(1);
  });

  it('creates none under an id', async () => {
    expect(await side.one(lifecycleEvent('started', 7, { task: TASK }))).toMatchObject({
      outcome: 'rejected',
      reason: 'task_not_found',
    });
  });

  it('has on record which event it came with, and who sent it', async () => {
    await side.ingest(lifecycleEvent('started', KEY, { task: TASK }, { source: '/bullmq', id: '7-1' }));
    const [creation] = store.stream('task-1');
    expect(creation?.metadata).toMatchObject({ source: 'taskledger:task', event_id: '/bullmq 7-1' });
  });
});
