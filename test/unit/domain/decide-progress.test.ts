import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../shared/core/domain/decide.js';
import { TASK_EVENTS_MAX } from '../../../shared/core/domain/limits.js';
import type { Task } from '../../../shared/core/domain/task.js';
import {
  accepted,
  cancel,
  complete,
  create,
  fail,
  given,
  META,
  progress,
  reportCancelled,
  start,
} from './scenario.js';

describe('progress', () => {
  it('may reach a known total and not exceed it', () => {
    const past = given(create({ total: 10 }), start());
    expect(accepted(past.when(progress(10))).snapshot).toMatchObject({ progress: 10, total: 10 });
    expect(past.when(progress(11))).toEqual({
      outcome: 'refused',
      code: 'progress_beyond_total',
      message: 'Progress 11 is beyond the total of 10',
      evidence: true,
    });
  });

  it('has no bound while the total is unknown', () => {
    const past = given(create(), start());
    expect(accepted(past.when(progress(1_000_000))).snapshot).toMatchObject({
      progress: 1_000_000,
      total: 0,
    });
  });

  it('is held against the total that comes with it', () => {
    const past = given(create({ total: 10 }), start());
    expect(accepted(past.when(progress(15, { total: 20 }))).snapshot).toMatchObject({
      progress: 15,
      total: 20,
    });
    expect(past.when(progress(6, { total: 5 }))).toMatchObject({
      code: 'progress_beyond_total',
      message: 'Progress 6 is beyond the total of 5',
    });
  });

  it('may make the total unknown again', () => {
    const past = given(create({ total: 10 }), start());
    expect(accepted(past.when(progress(15, { total: 0 }))).snapshot).toMatchObject({
      progress: 15,
      total: 0,
    });
  });

  it('may stand still and not go back within an attempt', () => {
    const past = given(create(), start(), start(), progress(7));
    expect(accepted(past.when(progress(7))).snapshot.progress).toBe(7);
    expect(past.when(progress(6))).toEqual({
      outcome: 'refused',
      code: 'progress_went_back',
      message: 'Progress 6 is behind the 7 that attempt 2 had reached',
      evidence: true,
    });
  });

  it('starts again from 0 with the next attempt', () => {
    const past = given(create({ total: 10 }), start(), progress(7), start());
    expect(past.task?.snapshot).toMatchObject({ attempt: 2, progress: 0, total: 10 });
    expect(accepted(past.when(progress(1))).snapshot.progress).toBe(1);
  });

  it('starts a task that nobody said was started', () => {
    const { snapshot } = accepted(given(create()).when(progress(3), { at: '2025-03-12T10:00:05.000Z' }));
    expect(snapshot).toMatchObject({
      status: 'running',
      attempt: 1,
      progress: 3,
      started_at: '2025-03-12T10:00:05.000Z',
    });
  });
});

describe('total', () => {
  it('comes with the creation, a start or progress, and stays where it is not said', () => {
    expect(given(create({ total: 10 })).task?.snapshot.total).toBe(10);
    expect(given(create({ total: 10 }), start()).task?.snapshot.total).toBe(10);
    expect(given(create({ total: 10 }), start({ total: 20 })).task?.snapshot.total).toBe(20);
    expect(given(create({ total: 10 }), progress(1)).task?.snapshot.total).toBe(10);
    expect(given(create({ total: 10 }), progress(1, { total: 30 })).task?.snapshot.total).toBe(30);
    expect(given(create({ total: 10 }), start({ total: 0 })).task?.snapshot.total).toBe(0);
  });

  it('is what a completed task has progressed to', () => {
    expect(given(create({ total: 10 }), progress(3), complete()).task?.snapshot.progress).toBe(10);
  });

  it('leaves the progress of a completed task alone while it is unknown', () => {
    expect(given(create(), progress(3), complete()).task?.snapshot).toMatchObject({ progress: 3, total: 0 });
  });

  it.each([fail(), reportCancelled(), cancel()])(
    'does not change the progress of another end: $type',
    (end) => {
      expect(given(create({ total: 10 }), progress(3), end).task?.snapshot).toMatchObject({
        progress: 3,
        total: 10,
      });
    },
  );
});

describe('the bound on events of one task', () => {
  const full = (eventCount: number): Task => ({
    ...accepted(given(create(), start()).when(progress(1))),
    eventCount,
  });

  it('is where it is documented to be', () => {
    expect(TASK_EVENTS_MAX).toBe(100_000);
  });

  it.each([start(), progress(2)])('refuses what could go on for ever: $type', (command) => {
    expect(decide(command, full(TASK_EVENTS_MAX - 1), META).outcome).toBe('accepted');
    expect(decide(command, full(TASK_EVENTS_MAX), META)).toEqual({
      outcome: 'refused',
      code: 'task_full',
      message: 'A task has at most 100000 events; only a final one is taken now',
      evidence: true,
    });
  });

  it.each([complete(), fail(), reportCancelled(), cancel()])('lets the task end: $type', (command) => {
    expect(decide(command, full(TASK_EVENTS_MAX), META).outcome).toBe('accepted');
  });
});
