import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Outbox, PROGRESS_INTERVAL_MS } from '../../../clients/typescript/outbox.js';
import { taskEvent, type TaskEvent } from '../../../clients/typescript/task-event.js';
import type { EventOutcome } from '../../../clients/typescript/index.js';

const progressed = (progress: number): TaskEvent => taskEvent('/test', 'task.progressed', '1', { progress });

function accepted(events: TaskEvent[]): EventOutcome[] {
  return events.map(({ id }) => ({
    event_id: id,
    outcome: 'accepted',
    task_id: 1,
    code: 200,
    message: 'accepted',
  }));
}

describe('Outbox', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('sends at most four progress reports a second, each the newest of its time', async () => {
    const sent: unknown[] = [];
    const outbox = new Outbox(async (events) => {
      sent.push(...events.map(({ data }) => data.progress));
      return accepted(events);
    });
    // A report every 10 ms for one second, the last one just before it ends.
    for (let progress = 1; progress < 100; progress++) {
      outbox.report(progressed(progress));
      await jest.advanceTimersByTimeAsync(10);
    }
    outbox.report(progressed(100));
    expect(PROGRESS_INTERVAL_MS).toBe(250);
    expect(sent).toEqual([1, 25, 50, 75]);
    await jest.advanceTimersByTimeAsync(PROGRESS_INTERVAL_MS);
    expect(sent).toEqual([1, 25, 50, 75, 100]);
    await jest.advanceTimersByTimeAsync(10 * PROGRESS_INTERVAL_MS);
    expect(sent).toHaveLength(5);
  });

  it('lets only the newest report wait while a request is out', async () => {
    const sent: unknown[][] = [];
    let answer: () => void = () => {};
    const outbox = new Outbox(async (events) => {
      sent.push(events.map(({ data }) => data.progress));
      await new Promise<void>((resolve) => (answer = resolve));
      return accepted(events);
    });
    for (let progress = 1; progress <= 9; progress++) {
      outbox.report(progressed(progress));
      await jest.advanceTimersByTimeAsync(PROGRESS_INTERVAL_MS);
    }
    expect(sent).toEqual([[1]]);
    answer();
    await jest.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([[1], [9]]);
  });

  it('sends a held report just before the event that follows it', async () => {
    const sent: string[] = [];
    const outbox = new Outbox(async (events) => {
      sent.push(events.map(({ type, data }) => `${type} ${JSON.stringify(data)}`).join(', '));
      return accepted(events);
    });
    outbox.report(progressed(1));
    await jest.advanceTimersByTimeAsync(0);
    outbox.report(progressed(2));
    outbox.report(progressed(3));
    await outbox.push(taskEvent('/test', 'task.completed', '1', {}));
    expect(sent).toEqual([
      'task.progressed {"progress":1}',
      'task.progressed {"progress":3}, task.completed {}',
    ]);
  });

  it('drops a held report when told to', async () => {
    const send = jest.fn(async (events: TaskEvent[]) => accepted(events));
    const outbox = new Outbox(send);
    outbox.report(progressed(1));
    outbox.dropProgress();
    await jest.advanceTimersByTimeAsync(PROGRESS_INTERVAL_MS);
    expect(send).not.toHaveBeenCalled();
  });

  it('goes on after an event that could not be sent, and tells only who waits for it', async () => {
    let broken = true;
    const outbox = new Outbox(async (events) => {
      if (broken) throw new Error('no answer');
      return accepted(events);
    });
    outbox.report(progressed(1));
    await jest.advanceTimersByTimeAsync(0);
    await expect(outbox.push(taskEvent('/test', 'task.failed', '1', { error_message: '' }))).rejects.toThrow(
      'no answer',
    );
    broken = false;
    await expect(outbox.push(taskEvent('/test', 'task.completed', '1', {}))).resolves.toMatchObject({
      outcome: 'accepted',
    });
  });

  it('takes at most 1000 waiting events', async () => {
    const outbox = new Outbox(() => new Promise(() => {}));
    void outbox.push(taskEvent('/test', 'task.started', '1', {}));
    await jest.advanceTimersByTimeAsync(0);
    for (let count = 0; count < 1_000; count++) void outbox.push(taskEvent('/test', 'task.started', '1', {}));
    await expect(outbox.push(taskEvent('/test', 'task.started', '1', {}))).rejects.toThrow(
      'At most 1000 events',
    );
  });
});
