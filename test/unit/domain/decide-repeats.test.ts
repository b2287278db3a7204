import { describe, expect, it } from '@jest/globals';
import type { TaskCommand } from '../../../shared/core/domain/commands.js';
import { REMEMBERED_PROGRESS_EVENTS_MAX } from '../../../shared/core/domain/limits.js';
import { cancel, complete, create, fail, given, progress, reportCancelled, start } from './scenario.js';

const origin = { source: 'worker', id: 'e-1' };

describe('the repeat of an event that was accepted', () => {
  const finals: TaskCommand[] = [complete(), fail(), reportCancelled(), cancel()];
  const repeated: { name: string; command: TaskCommand; before: TaskCommand[]; after: TaskCommand[] }[] = [
    { name: 'created', command: create(), before: [], after: [] },
    { name: 'created', command: create(), before: [], after: [start()] },
    { name: 'started', command: start(), before: [create()], after: [] },
    { name: 'started', command: start(), before: [create()], after: [start(), progress(1)] },
    { name: 'progressed', command: progress(1), before: [create()], after: [] },
    { name: 'progressed', command: progress(1), before: [create()], after: [progress(2)] },
    ...finals.flatMap((final) => [
      { name: 'created', command: create(), before: [], after: [final] },
      { name: 'started', command: start(), before: [create()], after: [final] },
      { name: 'progressed', command: progress(1), before: [create()], after: [start(), final] },
      { name: final.type, command: final, before: [create(), start()], after: [] },
    ]),
  ];

  it.each(repeated.map((entry) => ({ ...entry, then: entry.after.map(({ type }) => type).join(', ') })))(
    'given $name and then [$then], is a duplicate',
    ({ command, before, after }) => {
      expect(given(...before, { command, origin }, ...after).when(command, { origin })).toEqual({
        outcome: 'duplicate',
      });
    },
  );

  it('is known by source and id together', () => {
    const past = given(create(), { command: start(), origin });
    expect(past.when(start(), { origin: { ...origin, source: 'other' } }).outcome).toBe('accepted');
    expect(past.when(start(), { origin: { ...origin, id: 'e-2' } }).outcome).toBe('accepted');
  });

  it.each<[string, TaskCommand, TaskCommand]>([
    ['another type', start(), complete()],
    ['another type of a final event', complete(), fail()],
    ['other data', progress(1), progress(2)],
    ['more data', start(), start({ attempt: 1 })],
    ['another result', complete({ result: { n: 1 } }), complete({ result: { n: 2 } })],
    ['another reason', reportCancelled({ reason: 'a' }), reportCancelled({ reason: 'b' })],
  ])('is none when it is of %s: the id is in use', (_, first, second) => {
    for (const after of [[], [complete()]]) {
      const past = given(create(), { command: first, origin }, ...(first.type === 'StartTask' ? after : []));
      expect(past.when(second, { origin })).toMatchObject({
        outcome: 'refused',
        code: 'event_id_conflict',
        evidence: true,
      });
    }
  });

  it('is none when a creation comes under the id of what came later', () => {
    const past = given(create(), { command: start(), origin });
    expect(past.when(create(), { origin })).toMatchObject({ code: 'event_id_conflict', evidence: true });
  });

  it("is none when it is of the creation's id", () => {
    const past = given({ command: create(), origin });
    expect(past.when(complete(), { origin })).toMatchObject({ code: 'event_id_conflict' });
  });

  it('says the same in whatever order its members stand', () => {
    const past = given(create(), { command: complete({ result: { a: 1, b: [{ d: 2, c: 3 }] } }), origin });
    expect(past.when(complete({ result: { b: [{ c: 3, d: 2 }], a: 1 } }), { origin })).toEqual({
      outcome: 'duplicate',
    });
  });

  it('is a command of the same id, whatever reason it gives the second time', () => {
    const past = given(create(), { command: cancel(), origin });
    const again: TaskCommand = { type: 'CancelTask', facts: { reason: 'another' } };
    expect(past.when(again, { origin })).toEqual({ outcome: 'duplicate' });
  });

  it('stays one when its attempt is over', () => {
    const past = given(create(), { command: start({ attempt: 1 }), origin }, start({ attempt: 2 }));
    expect(past.when(start({ attempt: 1 }), { origin })).toEqual({ outcome: 'duplicate' });
  });
});

describe('a refused event', () => {
  it('is decided anew when it comes again', () => {
    const overtaking = given().when(start(), { origin });
    expect(overtaking).toMatchObject({ code: 'task_not_found' });
    expect(given(create()).when(start(), { origin }).outcome).toBe('accepted');
  });
});

describe('the memory of progressed events', () => {
  const after = (count: number): TaskCommand[] => Array.from({ length: count }, () => progress(2));

  it(`holds the last ${REMEMBERED_PROGRESS_EVENTS_MAX}`, () => {
    expect(REMEMBERED_PROGRESS_EVENTS_MAX).toBe(256);
    const past = given(create(), { command: progress(1), origin }, ...after(255));
    expect(past.when(progress(1), { origin })).toEqual({ outcome: 'duplicate' });
  });

  it('forgets the one before, which is then decided anew', () => {
    const past = given(create(), { command: progress(1), origin }, ...after(256));
    expect(past.when(progress(1), { origin })).toMatchObject({ code: 'progress_went_back' });
    expect(past.task?.recentProgress).toHaveLength(256);
  });

  it('is not used up by other events, and they are kept for good', () => {
    const past = given(
      { command: create(), origin: { source: 'worker', id: 'created' } },
      { command: start(), origin },
      ...after(600),
      { command: progress(2), origin: { source: 'worker', id: 'last' } },
      ...Array.from({ length: 300 }, () => start()),
    );
    expect(past.when(start(), { origin })).toEqual({ outcome: 'duplicate' });
    expect(past.when(start(), { origin: { source: 'worker', id: 'created' } })).toMatchObject({
      code: 'event_id_conflict',
    });
    expect(past.when(progress(2), { origin: { source: 'worker', id: 'last' } })).toEqual({
      outcome: 'duplicate',
    });
  });
});
