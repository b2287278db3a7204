import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  isTaskKey,
  projectIdField,
  taskIdField,
  taskKeyField,
} from '../../../shared/core/contracts/fields.js';
import { describeIssue } from '../../../shared/core/contracts/issues.js';
import { utf8Length } from '../../../shared/core/contracts/utf8.js';

describe('a task key', () => {
  it.each([
    ['a'],
    ['7a'],
    ['-7'],
    ['7.0'],
    [' '],
    ['٧'],
    ['crawl/2025-03-12/7'],
    ['x'.repeat(512)],
    ['é'.repeat(256)],
    ['€'.repeat(170) + 'xx'],
    ['😀'.repeat(128)],
    ['1'.repeat(511) + 'x'],
  ])('may be %s', (key) => {
    expect(isTaskKey(key)).toBe(true);
    expect(taskKeyField.safeParse(key).data).toBe(key);
  });

  it.each([
    [''],
    ['0'],
    ['42'],
    ['0'.repeat(512)],
    ['x'.repeat(513)],
    ['é'.repeat(256) + 'x'],
    ['€'.repeat(171)],
    ['😀'.repeat(128) + 'x'],
    [7],
    [null],
  ])('may not be %s', (key) => {
    const parsed = taskKeyField.safeParse(key);
    expect(parsed.error && describeIssue(parsed.error, 'key')).toBe(
      'key: must be a string of 1 to 512 bytes with at least one character that is no digit',
    );
  });
});

describe('an id', () => {
  it.each([1, 42, Number.MAX_SAFE_INTEGER])('may be %s', (id) => {
    expect(taskIdField.safeParse(id).success).toBe(true);
  });

  it.each([0, -1, 1.5, 2 ** 53, Number.NaN, Infinity, '1', null])('may not be %s', (id) => {
    const parsed = taskIdField.safeParse(id);
    expect(parsed.error && describeIssue(parsed.error, 'task_id')).toBe('task_id: must be a positive int');
  });

  it('of a project is never negative zero', () => {
    expect(projectIdField.parse(-0)).toBe(0);
  });
});

describe('utf8Length', () => {
  it('agrees with the bytes that are written', () => {
    // Lone surrogates are refused before anything is counted.
    const text = fc.string({ unit: 'binary', maxLength: 50 });
    fc.assert(fc.property(text, (any) => expect(utf8Length(any)).toBe(Buffer.byteLength(any))));
  });

  it.each([
    ['\u007f', 1],
    ['\u0080', 2],
    ['\u07ff', 2],
    ['\u0800', 3],
    ['\ud7ff', 3],
    ['\ue000', 3],
    ['\uffff', 3],
    ['\u{10000}', 4],
    ['\u{10ffff}', 4],
  ])('of %j is %s', (text, bytes) => {
    expect(utf8Length(text)).toBe(bytes);
  });
});
