import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { errorKey, errorShape } from '../../../shared/core/domain/error-key.js';

describe('the key of an error', () => {
  it('is 16 hex digits, whatever the text', () => {
    fc.assert(
      fc.property(fc.option(fc.string(), { nil: undefined }), fc.string({ unit: 'binary' }), (type, text) => {
        expect(errorKey(type, text)).toMatch(/^[0-9a-f]{16}$/);
      }),
    );
  });

  it.each([
    ['connect ETIMEDOUT 10.0.0.7:5432', 'connect ETIMEDOUT 10.0.0.12:443'],
    ['page 4 of 10 has no text', 'page 17 of 20 has no text'],
    ['no task 0190b3c2-7c4e-7d6a-9a51-2f6f5a0c1d2e', 'no task 7d793037-a076-4b8e-9c3f-0d6e1f2a3b4c'],
    ['bad checksum deadbeef01', 'bad checksum 0123456789abcdef'],
    ['at 0x7ffee3', 'at 0xdeadbeef'],
    ['no such file: "a b.pdf"', "no such file: 'c.pdf'"],
    ['took 1.5 s', 'took 12,250 s'],
    ['one line\n  at a.ts:1', 'one line\n  at b.ts:2'],
    ['\n  first line that says something', 'first line that says something  '],
  ])('is the same for %j and %j', (one, other) => {
    expect(errorKey('Error', one)).toBe(errorKey('Error', other));
  });

  it.each([
    ["can't open the file", "can't read the file"],
    ['out of memory', 'out of disk'],
    ['facade not found', 'deface not found'],
  ])('is another for %j and %j', (one, other) => {
    expect(errorKey('Error', one)).not.toBe(errorKey('Error', other));
  });

  it('tells types apart, and none from any', () => {
    expect(new Set([errorKey('A', 'x'), errorKey('B', 'x'), errorKey(undefined, 'x')]).size).toBe(3);
  });

  it('shows what it is made of', () => {
    expect(errorShape(`page 7 of "a.pdf" isn't there`)).toBe(`page ? of ? isn't there`);
  });

  it('takes no longer than its length, of texts made to be slow', () => {
    for (const text of ['"'.repeat(100_000), "a'".repeat(50_000), 'a'.repeat(100_000), '1.'.repeat(50_000)])
      expect(errorShape(text).length).toBeLessThanOrEqual(1_000);
  });
});
