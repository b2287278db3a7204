import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ERRORS_AN_HOUR_MAX,
  OTHER_ERRORS,
  withFailures,
  type FailuresByType,
  type PlacedFailure,
} from '../../../shared/core/ports/task-failures.js';

function failed(number: number, taskType = 'ocr', of: 'task' | 'attempt' = 'task'): PlacedFailure {
  const at = `2025-03-12T10:00:00.${String(number % 1000).padStart(3, '0')}Z`;
  return {
    taskType,
    at,
    failure: { of, taskId: number, errorKey: `key-${number}`, errorType: null, text: `${number}` },
  };
}

const all = Array.from({ length: ERRORS_AN_HOUR_MAX + 20 }, (_, number) => failed(number));

describe('the failures of an hour', () => {
  it('are told apart up to a number, and what comes beyond has one key for each type', () => {
    const more = [failed(3, 'ocr', 'attempt'), failed(7, 'crawl'), failed(8, 'crawl')];
    const [[, ocr], [, crawl]] = withFailures([], [...all, ...more]) as [
      FailuresByType[0],
      FailuresByType[0],
    ];
    expect(ocr).toHaveLength(ERRORS_AN_HOUR_MAX + 1);
    expect(ocr[3]).toMatchObject({ errorKey: 'key-3', tasks: 1, attempts: 1 });
    expect(ocr.at(-1)).toMatchObject({
      errorKey: OTHER_ERRORS,
      tasks: 20,
      attempts: 0,
      taskId: all.length - 1,
    });
    expect(crawl).toMatchObject([{ errorKey: OTHER_ERRORS, tasks: 2, taskId: 8 }]);
  });

  it('are the same in whatever parts they come', () => {
    const whole = withFailures([], all);
    const cuts = fc.array(fc.integer({ min: 0, max: all.length }), { maxLength: 5 });
    fc.assert(
      fc.property(cuts, (places) => {
        const ends = [...places.sort((a, b) => a - b), all.length];
        let [record, start]: [FailuresByType, number] = [[], 0];
        for (const end of ends) {
          record = withFailures(record, all.slice(start, end));
          start = end;
        }
        expect(record).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });
});
