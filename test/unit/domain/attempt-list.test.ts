import { describe, expect, it } from '@jest/globals';
import {
  ATTEMPTS_LISTED_MAX,
  noAttempts,
  withAttemptEvent,
  type AttemptList,
} from '../../../shared/core/domain/attempt-list.js';
import type { TaskCommand } from '../../../shared/core/domain/commands.js';
import {
  attemptFailed,
  cancel,
  complete,
  create,
  fail,
  given,
  message,
  progress,
  reportCancelled,
  start,
} from './scenario.js';

/** The time of the nth command of a past. */
const at = (nth: number): string => `2025-03-12T10:00:0${nth}.000Z`;

/** The attempts of a task that was created, and then said these things, each a second after the other. */
function attemptsAfter(...past: TaskCommand[]): AttemptList['attempts'] {
  const sent = [create(), ...past].map((command, nth) => ({ command, at: at(nth) }));
  return given(...sent).events.reduce(withAttemptEvent, noAttempts()).attempts;
}

const UNSAID = { worker: null, error_type: null, error_message: null, retry_at: null, begun: 1 };
const running = (number: number, started: number): object => ({
  ...UNSAID,
  number,
  started_at: at(started),
  ended_at: null,
  outcome: 'running',
});
const ended = (outcome: string, number: number, started: number, end: number): object => ({
  ...running(number, started),
  ended_at: at(end),
  outcome,
});
const failed = (number: number, started: number, end: number): object => ({
  ...ended('failed', number, started, end),
  error_message: 'no answer',
});

const TABLE: readonly [what: string, past: TaskCommand[], attempts: object[]][] = [
  ['nothing but its creation', [], []],
  ['a message before it starts', [message('queued')], []],
  ['a start', [start({ worker: 'w-1' })], [{ ...running(1, 1), worker: 'w-1' }]],
  ['progress whose start was lost', [progress(1), progress(2)], [running(1, 1)]],
  ['a failed attempt', [start(), attemptFailed()], [failed(1, 1, 2)]],
  [
    'all that is said of a failed attempt',
    [start(), attemptFailed({ error_type: 'Timeout', retry_at: at(9) })],
    [{ ...failed(1, 1, 2), error_type: 'Timeout', retry_at: at(9) }],
  ],
  [
    'a failed attempt that was not heard to start',
    [attemptFailed({ attempt: 2 })],
    [
      { from: 1, to: 1, outcome: 'unknown' },
      { ...failed(2, 1, 1), started_at: null },
    ],
  ],
  ['a message between attempts', [start(), attemptFailed(), message('waits')], [failed(1, 1, 2)]],
  ['a retry', [start(), attemptFailed(), start()], [failed(1, 1, 2), running(2, 3)]],
  [
    'a retry whose start was lost',
    [start(), attemptFailed(), progress(1), complete()],
    [failed(1, 1, 2), ended('completed', 2, 3, 4)],
  ],
  [
    'a start while it runs, by which the end of the one before is unknown',
    [start(), start()],
    [{ ...running(1, 1), outcome: 'unknown' }, running(2, 2)],
  ],
  [
    'the same attempt begun again after a crash',
    [start({ attempt: 1, worker: 'a' }), start({ attempt: 1, worker: 'b' }), start({ attempt: 1 })],
    [{ ...running(1, 1), begun: 3 }],
  ],
  [
    'an attempt that failed and is begun again',
    [start({ attempt: 1 }), attemptFailed(), start({ attempt: 1 })],
    [{ ...running(1, 1), begun: 2 }],
  ],
  [
    'a number that jumped ahead by far',
    [start(), attemptFailed(), start({ attempt: 1_000_000 })],
    [failed(1, 1, 2), { from: 2, to: 999_999, outcome: 'unknown' }, running(1_000_000, 3)],
  ],
  ['its completion', [start(), complete()], [ended('completed', 1, 1, 2)]],
  ['its completion without a start', [complete()], []],
  [
    'its failure',
    [start(), fail({ error_type: 'Disk' })],
    [{ ...ended('failed', 1, 1, 2), error_type: 'Disk', error_message: 'disk full' }],
  ],
  [
    'its failure with an attempt that was said to have failed',
    [start(), attemptFailed(), fail({ attempt: 1 })],
    [{ ...failed(1, 1, 2), error_message: 'disk full' }],
  ],
  ['its failure between two attempts', [start(), attemptFailed(), fail()], [failed(1, 1, 2)]],
  ['its cancel', [start(), cancel()], [ended('cancelled', 1, 1, 2)]],
  ['a cancel that the worker reports', [start(), reportCancelled()], [ended('cancelled', 1, 1, 2)]],
  ['its cancel between two attempts', [start(), attemptFailed(), cancel()], [failed(1, 1, 2)]],
];

describe('the attempts of a task', () => {
  it.each(TABLE)('knows of %s', (_, past, attempts) => {
    expect(attemptsAfter(...past)).toEqual(attempts);
  });

  it('is null of an error message that was erased', () => {
    const { events } = given(create(), start(), attemptFailed());
    const erased = { ...events[2], facts: { error_message: undefined } } as (typeof events)[number];
    const { attempts } = [events[0], events[1], erased].reduce(
      (list, event) => withAttemptEvent(list, event as (typeof events)[number]),
      noAttempts(),
    );
    expect(attempts).toMatchObject([{ outcome: 'failed', error_message: null }]);
  });

  it(`keeps the last ${ATTEMPTS_LISTED_MAX}`, () => {
    const starts = Array.from({ length: ATTEMPTS_LISTED_MAX + 5 }, () => start());
    const { events } = given(create(), ...starts);
    const { attempts } = events.reduce(withAttemptEvent, noAttempts());
    expect(attempts).toHaveLength(ATTEMPTS_LISTED_MAX);
    expect(attempts[0]).toMatchObject({ number: 6 });
  });

  it('goes on in the middle of a task without taking what was left out for a gap', () => {
    const { events } = given(create(), start(), start(), start());
    const { attempts } = events.slice(3).reduce(withAttemptEvent, noAttempts(2));
    expect(attempts).toMatchObject([{ number: 3 }]);
  });
});
