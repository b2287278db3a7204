import { beforeEach, describe, expect, it } from '@jest/globals';
import { countChange } from '../../../projections/stats/count-change.js';
import type { CountChange } from '../../../shared/core/domain/task-counts.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

describe('what an event changes of the counts', () => {
  let store: MemoryEventStore;
  let commands: CommandSide;
  beforeEach(() => {
    store = new MemoryEventStore();
    commands = new CommandSide(store);
  });

  /** Creates task 1 and reports what happened to it, a second and a half after each other. */
  async function given(
    ...happened: [type: string, data?: object, over?: object][]
  ): Promise<RecordedEvent[]> {
    await commands.one(created('job/1', {}, { project_id: 7 }));
    for (const [type, data, over] of happened) {
      commands.nowMs += 1500;
      const event = lifecycleEvent(type, 'job/1', data, over as Record<string, unknown>);
      expect(await commands.one(event)).toMatchObject({ outcome: 'accepted' });
    }
    return store.stream('task-1');
  }

  /** From which state each event takes the task to which; `undefined` for an event that changes nothing. */
  const moves = (events: RecordedEvent[]) =>
    events.map((event) => {
      const change = countChange(event);
      return change && [change.before, change.after];
    });
  const last = (events: RecordedEvent[]): CountChange | undefined =>
    countChange(events.at(-1) as RecordedEvent);

  it('is one more pending task of its project and type when it is created', async () => {
    const events = await given();
    expect(events.map(countChange)).toEqual([
      {
        position: events[0]?.position,
        projectId: 7,
        taskType: 'search',
        before: undefined,
        after: 'pending',
      },
    ]);
  });

  it('is nothing while the task stays in its state', async () => {
    const events = await given(
      ['started'],
      ['progressed', { progress: 5 }],
      ['started'],
      ['progressed', { progress: 9 }],
      ['failed', { error_message: 'disk full' }],
    );
    expect(moves(events)).toEqual([
      [undefined, 'pending'],
      ['pending', 'running'],
      undefined,
      undefined,
      undefined,
      ['running', 'failed'],
    ]);
  });

  it('is a task that runs with the first progress, when no start was reported', async () => {
    expect(moves(await given(['progressed', { progress: 1 }], ['cancelled', {}]))).toEqual([
      [undefined, 'pending'],
      ['pending', 'running'],
      ['running', 'cancelled'],
    ]);
  });

  it.each(['completed', 'failed', 'cancelled'] as const)(
    'is a pending task less when it is %s at once',
    async (type) => {
      const data = type === 'failed' ? { error_message: 'never started' } : {};
      const change = last(await given([type, data]));
      expect(change).toMatchObject({ before: 'pending', after: type });
      expect(change).not.toHaveProperty('durationMs');
    },
  );

  it('has the time from the first start to the completion', async () => {
    const events = await given(['started'], ['started'], ['progressed', { progress: 9 }], ['completed']);
    expect(last(events)).toMatchObject({ before: 'running', after: 'completed', durationMs: 4500 });
  });

  it('has no time for what failed or was cancelled', async () => {
    expect(last(await given(['started'], ['cancelled', {}]))).not.toHaveProperty('durationMs');
  });

  it('takes an end that is said to be before the start for one at the start', async () => {
    const time = '2025-03-12T09:00:00.000Z';
    expect(last(await given(['started'], ['completed', {}, { time }]))).toMatchObject({ durationMs: 0 });
  });

  it('is an error when this version can not read the event', async () => {
    const [event] = (await given()) as [RecordedEvent];
    expect(() => countChange({ ...event, type: 'TaskPaused' })).toThrow(/Unknown event type "TaskPaused"/);
    const metadata = { ...event.metadata, schema_version: '3' };
    expect(() => countChange({ ...event, metadata })).toThrow(/has schema version 3/);
    const after = { ...(event.data.after as object), task_type: 7 };
    expect(() => countChange({ ...event, data: { after } })).toThrow(/lacks the type of the task/);
    const ended = { ...(event.data.after as object), status: 'completed', started_at: 'then' };
    expect(() => countChange({ ...event, revision: 2, data: { after: ended } })).toThrow(/lacks the times/);
  });
});
