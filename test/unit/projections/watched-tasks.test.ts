import { beforeEach, describe, expect, it } from '@jest/globals';
import { GRACE_MS, WatchedTasks } from '../../../projections/watchdog/watched-tasks.js';
import { firstSnapshot, type TaskSnapshot } from '../../../shared/core/domain/task.js';

const AT_MS = Date.parse('2025-03-12T10:00:00.000Z');
/** A promise of ten seconds, and what is given beyond it. */
const PROMISE_MS = 10_000;
const LATE_MS = PROMISE_MS + GRACE_MS;

function state(taskId: number, changes: Partial<TaskSnapshot> = {}): TaskSnapshot {
  const facts = { project_id: 1, task_type: 'crawl', key: `k/${taskId}`, heartbeat_s: PROMISE_MS / 1000 };
  const first = firstSnapshot(facts, { namespace: 'default', taskId, at: '2025-03-12T10:00:00.000Z' });
  return { ...first, status: 'running', attempt: 1, ...changes };
}

let watched: WatchedTasks;
beforeEach(() => {
  watched = new WatchedTasks(3);
});

const see = (taskId: number, revision: number, nowMs: number, changes: Partial<TaskSnapshot> = {}): void =>
  watched.see({ after: state(taskId, changes), revision, heardAtMs: AT_MS + nowMs }, nowMs);
const beat = (name: string, nowMs: number): boolean => watched.heard(name, { nowMs, atMs: AT_MS + nowMs });
const found = (nowMs: number): string[] =>
  watched.takeDue(nowMs, 100).map((task) => {
    const silence = watched.silenceOf(task, nowMs);
    return silence === undefined ? 'nothing' : `${silence.kind} ${silence.task_id}@${silence.revision}`;
  });

describe('a running task with a promise', () => {
  it('is silent once nothing was heard of it for longer than promised', () => {
    see(1, 1, 0);
    expect(found(LATE_MS - 1)).toEqual([]);
    expect(found(LATE_MS)).toEqual(['silent 1@1']);
  });

  it.each([
    ['an event', () => see(1, 2, 9_000)],
    ['a heartbeat by its key', () => beat('k/1', 9_000)],
    ['a heartbeat by its id', () => beat('1', 9_000)],
  ])('is not, when there is %s meanwhile', (_, hear) => {
    see(1, 1, 0);
    hear();
    expect(found(9_000 + LATE_MS - 1)).toEqual([]);
    expect(found(9_000 + LATE_MS)).toHaveLength(1);
  });

  it('says when something was last heard of it', () => {
    see(1, 1, 0);
    beat('k/1', 5_000);
    const [task] = watched.takeDue(5_000 + LATE_MS, 1);
    expect(watched.silenceOf(task as never, 5_000 + LATE_MS)?.last_heard_at).toBe('2025-03-12T10:00:05.000Z');
  });

  it.each<[string, Partial<TaskSnapshot>]>([
    ['ends', { status: 'completed' }],
    ['waits for its next attempt', { status: 'pending' }],
    ['has no promise any more', { heartbeat_s: undefined }],
  ])('is watched no longer when it %s', (_, changes) => {
    see(1, 1, 0);
    see(1, 2, 100, changes);
    expect([watched.count, found(10 * LATE_MS), beat('k/1', 200)]).toEqual([0, [], false]);
  });

  it('is not taken back by an event that it has been told of before', () => {
    see(1, 3, 0);
    see(1, 2, 5_000, { status: 'completed' });
    expect(found(LATE_MS)).toEqual(['silent 1@3']);
  });

  it('is asked for again when the ledger does not show it, and not at once', () => {
    see(1, 1, 0);
    expect(found(LATE_MS)).toHaveLength(1);
    expect(found(LATE_MS + 1_000)).toEqual([]);
    expect(found(LATE_MS + 6_000)).toEqual(['silent 1@1']);
  });

  it('is not silent when something is heard of it between being due and being asked for', () => {
    see(1, 1, 0);
    const [task] = watched.takeDue(LATE_MS, 1);
    beat('k/1', LATE_MS);
    expect(watched.silenceOf(task as never, LATE_MS)).toBeUndefined();
  });

  it('has a whole promise from when everything is heard again', () => {
    see(1, 1, 0);
    watched.interrupted(9_000);
    expect(found(9_000 + LATE_MS - 1)).toEqual([]);
    expect(found(9_000 + LATE_MS)).toEqual(['silent 1@1']);
  });
});

describe('a silent task', () => {
  beforeEach(() => {
    see(1, 1, 0);
    found(LATE_MS);
  });

  it('is left alone', () => {
    see(1, 2, LATE_MS, { silent: true });
    expect([watched.silentCount, found(100 * LATE_MS)]).toEqual([1, []]);
  });

  it('is heard again by a heartbeat', () => {
    see(1, 2, LATE_MS, { silent: true });
    beat('k/1', 20_000);
    expect(found(20_000)).toEqual(['heard_again 1@2']);
    see(1, 3, 20_000);
    expect([watched.silentCount, found(20_000 + LATE_MS)]).toEqual([0, ['silent 1@3']]);
  });

  it('is heard again by one that came while its silence was being recorded', () => {
    beat('k/1', LATE_MS + 1);
    see(1, 2, LATE_MS + 2, { silent: true });
    expect(found(LATE_MS + 2)).toEqual(['heard_again 1@2']);
  });

  it('is not by one that came before', () => {
    beat('k/1', LATE_MS + 1);
    see(1, 2, 3 * LATE_MS, { silent: true });
    expect(found(100 * LATE_MS)).toEqual([]);
  });

  it('fails after three times the promise, where its creation says so', () => {
    const fails = { silent: true, when_silent: 'fail' } as const;
    see(1, 2, LATE_MS, fails);
    expect(found(3 * PROMISE_MS + GRACE_MS - 1)).toEqual([]);
    expect(found(3 * PROMISE_MS + GRACE_MS)).toEqual(['failed 1@2']);
  });
});

describe('the room for tasks', () => {
  it('leaves out those beyond it, until one of the others ends', () => {
    for (const taskId of [1, 2, 3, 4]) see(taskId, 1, 0);
    expect([watched.count, watched.isFull, beat('k/4', 1)]).toEqual([3, true, false]);
    see(2, 2, 10, { status: 'failed' });
    see(4, 2, 10);
    expect([watched.count, beat('k/4', 11)]).toEqual([3, true]);
  });

  it('is empty once all are forgotten', () => {
    for (const taskId of [1, 2]) see(taskId, 1, 0, { silent: true });
    watched.clear();
    expect([watched.count, watched.silentCount, found(1e9), beat('1', 1)]).toEqual([0, 0, [], false]);
  });
});
