import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ApiError, type TaskPage } from '../../../services/dashboard/api/client.js';
import type { StreamHandlers } from '../../../services/dashboard/api/event-stream.js';
import type { TaskItem } from '../../../services/dashboard/api/types.js';
import { TaskListFeed } from '../../../services/dashboard/live/task-list-feed.js';
import type { TaskListState } from '../../../services/dashboard/live/task-list-state.js';

const item = (id: number, changes: Partial<TaskItem> = {}): TaskItem => ({
  id,
  project_id: 1,
  task_type: 'ocr',
  status: 'running',
  progress: 0,
  total: 10,
  created_at: `2025-03-12T10:00:${String(id).padStart(2, '0')}`,
  ...changes,
});

/** A stream that was opened: what a test can make it tell. */
interface OpenedStream extends StreamHandlers {
  path: string;
  closed: boolean;
}

let pages: (TaskPage | Error)[];
let asked: string[];
let streams: OpenedStream[];
let frames: (() => void)[];
let shown: TaskListState;
let feed: TaskListFeed;
let listOf: (filter: string) => TaskListFeed;

beforeEach(() => {
  jest.useFakeTimers();
  [pages, asked, streams, frames] = [[], [], [], []];
  const answer = async (path: string): Promise<TaskPage> => {
    asked.push(path);
    const page = pages.shift();
    if (page === undefined || page instanceof Error) throw page ?? new Error('not expected');
    return page;
  };
  listOf = (filter) => {
    const deps = {
      listTasks: (_filter: URLSearchParams, limit: number) => answer(`limit ${limit}`),
      listPage: answer,
      openStream(path: string, handlers: StreamHandlers) {
        const stream = { ...handlers, path, closed: false };
        streams.push(stream);
        return () => (stream.closed = true);
      },
      onNextFrame: (work: () => void) => frames.push(work),
      nowMs: () => Date.now(),
    };
    return new TaskListFeed(new URLSearchParams(filter), deps, (state) => (shown = state));
  };
  feed = listOf('status=running');
});
afterEach(() => {
  feed.close();
  jest.useRealTimers();
});

const page = (position: string, ids: number[], next?: string): TaskPage => ({
  tasks: ids.map((id) => item(id)),
  next,
  position,
  lagMs: 3,
});
const stream = (): OpenedStream => streams[streams.length - 1] as OpenedStream;
const tell = (position: string, task: TaskItem, type = 'task'): void =>
  stream().onEvent(type, JSON.stringify(task), position);
const draw = (): void => {
  for (const work of frames.splice(0)) work();
};
const ids = (): number[] => shown.rows.rows.map(({ id }) => id);
const after = (): string | null => new URL(stream().path, 'http://x').searchParams.get('after');

async function start(...of: Parameters<typeof page>): Promise<void> {
  pages.push(page(...of));
  await feed.load();
  stream().onOpen();
}

describe('a list that is kept up to date', () => {
  it('follows the stream from the position of its first page on, with the same filter', async () => {
    await start('07', [9, 8]);
    expect(ids()).toEqual([9, 8]);
    expect(shown).toMatchObject({ phase: 'ready', connection: { state: 'live' }, lagMs: 3 });
    expect(stream().path).toMatch(/^\/api\/v1\/tasks\/stream\?status=running&include=/);
    expect(after()).toBe('07');
  });

  it('takes in once per picture what came in between, the newest state of each task', async () => {
    await start('07', [9, 8]);
    tell('08', item(9, { progress: 1 }));
    tell('09', item(9, { progress: 2 }));
    tell('10', item(10));
    expect(frames).toHaveLength(1);
    expect(ids()).toEqual([9, 8]);
    draw();
    expect(ids()).toEqual([10, 9, 8]);
    expect(shown.rows.rows[1]).toMatchObject({ progress: 2 });
    expect(shown.position).toBe('10');
  });

  it('holds new tasks as long as it is told to', async () => {
    await start('07', [9]);
    feed.setHold(true);
    tell('08', item(10));
    draw();
    expect([ids(), shown.rows.held.length]).toEqual([[9], 1]);
    feed.setHold(false);
    expect([ids(), shown.rows.held.length]).toEqual([[10, 9], 0]);
  });

  it('takes away what left the filter after a while, but not while it holds', async () => {
    await start('07', [9, 8]);
    tell('08', item(9, { status: 'completed' }), 'left');
    draw();
    expect(shown.rows.rows[0]).toMatchObject({ id: 9, left: true });
    feed.setHold(true);
    jest.advanceTimersByTime(60_000);
    expect(ids()).toEqual([9, 8]);
    feed.setHold(false);
    expect(ids()).toEqual([8]);
  });

  it('loads older tasks page by page, and once at a time', async () => {
    await start('07', [9, 8], '/next');
    pages.push(page('07', [7, 6]));
    await Promise.all([feed.loadOlder(), feed.loadOlder()]);
    expect(asked.filter((path) => path === '/next')).toHaveLength(1);
    expect(ids()).toEqual([9, 8, 7, 6]);
    expect(shown.rows.complete).toBe(true);
    await feed.loadOlder();
    expect(asked).toHaveLength(2);
  });

  it('is not set back by a page that is behind the stream', async () => {
    await start('07', [9], '/next');
    tell('09', item(5, { progress: 8 }));
    draw();
    pages.push(page('08', [6, 5, 4]));
    await feed.loadOlder();
    expect(shown.rows.rows.find(({ id }) => id === 5)).toMatchObject({ progress: 8 });
  });

  it('says that older tasks could not be loaded, and loads them when asked again', async () => {
    await start('07', [9], '/next');
    pages.push(new ApiError(0, 'Taskledger does not answer'));
    await feed.loadOlder();
    expect(shown.older).toBe('failed');
    // Coming into sight again and again must not ask a server that is away again and again.
    feed.nearEnd();
    expect(asked).toHaveLength(2);
    pages.push(page('07', [8]));
    await feed.loadOlder();
    expect([shown.older, ids()]).toEqual(['idle', [9, 8]]);
  });
});

describe('a list whose connection is lost', () => {
  it('goes on after the last event that it was told', async () => {
    await start('07', [9]);
    tell('12', item(9, { progress: 1 }));
    stream().onEnd();
    expect(shown.connection).toMatchObject({ state: 'disconnected', why: 'The connection was lost' });
    pages.push(page('12', [9]));
    await jest.advanceTimersByTimeAsync(500);
    expect(streams).toHaveLength(2);
    expect(after()).toBe('12');
    stream().onOpen();
    expect(shown.connection).toEqual({ state: 'live' });
  });

  it('waits longer each time, says why, and connects at once when asked to', async () => {
    await start('07', [9]);
    stream().onEnd();
    for (const [why, delayMs] of [
      ['one', 500],
      ['two', 1000],
      ['three', 2000],
    ] as const) {
      pages.push(new ApiError(503, why));
      await jest.advanceTimersByTimeAsync(delayMs - 1);
      expect(pages).toHaveLength(1);
      await jest.advanceTimersByTimeAsync(1);
      expect(shown.connection).toMatchObject({ state: 'disconnected', why });
    }
    const { connection } = shown;
    expect(connection.state === 'disconnected' && connection.retryAtMs - Date.now()).toBeGreaterThan(0);
    pages.push(page('07', [9]));
    feed.retryNow();
    await jest.advanceTimersByTimeAsync(0);
    expect(shown.connection).toEqual({ state: 'connecting' });
    expect(ids()).toEqual([9]);
  });

  it('is loaded anew when the ledger is another one', async () => {
    await start('07', [9]);
    stream().onEnd();
    pages.push(page('02', [2]), page('02', [2]));
    await jest.advanceTimersByTimeAsync(500);
    expect([ids(), after()]).toEqual([[2], '02']);
  });

  it('is loaded anew after a long absence', async () => {
    await start('07', [9]);
    feed.setVisible(false);
    jest.advanceTimersByTime(30_000);
    expect([shown.connection.state, stream().closed]).toEqual(['paused', true]);
    jest.advanceTimersByTime(10 * 60_000);
    pages.push(page('99', [50]));
    feed.setVisible(true);
    await jest.advanceTimersByTimeAsync(0);
    expect([ids(), after()]).toEqual([[50], '99']);
  });

  it('keeps its connection over a short absence', async () => {
    await start('07', [9]);
    feed.setVisible(false);
    jest.advanceTimersByTime(5_000);
    feed.setVisible(true);
    jest.advanceTimersByTime(60_000);
    expect([shown.connection.state, streams.length]).toEqual(['live', 1]);
  });

  it('looks again when something else found the server silent', async () => {
    await start('07', [9]);
    pages.push(new ApiError(0, 'Taskledger does not answer'));
    feed.doubt();
    await jest.advanceTimersByTimeAsync(0);
    expect(shown.connection).toMatchObject({ state: 'disconnected', why: 'Taskledger does not answer' });
  });

  it('has one connection, however often it is told to connect', async () => {
    await start('07', [9]);
    pages.push(page('07', [9]), page('07', [9]), page('07', [9]));
    for (let times = 0; times < 3; times++) feed.doubt();
    await jest.advanceTimersByTimeAsync(0);
    expect(streams.filter(({ closed }) => !closed)).toHaveLength(1);
    expect(streams).toHaveLength(2);
  });
});

describe('a list whose stream is held back', () => {
  it('asks for the newest tasks again and again, and tries the stream after a while', async () => {
    pages.push(page('07', [9, 8]));
    await feed.load();
    stream().onSilence();
    expect(shown.connection).toEqual({ state: 'polling' });
    pages.push(page('09', [10, 8]));
    await jest.advanceTimersByTimeAsync(3_000);
    expect([ids(), shown.position, shown.connection.state]).toEqual([[10, 9, 8], '09', 'polling']);
    expect(shown.rows.rows[1]).toMatchObject({ id: 9, left: true });
    for (let times = 0; times < 19; times++) pages.push(page('09', [10, 8]));
    await jest.advanceTimersByTimeAsync(20 * 3_000);
    expect([asked.length, streams.length]).toEqual([21, 2]);
    expect([after(), shown.connection.state]).toEqual(['09', 'polling']);
    stream().onOpen();
    await jest.advanceTimersByTimeAsync(10_000);
    expect([shown.connection.state, asked.length]).toEqual(['live', 21]);
  });

  it('does the same where the stream is refused, as when there are too many readers', async () => {
    pages.push(page('07', [9]));
    await feed.load();
    stream().onEnd();
    expect(shown.connection).toEqual({ state: 'polling' });
    pages.push(page('08', [9, 8]));
    await jest.advanceTimersByTimeAsync(3_000);
    expect(ids()).toEqual([9, 8]);
  });

  it('says that it is not connected when that is not answered either', async () => {
    pages.push(page('07', [9]));
    await feed.load();
    stream().onSilence();
    pages.push(new ApiError(0, 'Taskledger does not answer'));
    await jest.advanceTimersByTimeAsync(3_000);
    expect(shown.connection).toMatchObject({ state: 'disconnected', why: 'Taskledger does not answer' });
    expect(shown.staleSinceMs).toBe(Date.now());
  });
});

it('knows since when a list is not up to date, until it is again', async () => {
  await start('07', [9]);
  expect(shown.staleSinceMs).toBeUndefined();
  const lostAtMs = Date.now();
  stream().onEnd();
  pages.push(new ApiError(503, 'away'), page('07', [9]));
  await jest.advanceTimersByTimeAsync(500);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(shown).toMatchObject({ staleSinceMs: lostAtMs, connection: { state: 'connecting' } });
  stream().onOpen();
  expect(shown.staleSinceMs).toBeUndefined();
});

describe('a list that no stream tells of', () => {
  it.each(['q=crawl', 'root=7&status=running'])(
    'is asked for again and again, and no stream (%s)',
    async (filter) => {
      feed = listOf(filter);
      pages.push(page('07', [9, 8]));
      await feed.load();
      expect(shown.connection).toEqual({ state: 'polling' });
      for (let times = 0; times < 30; times++) pages.push(page('09', [10, 8]));
      await jest.advanceTimersByTimeAsync(30 * 3_000);
      expect([ids(), asked.length, streams.length]).toEqual([[10, 8], 31, 0]);
      pages.push(new ApiError(0, 'Taskledger does not answer'), page('10', [11]), page('10', [11]));
      await jest.advanceTimersByTimeAsync(3_000);
      expect(shown.connection.state).toBe('disconnected');
      feed.retryNow();
      await jest.advanceTimersByTimeAsync(3_000);
      expect([shown.connection.state, shown.position, streams.length]).toEqual(['polling', '10', 0]);
    },
  );
});

describe('a list that can not be loaded', () => {
  it('says why, and tries again by itself', async () => {
    pages.push(new ApiError(503, 'The read model is away'));
    await feed.load();
    expect(shown).toMatchObject({ phase: 'failed', error: 'The read model is away' });
    pages.push(page('07', [9]));
    await jest.advanceTimersByTimeAsync(500);
    expect([shown.phase, ids()]).toEqual(['ready', [9]]);
  });

  it('does not try again what stays wrong', async () => {
    pages.push(new ApiError(400, 'status must be one or more of pending'));
    await feed.load();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(1);
    expect(shown).toMatchObject({ phase: 'failed', connection: { state: 'connecting' } });
  });

  it('tells nothing more once it is closed', async () => {
    await start('07', [9]);
    tell('08', item(10));
    feed.close();
    draw();
    expect([ids(), stream().closed]).toEqual([[9], true]);
  });
});
