import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  isTaskEventType,
  TASK_EVENT_TYPES,
  UnknownEventTypeError,
  type TaskFact,
} from '../../../shared/core/domain/events.js';
import { evolve } from '../../../shared/core/domain/evolve.js';
import { isFinal, originKey, TASK_STATUSES, type Task } from '../../../shared/core/domain/task.js';
import { cancel, complete, create, fail, given, META, progress, reportCancelled, start } from './scenario.js';

const at = (second: number): string => `2025-03-12T10:00:${String(second).padStart(2, '0')}.000Z`;

describe('evolve', () => {
  it('makes a task of its creation', () => {
    const { task } = given({
      command: create({ project_id: 7, task_type: 'crawl', key: 'crawl/7', total: 12, params: { depth: 2 } }),
      at: at(0),
    });
    expect(task).toEqual({
      snapshot: {
        namespace: 'default',
        task_id: 42,
        project_id: 7,
        task_type: 'crawl',
        key: 'crawl/7',
        status: 'pending',
        attempt: 0,
        progress: 0,
        total: 12,
        created_at: at(0),
        started_at: null,
        completed_at: null,
        was: 'new',
      },
      creation: { project_id: 7, task_type: 'crawl', total: 12, params: { depth: 2 } },
      eventCount: 1,
      dedupKeys: { newest: { key: '4:past0', meaning: expect.any(Number) }, older: undefined, count: 1 },
      recentProgress: [],
    });
  });

  it('follows a task through two attempts to its end', () => {
    const { task, events } = given(
      { command: create(), at: at(0) },
      { command: start(), at: at(1) },
      { command: progress(3, { total: 10 }), at: at(2) },
      { command: start(), at: at(3) },
      { command: progress(4), at: at(4) },
      { command: complete(), at: at(5) },
    );
    const seen = events.map(({ after }) => [
      after.status,
      after.attempt,
      after.progress,
      after.total,
      after.started_at,
    ]);
    expect(seen).toEqual([
      ['pending', 0, 0, 0, null],
      ['running', 1, 0, 0, at(1)],
      ['running', 1, 3, 10, at(1)],
      ['running', 2, 0, 10, at(1)],
      ['running', 2, 4, 10, at(1)],
      ['completed', 2, 10, 10, at(1)],
    ]);
    expect(task?.snapshot).toMatchObject({ created_at: at(0), completed_at: at(5) });
    expect(task?.eventCount).toBe(6);
    const dedupKeys: string[] = [];
    for (let rest = task?.dedupKeys; rest !== undefined; rest = rest.older) dedupKeys.push(rest.newest.key);
    expect(dedupKeys).toEqual(['4:past5', '4:past3', '4:past1', '4:past0']);
    expect(task?.dedupKeys.count).toBe(4);
    expect(task?.recentProgress.map(({ key }) => key)).toEqual(['4:past2', '4:past4']);
  });

  it('shares what it remembers for good with the state before, so that folding does not copy it', () => {
    const { task, events } = given(create(), start());
    expect(evolve(task, events[1] as TaskFact).dedupKeys.older).toBe(task?.dedupKeys);
  });

  it.each([complete(), fail(), reportCancelled(), cancel()])('sets completed_at at any end: $type', (end) => {
    expect(given(create(), { command: end, at: at(9) }).task?.snapshot).toMatchObject({
      started_at: null,
      completed_at: at(9),
    });
  });

  it('never looks at what an event says of the state after it', () => {
    const { events } = given(create(), start());
    const wrong = events.map((event) => ({ ...event, after: { ...event.after, status: 'failed' as const } }));
    expect(wrong.reduce<Task | undefined>(evolve, undefined)).toEqual(given(create(), start()).task);
  });

  it('leaves the state before it as it was', () => {
    const { task } = given(create(), start());
    const before = structuredClone(task);
    evolve(task, { ...META, type: 'TaskProgressed', facts: { progress: 1 } });
    evolve(task, { ...META, type: 'TaskCompleted', facts: {} });
    expect(task).toEqual(before);
  });

  it('refuses a stream that does not begin with a creation', () => {
    expect(() => evolve(undefined, { ...META, type: 'TaskStarted', facts: {} })).toThrow(
      "A task's first event must be TaskCreated, not TaskStarted",
    );
  });

  it('refuses a type that it does not know, and says which', () => {
    const unknown = { ...META, type: 'TaskPaused', facts: {} } as unknown as TaskFact;
    const { task } = given(create());
    expect(() => evolve(task, unknown)).toThrow(UnknownEventTypeError);
    expect(() => evolve(task, unknown)).toThrow(
      'Unknown event type "TaskPaused"; known are TaskCreated, TaskStarted, TaskProgressed, TaskAttemptFailed, TaskWentSilent, TaskHeardAgain, TaskCompleted, TaskFailed, TaskCancelled',
    );
    expect(new UnknownEventTypeError('TaskPaused')).toMatchObject({
      code: 'unknown_event_type',
      type: 'TaskPaused',
    });
  });
});

describe('the types of events', () => {
  it('are known by their exact name', () => {
    expect(TASK_EVENT_TYPES.every(isTaskEventType)).toBe(true);
    for (const other of ['', 'taskCreated', 'TaskCreated ', 'toString', 'TaskPaused']) {
      expect(isTaskEventType(other)).toBe(false);
    }
  });
});

describe('the states', () => {
  it('have three that nothing follows', () => {
    expect(TASK_STATUSES.filter(isFinal)).toEqual(['completed', 'failed', 'cancelled']);
  });
});

describe('originKey', () => {
  it('is different for different origins', () => {
    // Digits and colons are what could make two origins look alike, so they are frequent here.
    const text = fc.string({ unit: fc.constantFrom('0', '1', '2', ':', 'a', '/', '😀'), maxLength: 12 });
    const origin = fc.record({ source: text, id: text });
    fc.assert(
      fc.property(origin, origin, (one, other) => {
        const same = one.source === other.source && one.id === other.id;
        expect(originKey(one) === originKey(other)).toBe(same);
      }),
      { numRuns: 2000 },
    );
  });

  it('tells apart what would be the same when written in a row', () => {
    const split = Array.from({ length: 8 }, (_, at) => ({
      source: '1:1:1:1'.slice(0, at),
      id: '1:1:1:1'.slice(at),
    }));
    expect(new Set(split.map(originKey)).size).toBe(split.length);
  });
});
