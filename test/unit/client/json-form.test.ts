import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonForm, OversizeError } from '../../../clients/typescript/src/json-form.js';
import { resultOf } from '../../../clients/typescript/src/task-result.js';
import { parseStrictJson } from '../../../shared/core/contracts/strict-json.js';
import { HARD_VALUES } from '../../support/hard-values.js';

const BYTES_MAX = 240 * 1024;
const hard = new Map(HARD_VALUES);
const formOf = (name: string): unknown => jsonForm(hard.get(name)?.(), BYTES_MAX);

const anything = fc.anything({
  ...{ withBigInt: true, withBoxedValues: true, withDate: true, withMap: true, withSet: true },
  ...{ withNullPrototype: true, withObjectString: true, withSparseArray: true, withTypedArray: true },
  stringUnit: 'binary',
});
const anyText = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));

describe('jsonForm', () => {
  it.each([
    ['a list', [1, null, '[function fail]', null, 'NaN']],
    ['negative zero', 0],
    ['Infinity', '-Infinity'],
    ['a large integer', 2 ** 60],
    ['a BigInt', '1180591620717411303424'],
    ['a symbol', '[Symbol(s)]'],
    ['half a surrogate', '\ufffd'],
    ['a cycle', { list: ['[circular]'], self: '[circular]' }],
    ['half a surrogate in a name', { '[\ufffd]': 1, "[\ufffd]'": 2, "[\ufffd]''": 3 }],
    ['__proto__ as a member', { '[__proto__]': { a: 1 }, b: { '[__proto__]': 2 } }],
    ['members that JSON leaves out', { b: '[function fail]', c: '[Symbol(c)]' }],
    ['a Date', '1970-01-01T00:00:00.000Z'],
    ['an invalid Date', '[invalid Date]'],
    ['a Map and a Set', { map: [['a', 1]], set: [1, 2] }],
    ['an instance of a class', { title: 'On' }],
    ['an object without a prototype', {}],
    ['boxed values', [1, 'one', true, '1', '[Symbol(x)]']],
    ['bytes', { buffer: { type: 'Buffer', data: [97, 98] }, array: [1, 2], raw: '[ArrayBuffer]' }],
    ['what there is no JSON of', { at: '/x/g', map: '[WeakMap]', promise: { then: 1 }, weak: '[WeakSet]' }],
    ['a toJSON that throws', "[can't be read]"],
    ['a toJSON that answers itself', { a: 1, toJSON: '[function toJSON]' }],
    ['getters that throw', { a: 1, b: "[can't be read]" }],
    ['a revoked proxy', ["[can't be read]"]],
    ['an error', { name: 'Error', message: 'disk full' }],
    ['an error that can not be read', { name: "[can't be read]", message: "[can't be read]" }],
    ['an error that is its own cause', { name: 'Error', message: 'round', cause: '[circular]' }],
  ])('shows %s', (name, form) => {
    expect(formOf(name)).toEqual(form);
  });

  it('shows the same object twice where it stands twice, and is no cycle', () => {
    const one = { a: 1 };
    expect(jsonForm([one, one], BYTES_MAX)).toEqual([one, one]);
  });

  it.each([
    '300 KB of text',
    'a sparse list',
    'a large object',
    'a large member name',
    'a very large BigInt',
  ])('throws for %s, which is too large', (name) => {
    expect(() => formOf(name)).toThrow(OversizeError);
  });

  it('never has more bytes than it may', () => {
    fc.assert(
      fc.property(anything, fc.nat(100), (value, bytesMax) => {
        try {
          const text = JSON.stringify(jsonForm(value, bytesMax));
          expect(Buffer.byteLength(text ?? '')).toBeLessThanOrEqual(bytesMax);
        } catch (error) {
          expect(error).toBeInstanceOf(OversizeError);
          expect(bytesMax).toBeLessThan(
            2 * Buffer.byteLength(JSON.stringify(jsonForm(value, BYTES_MAX)) ?? '') + 5,
          );
        }
      }),
    );
  });

  const plain = fc.jsonValue({ maxDepth: 5 }).filter((value) => !JSON.stringify(value).includes('__proto__'));

  it('says of plain JSON what JSON.stringify says', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(JSON.stringify(jsonForm(value, BYTES_MAX))).toBe(JSON.stringify(value));
      }),
    );
  });
});

describe('resultOf', () => {
  it('is an object that Taskledger takes, whatever was returned', () => {
    fc.assert(
      fc.property(fc.oneof(anything, anyText, fc.dictionary(anyText, anything)), (returned) => {
        const result = resultOf(returned);
        expect(parseStrictJson(JSON.stringify({ data: { result } }))).toEqual({ data: { result } });
      }),
    );
  });

  it.each(HARD_VALUES)('is an object that Taskledger takes for %s', (_, make) => {
    const text = JSON.stringify({ data: { result: resultOf(make()) } });
    expect(Buffer.byteLength(text)).toBeLessThan(BYTES_MAX);
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it.each([
    [undefined, {}],
    [null, { value: null }],
    [5, { value: 5 }],
    [['a'], { value: ['a'] }],
    [new Date(0), { value: '1970-01-01T00:00:00.000Z' }],
    [{ a: [{ b: 1 }] }, { a: [{ b: 1 }] }],
    [
      'x'.repeat(300_000),
      { taskledger_left_out: 'The result is not on record: it has more than 241664 bytes of JSON' },
    ],
  ])('is for %j', (returned, result) => {
    expect(resultOf(returned)).toEqual(result);
  });
});
