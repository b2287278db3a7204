import { parse } from 'node:querystring';
import { describe, expect, it } from '@jest/globals';
import { taskFilterOf } from '../../../services/query/tasks/task-filter-parameters.js';

const TYPES = ['search', 'crawl', 'ocr'];

const projects = new Map([['Größe, 1', 1_000_000_000]]);
const names = {
  taskTypes: TYPES,
  projectId: (name: string) => projects.get(name),
  taskNames: (name: string) => (name === 'crawl/7' ? ['7', 'crawl/7'] : [name]),
  family: () => [7, 8, 9],
};
const anyType = { ...names, taskTypes: [...TYPES, '*'] };

const filterOf = (query: string) => taskFilterOf(parse(query), names);

describe('taskFilterOf', () => {
  it.each([
    ['', {}],
    ['colour=blue&__proto__=1', {}],
    ['project_id=-3', { projectId: -3 }],
    ['project=Gr%C3%B6%C3%9Fe, 1', { projectId: 1_000_000_000 }],
    ['status=running', { statuses: ['running'] }],
    ['status=failed,running&status=running', { statuses: ['failed', 'running'] }],
    ['status=!completed', { statuses: ['pending', 'running', 'failed', 'cancelled'] }],
    ['status=!completed,!failed', { statuses: ['pending', 'running', 'cancelled'] }],
    ['status=!completed&status=!failed', { statuses: ['pending', 'running', 'cancelled'] }],
    ['status=running,failed,!failed', { statuses: ['running'] }],
    ['status=%21running,running', { statuses: [] }],
    ['status=!pending,!running,!completed,!failed,!cancelled', { statuses: [] }],
    ['task_type=crawl,ocr', { taskTypes: ['crawl', 'ocr'] }],
    ['task_type=!ocr', { notTaskTypes: ['ocr'] }],
    ['task_type=!ocr&task_type=!crawl,!ocr', { notTaskTypes: ['ocr', 'crawl'] }],
    ['task_type=crawl,ocr,!ocr', { taskTypes: ['crawl'] }],
    ['task_type=ocr,!ocr', { taskTypes: [] }],
    ['key=crawl/2025-03-12/7', { key: 'crawl/2025-03-12/7' }],
    ['key=%E6%A4%9C%E7%B4%A2,!', { key: '検索,!' }],
    ['key_prefix=crawl/', { keyPrefix: 'crawl/' }],
    ['key_prefix=crawl%2F2025-03-12%2F', { keyPrefix: 'crawl/2025-03-12/' }],
    ['key_prefix=7/', { keyPrefix: '7/' }],
    ['key_prefix=/', { keyPrefix: '/' }],
    ['key_prefix=1/2/3/4/5/6/7/8/', { keyPrefix: '1/2/3/4/5/6/7/8/' }],
    ['id=3,1&id=3', { taskIds: [3, 1] }],
    ['label=team:search', { labels: ['team:search'] }],
    ['label=team:a,b:c&label=app/tier.x:1', { labels: ['team:a,b:c', 'app/tier.x:1'] }],
    ['parent=crawl/7', { parents: ['7', 'crawl/7'] }],
    ['parent=9', { parents: ['9'] }],
    ['retry_of=crawl/7', { retryOf: ['7', 'crawl/7'] }],
    ['root=7', { taskIds: [7, 8, 9] }],
    ['root=7&id=9,10', { taskIds: [9] }],
    ['worker=a, b&worker=c', { workers: ['a, b', 'c'] }],
    ['error_type=TimeoutError', { errorTypes: ['TimeoutError'] }],
    ['silent=true', { silent: true }],
  ])('reads %s', (query, filter) => {
    expect(filterOf(query)).toEqual(filter);
  });

  it.each([
    ['task_type=Mail.Send,!queue:mail/v2', { taskTypes: ['Mail.Send'] }],
    ['task_type=!queue:mail/v2,!a', { notTaskTypes: ['queue:mail/v2', 'a'] }],
  ])('reads %s where any type is taken', (query, filter) => {
    expect(taskFilterOf(parse(query), anyType)).toEqual(filter);
  });

  it.each(['', '!', '!!a', '*', 'a b', '/a', 'x'.repeat(129)])('refuses the type %j even there', (text) => {
    expect(() => taskFilterOf({ task_type: text }, anyType)).toThrow(
      'task_type must be one or more types, each of 1 to 128 of A-Z, a-z, 0-9 and _.:/-, the first one a letter or digit' +
        ' (with ! before it: all but this one)',
    );
  });

  it.each([
    ['2025-03-12T10:00:00', '2025-03-12T10:00:00'],
    ['2025-03-12T10:00:00Z', '2025-03-12T10:00:00'],
    ['2025-03-12t10:00:00z', '2025-03-12T10:00:00'],
    ['2025-03-12T12:00:00+02:00', '2025-03-12T10:00:00'],
    ['2025-03-12T12:00:00%2B02:00', '2025-03-12T10:00:00'],
    ['2025-03-12T05:00:00-05:00', '2025-03-12T10:00:00'],
    ['2025-03-12T10:00:00.000Z', '2025-03-12T10:00:00'],
    ['2025-03-12T10:00:00.000', '2025-03-12T10:00:00'],
    ['2025-03-12T10:00:00.001Z', '2025-03-12T10:00:01'],
    ['2025-03-12T10:00:00.000000001', '2025-03-12T10:00:01'],
    ['2025-12-31T23:59:59.5', '2026-01-01T00:00:00'],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59'],
    ['0001-01-01T00:00:00', '0001-01-01T00:00:00'],
    ['9999-12-31T23:59:59', '9999-12-31T23:59:59'],
  ])('takes the time %s for the second that it is or comes before', (text, second) => {
    expect(filterOf(`created_after=${text}`)).toEqual({ createdAfter: second });
    expect(filterOf(`created_before=${text}`)).toEqual({ createdBefore: second });
  });

  const time = 'must be a time as in RFC 3339, or one in UTC without offset such as 2025-03-12T10:00:00';
  const prefix =
    'must be 1 to 8 whole segments of a path, each with a / after it, such as crawl/2025-03-12/ (512 bytes at most)';
  const key = 'must be 1 to 512 bytes with at least one character that is no digit';
  it.each([
    ['project_id', 'x', 'must be an int'],
    ['project', 'other', 'must be the name of a project that there is; none is named "other"'],
    ...['', 'a\nb', '\u0085', 'x'.repeat(129)].map((text) => [
      'project',
      text,
      'must be 1 to 128 characters, none of them a control character',
    ]),
    ...['done', '', 'running,', '!', '!done', '!!running', ' running', '__proto__'].map((text) => [
      'status',
      text,
      'must be one or more of pending, running, completed, failed, cancelled (with ! before it: all but this one)',
    ]),
    ...['knitting', '', 'ocr,,crawl', '!OCR'].map((text) => [
      'task_type',
      text,
      'must be one or more of search, crawl, ocr (with ! before it: all but this one)',
    ]),
    ...[
      ...['', 'yesterday', '2025-03-12', '2025-03-12 10:00:00', '2025-02-30T10:00:00', '2025-03-12T10:00'],
      ...['2025-03-12T10:00:00.', '2025-03-12T10:00:00.Z', '9999-12-31T23:59:59.5'],
    ].flatMap((text) => [
      ['created_after', text, time],
      ['created_before', text, time],
    ]),
    ...['', '42', 'x'.repeat(513), '検'.repeat(171)].map((text) => ['key', text, key]),
    ...['', 'crawl', 'crawl/7', '1/2/3/4/5/6/7/8/9/', `${'x'.repeat(512)}/`].map((text) => [
      'key_prefix',
      text,
      prefix,
    ]),
    ...['', 'x', '0', '1,', '1.5', '01', '9007199254740993'].map((text) => [
      'id',
      text,
      'must be 1 to 1000 ids of tasks, with commas between them',
    ]),
    ...['', 'team', ':search', 'team:', 'Team:search', `team:${'x'.repeat(257)}`].map((text) => [
      'label',
      text,
      'must be a label as name:value, such as team:search, repeated for another one, 32 at most',
    ]),
    ...['parent', 'root', 'retry_of'].flatMap((name) =>
      ['', '0', '007', 'x'.repeat(513)].map((text) => [
        name,
        text,
        "must be a task's id in digits, or a key of 1 to 512 bytes",
      ]),
    ),
    ...['worker', 'error_type'].flatMap((name) =>
      ['', 'x'.repeat(257)].map((text) => [
        name,
        text,
        'must be a text of 1 to 256 characters, repeated for another one, 100 at most',
      ]),
    ),
    ...['', 'false', '1'].map((text) => ['silent', text, 'must be true']),
  ])('refuses %s=%s', (name, text, allowed) => {
    const call = () => taskFilterOf({ [name]: text }, names);
    expect(call).toThrow(`${name} ${allowed}`);
    expect(call).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it('refuses a project by its id and by its name at once', () => {
    expect(() => filterOf('project=Gr%C3%B6%C3%9Fe, 1&project_id=1000000000')).toThrow(
      'project must be left out where project_id is given',
    );
  });

  it.each([
    'project_id=1&project_id=1',
    'project=a&project=b',
    'created_after=x&created_after=y',
    'key=a&key=b',
    'key_prefix=a/&key_prefix=b/',
  ])('refuses %s, which would have to be given once', (query) => {
    expect(() => filterOf(query)).toThrow('must be given only once');
  });
});
