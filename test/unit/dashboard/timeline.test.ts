import { beforeEach, describe, expect, it } from '@jest/globals';
import { attemptsOf, timelineOf } from '../../../services/dashboard/state/timeline.js';

let revision: number;
beforeEach(() => {
  revision = 0;
});

function entry(type: string, second: number, changes: Record<string, unknown> = {}): any {
  return {
    revision: revision++,
    position: '1',
    type,
    occurred_at: null,
    recorded_at: `2025-03-12T10:00:${String(second).padStart(2, '0')}.000Z`,
    source: '/pipeline',
    event_id: 'e',
    attempt: 1,
    principal: 'anonymous',
    hash: '',
    data: {},
    erased: [],
    after: { status: 'running', progress: 0, total: 100 },
    ...changes,
  };
}

const progressed = (second: number, progress: number, changes = {}) =>
  entry('TaskProgressed', second, { data: { progress }, ...changes });

describe('a timeline', () => {
  it('tells events in words, with the time between them', () => {
    const items = timelineOf({
      events: [
        entry('TaskCreated', 0, { attempt: 0 }),
        entry('TaskStarted', 2),
        entry('TaskCancelled', 5, {
          source: 'taskledger:cancel',
          principal: 'ada',
          data: { reason: 'no longer needed' },
        }),
      ],
      evidence: [],
    });
    expect(items.map(({ title, sinceMs, who, note }) => [title, sinceMs, who, note])).toEqual([
      ['Created', undefined, '/pipeline', ''],
      ['Started', 2000, '/pipeline', ''],
      ['Cancelled', 3000, 'the Tasks API by ada', 'no longer needed'],
    ]);
  });

  it('tells of an attempt that failed, and of messages alone, what they say', () => {
    const items = timelineOf({
      events: [
        entry('TaskStarted', 1),
        entry('TaskProgressed', 2, { data: { message: 'page 4 has no text', level: 'warning' } }),
        entry('TaskProgressed', 3, { data: { message: 'next' } }),
        entry('TaskAttemptFailed', 4, { data: { error_message: 'no answer' } }),
      ],
      evidence: [],
    });
    expect(items.map(({ kind, title, note }) => [kind, title, note])).toEqual([
      ['event', 'Started', ''],
      ['event', 'Message, warning', 'page 4 has no text'],
      ['event', 'Message', 'next'],
      ['event', 'Attempt failed', 'no answer'],
    ]);
  });

  it('gathers reports of progress, but not over another attempt', () => {
    const items = timelineOf({
      events: [
        progressed(1, 10),
        progressed(2, 20),
        progressed(3, 30),
        entry('TaskStarted', 4, { attempt: 2 }),
        progressed(5, 5, { attempt: 2 }),
      ],
      evidence: [],
    });
    expect(items.map(({ title, at, reports }) => [title, at.slice(17, 19), reports.length])).toEqual([
      ['Progress 10 → 30 of 100', '03', 3],
      ['Started, attempt 2', '04', 0],
      ['Progress 5 of 100', '05', 0],
    ]);
    expect(new Set(items.map(({ id }) => id)).size).toBe(3);
  });

  it('loses no message of the reports that it gathers, and shows the last', () => {
    const [, item] = timelineOf({
      events: [
        entry('TaskStarted', 1),
        progressed(2, 10, { data: { progress: 10, message: 'page 10 is blank' } }),
        progressed(4, 20, { data: { progress: 20, message: 'page 20 is torn' } }),
        progressed(9, 30),
      ],
      evidence: [],
    });
    expect(item?.note).toBe('page 20 is torn');
    expect(item?.reports.map(({ title, note, sinceMs }) => [title, note, sinceMs])).toEqual([
      ['Progress 10 of 100', 'page 10 is blank', 1_000],
      ['Progress 20 of 100', 'page 20 is torn', 2_000],
      ['Progress 30 of 100', '', 5_000],
    ]);
  });

  it('tells of gathered reports when the last came, and how long after the event before them', () => {
    const items = timelineOf({
      events: [entry('TaskStarted', 1), progressed(2, 10), progressed(9, 30), entry('TaskCompleted', 10)],
      evidence: [],
    });
    expect(items.map(({ at, sinceMs }) => [at.slice(17, 19), sinceMs])).toEqual([
      ['01', undefined],
      ['09', 8_000],
      ['10', 1_000],
    ]);
    const [, atOnce] = timelineOf({
      events: [entry('TaskStarted', 1), progressed(1, 10), progressed(4, 20)],
      evidence: [],
    });
    expect(atOnce?.sinceMs).toBe(3_000);
  });

  it('knows that a clock went back', () => {
    const at = (second: number) => ({ occurred_at: `2025-03-12T10:00:${second}.000Z` });
    const items = timelineOf({
      events: [entry('TaskStarted', 50, at(30)), entry('TaskCompleted', 51, at(26))],
      evidence: [],
    });
    expect(items[1]?.sinceMs).toBe(-4_000);
  });

  it('names each day once, also within gathered reports', () => {
    const on = (day: number) => ({ recorded_at: `2025-03-${day}T10:00:00.000Z` });
    const items = timelineOf({
      events: [
        entry('TaskStarted', 0, on(12)),
        progressed(0, 1, on(12)),
        progressed(0, 2, on(12)),
        progressed(0, 3, on(14)),
        entry('TaskCompleted', 0, on(14)),
      ],
      evidence: [],
    });
    expect(items.map(({ day }) => day)).toEqual(['2025-03-12', '2025-03-14', undefined]);
    expect(items[1]?.reports.map(({ day }) => day)).toEqual(['2025-03-12', undefined, '2025-03-14']);
  });

  it('tells an error by its first line, since the task shows all of it', () => {
    const noteOf = (error_message: string) =>
      timelineOf({ events: [entry('TaskFailed', 1, { data: { error_message } })], evidence: [] })[0]?.note;
    expect(noteOf('The disk is full\n    at write (disk.js:7)')).toBe('The disk is full …');
    expect(noteOf('The disk is full\n')).toBe('The disk is full');
    expect(noteOf('The disk is full')).toBe('The disk is full');
  });

  it('shows no evidence from before the part of the events that is loaded', () => {
    revision = 700;
    const refused = (second: number) =>
      entry('TaskEventRefused', second, { data: { refused: 'task.failed' } });
    const items = timelineOf({ events: [progressed(5, 50)], evidence: [refused(2), refused(7)] });
    expect(items.map(({ at }) => at.slice(17, 19))).toEqual(['05', '07']);
  });

  it('puts what was refused where it came in, with the reason', () => {
    const items = timelineOf({
      events: [entry('TaskStarted', 1), entry('TaskCancelled', 2)],
      evidence: [
        entry('TaskEventRefused', 3, {
          data: { refused: 'task.completed', explanation: 'Task is already cancelled' },
        }),
        entry('TaskEvidenceCounted', 4, { data: { counted: 2000 } }),
      ],
    });
    expect(items.map(({ kind, title, note }) => [kind, title, note]).slice(2)).toEqual([
      ['refused', 'Refused: completed', 'Task is already cancelled'],
      ['refused', 'Further events refused', '2000 beyond those kept here'],
    ]);
  });

  it('goes by when things happened, and says how much later they were recorded', () => {
    const [, started] = timelineOf({
      events: [
        entry('TaskCreated', 50, { occurred_at: '2025-03-12T10:00:10.000Z' }),
        entry('TaskStarted', 50, { occurred_at: '2025-03-12T10:00:12.500Z' }),
      ],
      evidence: [],
    });
    expect(started).toMatchObject({ sinceMs: 2500, lateMs: 37_500, at: '2025-03-12T10:00:12.500Z' });
  });

  it('says that a value was erased', () => {
    const [item] = timelineOf({
      events: [entry('TaskFailed', 1, { data: { error_message: null }, erased: ['error_message'] })],
      evidence: [],
    });
    expect(item?.note).toBe('(error_message erased)');
  });

  it('shows types that it does not know by their own name', () => {
    expect(timelineOf({ events: [entry('TaskPaused', 1)], evidence: [] })[0]?.title).toBe('TaskPaused');
  });

  it('shows a damaged event where it stands, at the time of the one before it', () => {
    const damaged = (changes = {}) =>
      entry('', 0, { recorded_at: null, source: '', attempt: null, after: null, ...changes });
    const items = timelineOf({
      events: [damaged({ damage: 'bad checksum' }), entry('TaskStarted', 3), damaged({ damage: 'cut off' })],
      evidence: [damaged({ damage: 'gone' })],
    });
    expect(items.map(({ kind, title, at, note }) => [kind, title, at.slice(0, 19), note])).toEqual([
      ['refused', 'Unreadable', '1970-01-01T00:00:00', 'gone'],
      ['event', 'Unreadable', '2025-03-12T10:00:03', 'bad checksum'],
      ['event', 'Started', '2025-03-12T10:00:03', ''],
      ['event', 'Unreadable', '2025-03-12T10:00:03', 'cut off'],
    ]);
  });
});

describe('the attempts of a task', () => {
  it('end when they fail, and may run again under their number', () => {
    const events = [entry('TaskStarted', 1), entry('TaskAttemptFailed', 4)];
    expect(attemptsOf(events)).toMatchObject([{ attempt: 1, end: 'failed' }]);
    const next = [...events, entry('TaskStarted', 9, { attempt: 4 })];
    expect(attemptsOf(next).map(({ attempt, end }) => [attempt, end])).toEqual([
      [1, 'failed'],
      [4, 'running'],
    ]);
    expect(attemptsOf([...events, entry('TaskStarted', 9)])).toMatchObject([
      { endedAt: undefined, end: 'running' },
    ]);
  });

  it('are its runs, each with its end', () => {
    const after = (status: string) => ({ after: { status, progress: 0, total: 0 } });
    expect(
      attemptsOf([
        entry('TaskCreated', 0, { attempt: 0 }),
        entry('TaskStarted', 1),
        progressed(2, 1),
        entry('TaskStarted', 5, { attempt: 2 }),
        entry('TaskFailed', 9, { attempt: 2, ...after('failed') }),
      ]).map(({ attempt, startedAt, endedAt, end }) => [
        attempt,
        startedAt.slice(17, 19),
        endedAt?.slice(17, 19),
        end,
      ]),
    ).toEqual([
      [1, '01', '05', 'given up'],
      [2, '05', '09', 'failed'],
    ]);
    expect(attemptsOf([entry('TaskStarted', 1)])).toMatchObject([{ endedAt: undefined, end: 'running' }]);
  });

  it('have begun earlier where their start is not loaded', () => {
    revision = 700;
    const attempts = attemptsOf([progressed(1, 10), entry('TaskStarted', 5, { attempt: 2 })]);
    expect(attempts.map(({ attempt, startedEarlier }) => [attempt, startedEarlier])).toEqual([
      [1, true],
      [2, false],
    ]);
  });
});
