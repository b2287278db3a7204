import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ERROR_TEXT_CHARACTERS_MAX, errorKeyOf, errorTextOf } from '../../../shared/core/domain/error-key.js';

describe('the key of an error', () => {
  it.each([
    ['numbers', 'page 12 of 300 after 1.5 s', 'page 7 of 21 after 30 s'],
    ['times and addresses', 'no answer from 10.0.0.1:8000', 'no answer from 192.168.1.20:443'],
    [
      'UUIDs',
      'task 0b5f9a52-6c0f-4f5e-9d1e-7f1f3b8a2c11 is gone',
      'task FFFFFFFF-0000-4000-8000-00000000000A is gone',
    ],
    ['hex numbers', 'fault at 0x7ffe12', 'fault at 0xDEADBEEF'],
    ['hashes', 'no object 9fceb02d0ae5', 'no object a0b1c2d3e4f5a6b7'],
    ['what is quoted', `no column "a b"`, `no column "c"`],
    ['what is quoted simply', `can't open '/tmp/a'`, `can't open '/var/b c'`],
    ['further lines', 'disk full\n  at one', 'disk full\r\n  at another'],
    ['blank lines before, blanks after', '\n  disk full  ', 'disk full'],
  ])('is the same whatever the %s', (_, one, other) => {
    expect(errorKeyOf('OSError', one)).toBe(errorKeyOf('OSError', other));
  });

  it.each([
    ['disk full', 'disk gone'],
    [`can't read`, `can't write`],
    [`it isn't there, it can't be`, `it isn't here, it can't be`],
    ['the facade', 'the decade'],
    ['number 1', 'number "1"'],
  ])('tells %j from %j', (one, other) => {
    expect(errorKeyOf(undefined, one)).not.toBe(errorKeyOf(undefined, other));
  });

  it('tells types from each other, and a type from a text', () => {
    expect(errorKeyOf('A', 'x')).not.toBe(errorKeyOf('B', 'x'));
    expect(errorKeyOf('A', '')).not.toBe(errorKeyOf('', 'A'));
    expect(errorKeyOf(undefined, undefined)).toBe(errorKeyOf('', ''));
  });

  it('stays as it is: what was counted stands under it', () => {
    expect(errorKeyOf('TimeoutError', 'no answer after 30 s from "db-3"')).toBe('bc79007df9a5cdff');
    expect(errorKeyOf(undefined, undefined)).toBe('cd7cf6a510840244');
  });

  it('has 16 hex digits, whatever is said, and takes no long time for it', () => {
    fc.assert(
      fc.property(fc.option(fc.string({ unit: 'binary' }), { nil: undefined }), fc.string(), (type, text) => {
        expect(errorKeyOf(type, text)).toMatch(/^[0-9a-f]{16}$/);
      }),
    );
    // The longest message there is, of what patterns may be slow at.
    for (const part of ['"', "'", 'a1', '1.', '0x', '\n ', ' ']) {
      const startedMs = performance.now();
      errorKeyOf(undefined, part.repeat(65_536 / part.length));
      expect(performance.now() - startedMs).toBeLessThan(1_000);
    }
  });
});

describe('the text of an error', () => {
  it('is the first line, as it was said', () => {
    expect(errorTextOf('\n no answer after 30 s \n at one')).toBe('no answer after 30 s');
    expect(errorTextOf(undefined)).toBe('');
  });

  it('is cut where it is long, between characters', () => {
    const cut = errorTextOf('😀'.repeat(400));
    expect([...cut]).toHaveLength(ERROR_TEXT_CHARACTERS_MAX);
    expect(cut).toMatch(/^😀+…$/u);
  });
});
