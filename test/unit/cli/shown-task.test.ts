import { describe, expect, it } from '@jest/globals';
import {
  changeLine,
  durationText,
  progressText,
  ranText,
  statusCell,
  TASK_COLUMNS,
  taskRow,
} from '../../../cli/client/shown-task.js';
import type { TaskItem } from '../../../clients/typescript/src/wire.js';

const TASK: TaskItem = {
  ...{ id: 7, project_id: 1, task_type: 'crawl', status: 'running', progress: 3, total: 10 },
  ...{ created_at: '2025-03-12T10:00:00', started_at: '2025-03-12T10:00:05', completed_at: null, key: 'a/7' },
};
const NOW = new Date('2025-03-12T10:01:10.900Z');

describe('a task as a row', () => {
  it('has a cell for each column', () => {
    const row = taskRow(TASK, false, NOW);
    expect(row.map(({ text }) => text)).toEqual([
      ...['7', 'running', 'crawl', '3/10', '2025-03-12 10:00:00', '1m05s', 'a/7'],
    ]);
    expect(row).toHaveLength(TASK_COLUMNS.length);
  });

  it('says how long it ran, in UTC wherever this is', () => {
    expect(ranText({ ...TASK, started_at: null }, NOW)).toBe('');
    expect(ranText({ ...TASK, completed_at: '2025-03-12T12:30:05' }, NOW)).toBe('2h30m');
    expect(ranText({ ...TASK, status: 'cancelled', completed_at: '2025-03-12T10:00:00' }, NOW)).toBe('0s');
    expect(ranText({ ...TASK, status: 'pending' }, NOW)).toBe('');
  });

  it.each([
    [-5_000, '0s'],
    [999, '0s'],
    [59_999, '59s'],
    [60_000, '1m00s'],
    [3_599_000, '59m59s'],
    [3_600_000, '1h00m'],
    [86_399_000, '23h59m'],
    [86_400_000, '1d00h'],
    [100 * 86_400_000, '100d00h'],
  ])('%d ms are %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('has no total while it is unknown', () => {
    expect(progressText({ ...TASK, total: 0 })).toBe('3');
  });
});

describe('a change as a line', () => {
  it('says when a task does not match any more', () => {
    expect(changeLine(TASK, false, false)).toBe('     7  running    crawl  3/10  a/7');
    expect(changeLine({ ...TASK, key: null }, true, false)).toBe(
      '     7  running    crawl  3/10  (does not match any more)',
    );
  });
});

describe('a status', () => {
  it('has a colour on a terminal alone, and none when it is not known', () => {
    const painted = (status: string, colours: boolean): string => {
      const { text, paint } = statusCell(status, colours);
      return paint(text);
    };
    expect(painted('failed', true)).toBe('\x1b[31mfailed\x1b[0m');
    expect(painted('failed', false)).toBe('failed');
    expect(painted('\x1b[2J', true)).toBe('\\u001b[2J');
  });
});
