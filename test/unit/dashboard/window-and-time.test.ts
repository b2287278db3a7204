import { describe, expect, it } from '@jest/globals';
import { reconnectDelayMs } from '../../../services/dashboard/state/reconnect.js';
import {
  ago,
  day,
  dayAndTime,
  distance,
  duration,
  shownDuration,
  timeMs,
  timeOfDay,
  timeToType,
  typedTime,
} from '../../../services/dashboard/state/time.js';
import {
  rowAfterKey,
  scrollToShow,
  segmentsOf,
  visibleRange,
} from '../../../services/dashboard/state/window.js';

describe('the window of a list', () => {
  it('draws what is in sight and a little more, however long the list is', () => {
    expect(visibleRange(100_000, 34, 0, 680)).toEqual({ start: 0, end: 32 });
    expect(visibleRange(100_000, 34, 34_000, 680)).toEqual({ start: 988, end: 1032 });
    expect(visibleRange(3, 34, 0, 680)).toEqual({ start: 0, end: 3 });
    expect(visibleRange(0, 34, 0, 680)).toEqual({ start: 0, end: 0 });
    // Scrolled further than a list that has become shorter.
    expect(visibleRange(5, 34, 34_000, 680)).toEqual({ start: 5, end: 5 });
  });

  it.each([
    [
      undefined,
      [
        { kind: 'room', rows: 40 },
        { kind: 'rows', start: 40, end: 60 },
        { kind: 'room', rows: 40 },
      ],
    ],
    [
      50,
      [
        { kind: 'room', rows: 40 },
        { kind: 'rows', start: 40, end: 60 },
        { kind: 'room', rows: 40 },
      ],
    ],
    [
      0,
      [
        { kind: 'rows', start: 0, end: 1 },
        { kind: 'room', rows: 39 },
        { kind: 'rows', start: 40, end: 60 },
        { kind: 'room', rows: 40 },
      ],
    ],
    [
      99,
      [
        { kind: 'room', rows: 40 },
        { kind: 'rows', start: 40, end: 60 },
        { kind: 'room', rows: 39 },
        { kind: 'rows', start: 99, end: 100 },
      ],
    ],
    [
      400,
      [
        { kind: 'room', rows: 40 },
        { kind: 'rows', start: 40, end: 60 },
        { kind: 'room', rows: 40 },
      ],
    ],
  ])('keeps the room of all rows, with the focus on row %s', (focused, segments) => {
    expect(segmentsOf(100, { start: 40, end: 60 }, focused)).toEqual(segments);
  });

  it('scrolls no further than it has to', () => {
    expect(scrollToShow(10, 34, 340, 680)).toBeUndefined();
    expect(scrollToShow(9, 34, 340, 680)).toBe(306);
    expect(scrollToShow(30, 34, 340, 680)).toBe(374);
  });

  it.each([
    ['ArrowDown', 5, 6],
    ['ArrowDown', 9, 9],
    ['ArrowUp', 0, 0],
    ['PageDown', 2, 6],
    ['PageUp', 2, 0],
    ['Home', 7, 0],
    ['End', 7, 9],
    ['a', 7, undefined],
  ])('leads with %s from row %d to row %s', (key, from, to) => {
    expect(rowAfterKey(key, from, 10, 4)).toBe(to);
  });

  it('leads nowhere in an empty list', () => {
    expect(rowAfterKey('End', 0, 0, 4)).toBeUndefined();
  });
});

describe('times', () => {
  it('without an offset are UTC', () => {
    expect(timeMs('2025-03-12T10:00:00')).toBe(Date.UTC(2025, 2, 12, 10));
    expect(timeMs('2025-03-12T10:00:00.123Z')).toBe(Date.UTC(2025, 2, 12, 10) + 123);
  });

  it('are shown with the year only when it is another one', () => {
    expect(dayAndTime('2025-03-02T10:00:05', Date.UTC(2025, 5))).toBe('2 Mar 10:00:05');
    expect(dayAndTime('2025-03-02T10:00:05', Date.UTC(2026, 5))).toBe('2 Mar 2025 10:00:05');
    expect(timeOfDay('2025-03-02T10:00:05.120Z')).toBe('10:00:05.120');
    expect(day('2025-03-02T10:00:05.120Z', Date.UTC(2026, 5))).toBe('2 Mar 2025');
    expect(day('2025-03-02T10:00:05.120Z', Date.UTC(2025, 5))).toBe('2 Mar');
  });

  it.each([
    [-5, '−5 ms'],
    [-4_290, '−4.2 s'],
    [0, '0 ms'],
    [420, '420 ms'],
    [4_290, '4.2 s'],
    [42_000, '42 s'],
    [125_000, '2 min 5 s'],
    [120_000, '2 min'],
    [11_520_000, '3 h 12 min'],
    [187_200_000, '2 d 4 h'],
  ])('%d ms are %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([
    [4_290, '+4.2 s'],
    [0, '+0 ms'],
    [-4_290, '−4.2 s'],
  ])('%d ms away are %s', (ms, text) => {
    expect(distance(ms)).toBe(text);
  });

  it('of whole seconds do not pretend to know less', () => {
    expect(shownDuration(1000, 1000)).toBe('< 1 s');
    expect(shownDuration(1000, 5900)).toBe('4 s');
    expect(shownDuration(5000, 1000)).toBe('−4 s');
    expect(ago(2_000)).toBe('just now');
    expect(ago(65_000)).toBe('1 min 5 s ago');
  });

  it.each([
    ['2025-03-12', '2025-03-12T00:00:00', '2025-03-12'],
    [' 2025-03-12 10:00 ', '2025-03-12T10:00:00', '2025-03-12 10:00'],
    ['2025-03-12T10:00:07Z', '2025-03-12T10:00:07', '2025-03-12 10:00:07'],
    ['', '', ''],
  ])('typed as %j are %j', (typed, time, again) => {
    expect(typedTime(typed)).toBe(time);
    expect(timeToType(time)).toBe(again);
    expect(typedTime(again)).toBe(time);
  });

  it.each(['12', '2025-02-31', '2025-03-12 25:00', 'yesterday', '2025-03-12 10'])(
    'can not be %j',
    (typed) => {
      expect(typedTime(typed)).toBeUndefined();
    },
  );
});

it('waits twice as long before each attempt to connect, but never long', () => {
  expect([0, 1, 2, 3].map(reconnectDelayMs)).toEqual([500, 1000, 2000, 4000]);
  expect(reconnectDelayMs(50)).toBe(15_000);
});
