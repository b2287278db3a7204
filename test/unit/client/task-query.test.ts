import { describe, expect, it } from '@jest/globals';
import { queryOf, wireFilter } from '../../../clients/typescript/src/task-query.js';

describe('queryOf', () => {
  it('says every condition as the API has it', () => {
    const query = queryOf(
      {
        projectId: 7,
        status: ['!completed', '!failed'],
        taskType: 'crawl',
        createdAfter: new Date('2025-03-12T10:00:00Z'),
        createdBefore: '2025-03-13T00:00:00+02:00',
        key: 'a b&c',
        keyPrefix: 'crawl/2025-03-12/',
        label: ['team:a,b', 'tier:1'],
        endedAfter: new Date('2025-03-12T11:00:00Z'),
        dueBefore: '2025-03-14T00:00:00Z',
      },
      { include: ['key', 'startedAt', 'errorMessage'], order: '-ended', limit: 20 },
    );
    const parameters = new URLSearchParams(query);
    const said = [...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name).join(' & ')]);
    expect(Object.fromEntries(said)).toEqual({
      project_id: '7',
      status: '!completed & !failed',
      task_type: 'crawl',
      created_after: '2025-03-12T10:00:00.000Z',
      created_before: '2025-03-13T00:00:00+02:00',
      key: 'a b&c',
      key_prefix: 'crawl/2025-03-12/',
      label: 'team:a,b & tier:1',
      ended_after: '2025-03-12T11:00:00.000Z',
      due_before: '2025-03-14T00:00:00Z',
      include: 'key & started_at & error_message',
      order: '-ended',
      limit: '20',
    });
  });

  it('is empty where nothing is asked for', () => {
    expect(queryOf({})).toBe('');
    expect(wireFilter({})).toEqual({});
  });
});
