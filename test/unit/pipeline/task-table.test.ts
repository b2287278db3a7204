import { describe, expect, it } from '@jest/globals';
import type { TaskDetail } from '../../../clients/typescript/src/index.js';
import { durationText, progressText, taskTable } from '../../../examples/pipeline/task-table.js';

const task: TaskDetail = {
  ...{ id: 9, projectId: 1, taskType: 'search', status: 'running', progress: 30, total: 100, params: {} },
  ...{ result: {}, errorMessage: '', key: null, attempt: 1, createdAt: new Date('2025-03-12T10:00:00Z') },
  ...{
    labels: {},
    parent: null,
    retryOf: null,
    worker: null,
    errorType: null,
    dueAt: null,
    heartbeatS: null,
    silent: false,
    heardAt: null,
  },
  startedAt: new Date('2025-03-12T10:00:01Z'),
  completedAt: null,
};

describe('taskTable', () => {
  it('aligns its columns', () => {
    const done = {
      ...task,
      status: 'completed',
      progress: 100,
      completedAt: new Date('2025-03-12T10:02:30Z'),
    } as const;
    const tasks = [{ ...done, id: 10, taskType: 'keyword_expand' }, task];
    expect(taskTable(tasks)).toBe(
      [
        'ID  TYPE            STATUS          PROGRESS  CREATED                DURATION',
        '10  keyword_expand  completed  100/100 100 %  2025-03-12 10:00:00  2 min 29 s',
        ' 9  search          running     30/100  30 %  2025-03-12 10:00:00           -',
      ].join('\n'),
    );
  });

  it('has only its headings without tasks', () => {
    expect(taskTable([])).toBe('ID  TYPE  STATUS  PROGRESS  CREATED  DURATION');
  });
});

it.each([
  [0, 0, '0'],
  [7, 0, '7'],
  [1, 3, '1/3  33 %'],
  [3, 3, '3/3 100 %'],
])('progressText of %d of %d is %s', (progress, total, text) => {
  expect(progressText({ progress, total })).toBe(text);
});

it.each([
  ['10:00:01', '10:00:01', '< 1 s'],
  ['10:00:01', '10:01:00', '59 s'],
  ['10:00:01', '10:01:01', '1 min 0 s'],
])('durationText from %s to %s is %s', (from, to, text) => {
  const at = (time: string): Date => new Date(`2025-03-12T${time}Z`);
  expect(durationText({ startedAt: at(from), completedAt: at(to) })).toBe(text);
});
