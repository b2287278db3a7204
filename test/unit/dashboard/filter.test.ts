import { describe, expect, it } from '@jest/globals';
import { FILTER_MEMBERS } from '../../../services/dashboard/api/wire.js';
import {
  cancellationFilter,
  cancellationProgress,
  whyNotCancelled,
} from '../../../services/dashboard/state/cancellation.js';
import { toggled } from '../../../services/dashboard/state/choice.js';
import {
  filterOf,
  filterParameters,
  filterWords,
  isEmptyFilter,
  NO_FILTER,
  typedPrefix,
} from '../../../services/dashboard/state/filter.js';
import { fieldValues, filterTags, withFirstLabel } from '../../../services/dashboard/state/filter-tags.js';
import { isStreamed, whyPolled } from '../../../services/dashboard/state/streamed.js';
import { hrefOf, routeOf, START } from '../../../services/dashboard/state/route.js';

const parsed = (query: string) => filterOf(new URLSearchParams(query));

describe('a filter in the URL', () => {
  it.each([
    '',
    'project_id=3',
    'status=running,failed',
    'status=!completed,!failed',
    'task_type=!ocr',
    'created_after=2025-03-12T10:00:00&created_before=2025-03-13T00:00:00',
    'key=crawl/7',
    'key=crawl/',
    'key_prefix=crawl/2025-03-12/',
    'key=crawl/2025-03-12/7&key_prefix=crawl/',
    'label=team:search&worker=host-7&error_type=TimeoutError&parent=crawl/7',
    'label=team:search&label=tier:1&worker=host-7&worker=host-8&error_type=A&error_type=B',
    'q=crawl+timeout&id=7,8&root=crawl/7&retry_of=crawl/8&silent=true',
    'project=papers&ended_after=2025-03-12T10:00:00&due_before=2025-03-13T00:00:00',
    'project_id=3&status=!completed&task_type=crawl&key_prefix=a/&task=42&cancellation=c-1',
  ])('reads and writes %j', (query) => {
    expect(hrefOf(routeOf(`?${query}`))).toBe(query === '' ? '/' : `/?${query}`);
  });

  it('passes over none that a list takes', () => {
    const query = [...FILTER_MEMBERS, 'q'].map((name) => `${name}=1`).join('&');
    const read = [...filterParameters(parsed(query)).keys()];
    expect(read.sort()).toEqual([...FILTER_MEMBERS, 'q'].sort());
  });

  it('leaves what is wrong to the API, which says so', () => {
    expect(filterParameters(parsed('silent=false&id=x,7')).toString()).toBe('id=x%2C7&silent=false');
  });

  it('takes negated values away from plain ones, as the API does', () => {
    expect(parsed('status=running,!failed,failed').status).toEqual({ values: ['running'], negated: false });
    expect(parsed('status=!failed&status=!failed').status).toEqual({ values: ['failed'], negated: true });
  });

  it('shows no task when each plain value is taken away again, as the API does', () => {
    const query = 'status=running,!running&task_type=ocr,!ocr';
    expect(hrefOf(routeOf(`?${query}`))).toBe(`/?${query}`);
    expect(isEmptyFilter(parsed(query))).toBe(false);
    expect(cancellationFilter(parsed(query))).toEqual({ status: 'running,!running', task_type: 'ocr,!ocr' });
    const { status } = parsed(query);
    const turned = filterParameters({ ...NO_FILTER, status: { ...status, negated: true } });
    expect(turned.get('status')).toBe('!running,!running');
  });

  it('keeps characters that mean something in a URL', () => {
    const filter = { ...NO_FILTER, key: 'a&b=c#d%20+/' };
    const href = hrefOf({ ...START, filter });
    expect(routeOf(href.slice(1)).filter).toEqual(filter);
  });

  it.each(['task=0', 'task=-1', 'task=x', 'task=1.5', 'task='])('opens no task for %s', (query) => {
    expect(routeOf(`?${query}`).taskId).toBeUndefined();
  });
});

describe('a filter', () => {
  it('is empty without a condition, whatever the mode of its choices', () => {
    expect(isEmptyFilter(NO_FILTER)).toBe(true);
    expect(isEmptyFilter({ ...NO_FILTER, status: { values: [], negated: true } })).toBe(true);
    expect(isEmptyFilter(parsed('status=!failed'))).toBe(false);
  });

  it('is said in words', () => {
    const query =
      'project_id=3&status=!completed,!failed&task_type=ocr,crawl&created_after=2025-03-12T10:00:00';
    expect(filterWords(parsed(`${query}&key_prefix=a/`))).toEqual([
      'project 3',
      'status not completed nor failed',
      'type ocr or crawl',
      'created from 2025-03-12 10:00:00',
      'key below a/',
    ]);
    expect(filterWords(parsed('label=team:a&worker=host-7&error_type=Timeout&parent=7'))).toEqual([
      ...['label team:a', 'worker host-7', 'error Timeout', 'part of 7'],
    ]);
    expect(filterWords(parsed('label=a:1&label=b:2&worker=x&worker=y&q=crawl+it&id=7,8'))).toEqual([
      ...['words crawl it', 'task 7 or 8', 'label a:1', 'label b:2', 'worker x or y'],
    ]);
    expect(filterWords(parsed('root=7&retry_of=a/1&silent=true&due_before=2025-03-12T00:00:00'))).toEqual([
      ...['7 and all below it', 'tries a/1 again', 'not heard of any more', 'due before 2025-03-12 00:00:00'],
    ]);
    expect(filterWords(NO_FILTER)).toEqual([]);
  });

  it('adds and removes a value, and keeps its mode', () => {
    const one = toggled({ values: [], negated: true }, 'failed');
    expect(one).toEqual({ values: ['failed'], negated: true });
    expect(toggled(one, 'failed')).toEqual({ values: [], negated: true });
  });

  it('has a key and a path above keys apart, whatever they end with', () => {
    const both = parsed('key=a/b/&key_prefix=a/');
    expect(both).toMatchObject({ key: 'a/b/', keyPrefix: 'a/' });
    expect(filterParameters(both).toString()).toBe('key=a%2Fb%2F&key_prefix=a%2F');
    expect(cancellationFilter(both)).toEqual({ key: 'a/b/', key_prefix: 'a/' });
    expect(filterWords(both)).toEqual(['key a/b/', 'key below a/']);
    expect(isEmptyFilter({ ...NO_FILTER, keyPrefix: 'a/' })).toBe(false);
    expect(parsed('key=%20a%20').key).toBe(' a ');
  });

  it.each([
    ['', ''],
    ['crawl', 'crawl/'],
    ['crawl/', 'crawl/'],
    [' crawl', ' crawl/'],
  ])('takes the typed path %j for %j', (typed, prefix) => {
    expect(typedPrefix(typed)).toBe(prefix);
  });

  it('becomes the body of a bulk cancel, with its conditions alone', () => {
    expect(cancellationFilter(parsed('project_id=3&status=!completed'))).toEqual({
      project_id: 3,
      status: '!completed',
    });
    expect(cancellationFilter(NO_FILTER)).toEqual({});
    expect(cancellationFilter(parsed('label=a:1&label=b:2&id=7,8&silent=true&worker=x'))).toEqual({
      ...{ label: ['a:1', 'b:2'], id: [7, 8], silent: true, worker: 'x' },
    });
  });

  it('is not for a bulk cancel where it is empty, or has words', () => {
    expect(whyNotCancelled(NO_FILTER)).toMatch(/Set a filter first/);
    expect(whyNotCancelled(parsed('q=crawl&status=running'))).toMatch(/by words/);
    expect(whyNotCancelled(parsed('root=7'))).toBeUndefined();
  });
});

describe('the conditions without a field', () => {
  it('are what the fields do not show, each with what takes it away', () => {
    const filter = parsed('label=a:1&label=b:2&label=c:3&worker=x&worker=y&silent=true&status=running&q=w');
    expect(filterTags(filter)).toEqual([
      { words: 'label b:2', without: { labels: ['a:1', 'c:3'] } },
      { words: 'label c:3', without: { labels: ['a:1', 'b:2'] } },
      { words: 'worker x or y', without: { workers: [] } },
      { words: 'not heard of any more', without: { silent: '' } },
    ]);
    expect(fieldValues(filter)).toEqual({ label: 'a:1', worker: '' });
    expect(fieldValues(parsed('worker=x'))).toEqual({ label: '', worker: 'x' });
    expect(filterTags(parsed('label=a:1&worker=x&key=k'))).toEqual([]);
    for (const { without } of filterTags(filter))
      expect(filterTags({ ...filter, ...without })).toHaveLength(3);
  });

  it('have labels beside the one that is typed', () => {
    expect(withFirstLabel(['a:1', 'b:2'], 'c:3')).toEqual(['c:3', 'b:2']);
    expect(withFirstLabel(['a:1', 'b:2'], '')).toEqual(['b:2']);
    expect(withFirstLabel(['a:1', 'b:2'], 'b:2')).toEqual(['b:2']);
    expect(withFirstLabel([], 'a:1')).toEqual(['a:1']);
  });
});

describe('a list that no stream tells of', () => {
  it('is one by words or below a task, and says so', () => {
    expect(isStreamed(new URLSearchParams('status=running&parent=7&silent=true'))).toBe(true);
    expect(whyPolled(new URLSearchParams('q=crawl&root=7'))).toBe(
      'An event stream can’t tell which tasks stand below another one and which tasks have these words: ' +
        'the newest are asked for every 3 s instead.',
    );
  });
});

describe('a bulk cancel in words', () => {
  const at = (state: any, cancelled: number, refused: number) =>
    cancellationProgress({
      state,
      total: 12,
      counts: { cancelled, refused, open: 12 - cancelled - refused },
    } as any);

  it.each([
    [at('previewed', 0, 0), '12 tasks would be cancelled'],
    [at('expired', 0, 0), 'This preview has expired; nothing was cancelled by it'],
    [at('running', 3, 1), '4 of 12 done: 3 cancelled, 1 refused'],
    [at('finished', 12, 0), '12 of 12 tasks cancelled'],
    [at('finished', 10, 2), '10 of 12 tasks cancelled, 2 refused'],
    [at('aborted', 3, 0), 'Aborted: 3 of 12 tasks cancelled'],
  ])('says %s', (said, expected) => {
    expect(said).toBe(expected);
  });
});
