import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ApiError } from '../../../services/dashboard/api/client.js';
import type { StreamHandlers } from '../../../services/dashboard/api/event-stream.js';
import { TaskDetailFeed, type TaskDetailState } from '../../../services/dashboard/live/task-detail-feed.js';

let events: number;
let completedAt: string | null;
let trouble: Error | undefined;
let streams: StreamHandlers[];
let shown: TaskDetailState;
let feed: TaskDetailFeed;

beforeEach(() => {
  jest.useFakeTimers();
  [events, completedAt, trouble, streams] = [3, null, undefined, []];
  feed = new TaskDetailFeed(
    7,
    {
      async getTask(id) {
        if (trouble !== undefined) throw trouble;
        return { id, completed_at: completedAt } as any;
      },
      async getHistory(path) {
        const parameters = new URL(path, 'http://x').searchParams;
        const from = Number(parameters.get('from_revision'));
        const to = Math.max(from, Math.min(events, from + Number(parameters.get('limit'))));
        const history = Array.from({ length: to - from }, (_, at) => ({ revision: from + at })) as any[];
        return { history: { events: history, evidence: [] }, next: to < events ? 'more' : undefined };
      },
      openStream(_path, handlers) {
        streams.push(handlers);
        return () => undefined;
      },
      nowMs: () => Date.now(),
    },
    (state) => (shown = state),
  );
});
afterEach(() => {
  feed.close();
  jest.useRealTimers();
});
const stream = (): StreamHandlers => streams[streams.length - 1] as StreamHandlers;

describe('a task that is kept up to date', () => {
  it('loads what is newer when its stream says so, and nothing once it has ended', async () => {
    await feed.follow();
    expect(shown.events).toHaveLength(3);
    [events, completedAt] = [5, '2025-03-12T10:00:00'];
    stream().onEvent('task', '{}', '9');
    await jest.advanceTimersByTimeAsync(250);
    expect(shown.events).toHaveLength(5);
    stream().onEnd();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(streams).toHaveLength(1);
  });

  it('shows the newest of a long history, and what is earlier when it is asked for', async () => {
    events = 2_200;
    await feed.follow();
    expect([shown.events.at(-1)?.revision, shown.earlier]).toEqual([2_199, true]);
    const first = shown.events[0]?.revision as number;
    expect(first).toBeGreaterThan(0);
    while (shown.earlier) await feed.loadEarlier();
    expect(shown.events.map(({ revision }) => revision)).toEqual(
      Array.from({ length: 2_200 }, (_, at) => at),
    );
  });

  it('looks again and again where its stream is held back, and tries that after a while', async () => {
    await feed.follow();
    stream().onSilence();
    events = 4;
    await jest.advanceTimersByTimeAsync(3_000);
    expect(shown.events).toHaveLength(4);
    await jest.advanceTimersByTimeAsync(20 * 3_000);
    expect(streams).toHaveLength(2);
  });

  it('says since when it is not up to date', async () => {
    await feed.follow();
    expect(shown.staleSinceMs).toBeUndefined();
    const lostAtMs = Date.now();
    trouble = new ApiError(0, 'Taskledger does not answer');
    stream().onEnd();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(shown).toMatchObject({ staleSinceMs: lostAtMs, error: 'Taskledger does not answer' });
    trouble = undefined;
    await jest.advanceTimersByTimeAsync(15_000);
    expect(shown).toMatchObject({ staleSinceMs: undefined, error: '' });
  });
});
