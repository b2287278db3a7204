import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ApiError, type ErrorsShown } from '../../../services/dashboard/api/client.js';
import type { Errors, TaskError } from '../../../services/dashboard/api/types.js';
import { ErrorsFeed, REFRESH_MS, type ErrorsState } from '../../../services/dashboard/live/errors-feed.js';
import {
  errorsParameters,
  errorsSummary,
  errorsTime,
  isWithoutCondition,
  tasksOfError,
} from '../../../services/dashboard/state/errors.js';
import { hrefOf, routeOf } from '../../../services/dashboard/state/route.js';

const ERROR: TaskError = {
  error_key: 'bc79007df9a5cdff',
  error_type: 'TimeoutError',
  text: 'no answer after 30 s',
  count: 2,
  attempts: 0,
  first_seen: '2025-03-12T10:00:07',
  last_seen: '2025-03-12T12:41:30',
  task_id: 42,
  by_project: [],
  by_type: [],
};
const errors = (over: Partial<Errors> = {}): Errors => ({
  position: '0000000000000007',
  from: '2025-03-12T10:00:00Z',
  to: '2025-03-12T13:00:00Z',
  kept_from: null,
  count: 2,
  attempts: 0,
  keys: 1,
  errors: [ERROR],
  ...over,
});

describe('the errors in the URL', () => {
  it.each([
    'view=errors',
    'view=errors&project_id=3&task_type=!ocr&from=2025-03-12T10:00:00&to=2025-03-13T00:00:00&task=42',
  ])('reads and writes %j', (query) => {
    expect(hrefOf(routeOf(`?${query}`))).toBe(`/?${query}`);
  });

  it('are asked for by project, type and time alone', () => {
    const route = routeOf(
      '?view=errors&project=papers&task_type=ocr&status=failed&q=x&to=2025-03-13T00:00:00',
    );
    expect(errorsParameters(route).toString()).toBe(
      'project=papers&task_type=ocr&to=2025-03-13T00%3A00%3A00',
    );
    expect(isWithoutCondition(route)).toBe(false);
    expect(isWithoutCondition(routeOf('?view=errors&status=failed&task=7'))).toBe(true);
  });

  it('have no time where the tasks are shown', () => {
    expect(hrefOf(routeOf('?from=2025-03-12T10:00:00&status=failed'))).toBe('/?status=failed');
  });

  it('lead to the tasks with errors of a type, in the same project and types', () => {
    const route = routeOf('?view=errors&project_id=3&task_type=ocr&from=2025-03-12T10:00:00&task=7');
    expect(hrefOf(tasksOfError(ERROR, route)!)).toBe('/?project_id=3&task_type=ocr&error_type=TimeoutError');
    expect(tasksOfError({ ...ERROR, error_type: null }, route)).toBeUndefined();
  });
});

describe('the errors in words', () => {
  it('say how much failed, and whether these are all', () => {
    expect(errorsSummary(errors())).toBe('2 tasks failed: 1 error.');
    expect(errorsSummary(errors({ count: 1, attempts: 1_200, keys: 300 }))).toBe(
      '1 task failed, and 1,200 to be tried again: 300 errors; these are the 1 of the most tasks.',
    );
    const nowMs = Date.parse('2025-03-12T12:50:00Z');
    expect(errorsTime(errors(), nowMs)).toBe('from 12 Mar 10:00:00 to 12 Mar 13:00:00 UTC');
  });
});

describe('errors that are kept up to date', () => {
  let answers: (ErrorsShown | Error)[];
  let asked: string[];
  let shown: ErrorsState;
  let feed: ErrorsFeed;
  const answer = (position: string): ErrorsShown => ({ errors: errors(), position, lagMs: 3 });

  beforeEach(() => {
    jest.useFakeTimers();
    [answers, asked] = [[], []];
    const getErrors = async (parameters: URLSearchParams): Promise<ErrorsShown> => {
      asked.push(parameters.toString());
      const next = answers.shift();
      if (next === undefined || next instanceof Error) throw next ?? new Error('not expected');
      return next;
    };
    feed = new ErrorsFeed(
      new URLSearchParams('project_id=3'),
      { getErrors, nowMs: () => Date.now() },
      (state) => (shown = state),
    );
  });
  afterEach(() => {
    feed.close();
    jest.useRealTimers();
  });

  it('are asked for again and again', async () => {
    answers.push(answer('07'), answer('08'));
    await feed.load();
    expect(shown).toMatchObject({ phase: 'ready', error: '', shown: { position: '07' } });
    await jest.advanceTimersByTimeAsync(REFRESH_MS);
    expect(shown.shown?.position).toBe('08');
    expect(asked).toEqual(['project_id=3', 'project_id=3']);
  });

  it('stand as they were while there is no answer, and come back by themselves', async () => {
    answers.push(answer('07'), new ApiError(503, 'The errors are being built'), answer('08'));
    await feed.load();
    await jest.advanceTimersByTimeAsync(REFRESH_MS);
    expect(shown).toMatchObject({ phase: 'ready', error: 'The errors are being built', retries: true });
    expect([shown.shown?.position, shown.staleSinceMs]).toEqual(['07', Date.now()]);
    await jest.advanceTimersByTimeAsync(500);
    expect(shown).toMatchObject({ phase: 'ready', error: '', shown: { position: '08' } });
    expect(shown.staleSinceMs).toBeUndefined();
  });

  it('have failed where they were never there, until they are', async () => {
    answers.push(new ApiError(0, 'Taskledger does not answer'), answer('07'));
    await feed.load();
    expect(shown).toMatchObject({ phase: 'failed', retries: true });
    void feed.load();
    await jest.advanceTimersByTimeAsync(0);
    expect(shown).toMatchObject({ phase: 'ready', shown: { position: '07' } });
  });

  it('are not asked for again where the question is wrong', async () => {
    answers.push(new ApiError(400, 'from must be before to'));
    await feed.load();
    expect(shown).toMatchObject({ phase: 'failed', error: 'from must be before to', retries: false });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(1);
  });

  it('are not asked for while nobody looks, nor once they are closed', async () => {
    answers.push(answer('07'), answer('08'));
    await feed.load();
    feed.setVisible(false);
    await jest.advanceTimersByTimeAsync(5 * REFRESH_MS);
    expect(asked).toHaveLength(1);
    feed.setVisible(true);
    await jest.advanceTimersByTimeAsync(0);
    expect(shown.shown?.position).toBe('08');
    feed.close();
    await jest.advanceTimersByTimeAsync(5 * REFRESH_MS);
    expect(asked).toHaveLength(2);
  });
});
