import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { isJsonObject, JSON_DEPTH_MAX, parseStrictJson } from '../../../shared/core/contracts/strict-json.js';
import type { JsonValue } from '../../../shared/core/domain/json.js';

/** The sentence with which a text is refused. */
function refusal(text: string): string {
  try {
    parseStrictJson(text);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRequestError);
    return (error as Error).message;
  }
  throw new Error(`Not refused: ${text.slice(0, 200)}`);
}

const INEXACT = "is an integer beyond ±(2^53 - 1), which can't be carried exactly; send it as a string";

describe('parseStrictJson', () => {
  it.each([
    ['null', null],
    ['true', true],
    [' -1.5e3 ', -1500],
    ['"a"', 'a'],
    ['[]', []],
    ['{}', {}],
    ['{"a":{"a":{"a":1}}}', { a: { a: { a: 1 } } }],
    ['[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
    ['{"":0," ":1}', { '': 0, ' ': 1 }],
    ['{"a:b":"c:d","e":":"}', { 'a:b': 'c:d', e: ':' }],
    [String.raw`{"a\":":"\\","b":"\\\":"}`, { 'a":': '\\', b: '\\":' }],
    [String.raw`{"\\":1,"\\\\":2}`, { '\\': 1, '\\\\': 2 }],
    ['{"a":"{[:]}"}', { a: '{[:]}' }],
    [String.raw`"\ud83d\ude00"`, '😀'],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['1e-400', 0],
    ['1e20', 1e20],
    ['{"n":2.35e17,"m":-1E+300}', { n: 2.35e17, m: -1e300 }],
    ['123456789012345680.0', 123456789012345680],
    // A double holds these exactly, or is written so.
    ['9007199254740992', 2 ** 53],
    ['100000000000000000000', 1e20],
    ['1000000000000000000000', 1e21],
    ['-1500000000000000000000', -1.5e21],
    ['9223372036854775808', 2 ** 63],
    ['1541815603606036480', 1541815603606036480],
    ['9223372036854776000', 2 ** 63],
    ['{"a":"9007199254740993","b":1e17}', { a: '9007199254740993', b: 1e17 }],
    ['{"toString":1,"constructor":2,"hasOwnProperty":3}', { toString: 1, constructor: 2, hasOwnProperty: 3 }],
  ])('takes %s', (text, value) => {
    expect(parseStrictJson(text)).toEqual(value);
  });

  it.each([
    ['{"a":1,"a":1}'],
    ['{"a":1,"b":{"c":1,"c":2}}'],
    ['[0,{"a":[{"b":1,"b":2}]}]'],
    [String.raw`{"a":1,"\u0061":2}`],
    [String.raw`{"é":1,"\u00e9":2}`],
    [String.raw`{"😀":1,"\uD83D\uDE00":2}`],
    [String.raw`{"\"":1,"\u0022":2}`],
    ['{"":1,"":2}'],
    ['{"a":{"x":1,"y":2},"a":{}}'],
    ['{"a":"::","a":":"}'],
    ['{"1":0,"2":0,"1":0}'],
    ['{"toString":1,"toString":2}'],
  ])('refuses a duplicate member: %s', (text) => {
    expect(refusal(text)).toBe('Malformed JSON: duplicate member in an object');
  });

  it.each([
    ['{"__proto__":{"admin":true}}'],
    ['[{"a":{"__proto__":null}}]'],
    [String.raw`{"\u005f_proto__":1}`],
  ])('refuses __proto__ as a member: %s', (text) => {
    expect(refusal(text)).toBe('A member named __proto__ is not allowed');
  });

  it.each([
    [String.raw`"\ud83d"`, 'The value holds a lone surrogate or a byte that is no UTF-8: that is no text'],
    [
      String.raw`{"a":"\ude00\ud83d"}`,
      '"a" holds a lone surrogate or a byte that is no UTF-8: that is no text',
    ],
    [
      String.raw`{"a":{"b":["x","\ud800"]}}`,
      '"b" holds a lone surrogate or a byte that is no UTF-8: that is no text',
    ],
    ['"\ud800"', 'The value holds a lone surrogate or a byte that is no UTF-8: that is no text'],
    [
      String.raw`{"\ud800":1}`,
      'The name of a member holds a lone surrogate or a byte that is no UTF-8: that is no text',
    ],
    [
      String.raw`{"a":{"b\ude00":1}}`,
      'The name of a member in "a" holds a lone surrogate or a byte that is no UTF-8: that is no text',
    ],
    ['9007199254740993', `The value ${INEXACT}`],
    ['1000000000000000000001', `The value ${INEXACT}`],
    ['{"n":-9007199254740993}', `"n" ${INEXACT}`],
    ['{"n":"1","id":9223372036854775807}', `"id" ${INEXACT}`],
    ['{"n":1e20,"deep":[{"id":12345678901234567890}]}', `"id" ${INEXACT}`],
    [String.raw`{"a\"b":{"c":[1,18446744073709551615]}}`, `"c" ${INEXACT}`],
    ['1e400', 'The value is a number beyond what a double can hold'],
    ['{"a":[-1e999]}', '"a" is a number beyond what a double can hold'],
  ])('refuses what canonical JSON cannot carry: %s', (text, message) => {
    expect(refusal(text)).toBe(message);
  });

  it.each([
    [''],
    [' '],
    ['{'],
    ['{"a"}'],
    ['{"a":1,}'],
    ['[1,]'],
    ["{'a':1}"],
    ['NaN'],
    ['Infinity'],
    ['undefined'],
    ['01'],
    ['+1'],
    ['1.'],
    ['.5'],
    ['0x10'],
    ['"\u0001"'],
    [String.raw`"\x41"`],
    ['"open'],
    ['"open\\'],
    ['{}{}'],
    ['// no\n1'],
    ['\ufeff1'],
    [']'.repeat(1000)],
    [']'.repeat(1000) + '['.repeat(1000)],
  ])('refuses what is no JSON: %j', (text) => {
    expect(refusal(text)).toMatch(/^Malformed JSON: /);
  });

  const nested = (depth: number): string => '[{"a":'.repeat(depth / 2) + '0' + '}]'.repeat(depth / 2);

  it(`takes nesting to ${JSON_DEPTH_MAX} levels and refuses it deeper`, () => {
    expect(JSON_DEPTH_MAX).toBe(64);
    expect(JSON.stringify(parseStrictJson(nested(64)))).toBe(nested(64));
    const message = 'JSON is nested too deeply; at most 64 levels are allowed';
    expect(refusal(`[${nested(64)}]`)).toBe(message);
    expect(refusal(nested(10_000))).toBe(message);
    expect(refusal('['.repeat(1_000_000))).toBe(message);
  });

  it('counts levels and not brackets', () => {
    const wide = `[${Array.from({ length: 1000 }, () => '[{}]').join(',')}]`;
    expect(parseStrictJson(wide)).toHaveLength(1000);
    expect(parseStrictJson(JSON.stringify('[{'.repeat(1000)))).toBe('[{'.repeat(1000));
  });
});

/** Any value of I-JSON (RFC 7493). */
const value: fc.Arbitrary<JsonValue> = fc.letrec<{ any: JsonValue; object: JsonValue }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc
      .double({ noDefaultInfinity: true, noNaN: true })
      .filter((n) => !Number.isInteger(n) || Number.isSafeInteger(n)),
    text(),
    fc.array(tie('any'), { maxLength: 5 }),
    tie('object'),
  ),
  object: fc.dictionary(
    text().filter((name) => name !== '__proto__'),
    tie('any'),
    { maxKeys: 5, noNullPrototype: true },
  ),
})).any;

/** Text in which what JSON is made of is frequent. */
function text(): fc.Arbitrary<string> {
  const unit = fc.oneof(
    fc.constantFrom(':', '"', '\\', '{', '}', '[', ']', ',', 'a', 'u'),
    fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
  );
  return fc.string({ unit, maxLength: 8 });
}

/** The same JSON with some of the characters in its strings written as `\uXXXX`. */
function escaping(json: string, which: RegExp): string {
  return json.replace(which, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

describe('parseStrictJson on any text', () => {
  it('agrees with JSON.parse on any I-JSON, however it is written', () => {
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 3 }), fc.boolean(), (any, indent, escaped) => {
        const plain = JSON.stringify(any, null, indent);
        const json = escaped ? escaping(plain, /[^\0-\x7f]/g) : plain;
        expect(parseStrictJson(json)).toEqual(JSON.parse(plain));
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses any object that says a member twice', () => {
    const names = fc.uniqueArray(
      text().filter((name) => name !== '__proto__'),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(names, value, fc.nat(), fc.boolean(), (unique, any, pick, escaped) => {
        const again = unique[pick % unique.length] as string;
        const name = escaped
          ? `"${[...Array(again.length).keys()].map((at) => escaping(again.charAt(at), /[^]/)).join('')}"`
          : JSON.stringify(again);
        const members = [...unique.map((one) => JSON.stringify(one)), name].map(
          (one) => `${one}:${JSON.stringify(any)}`,
        );
        expect(refusal(`[{"x":{${members.join(',')}}}]`)).toBe(
          'Malformed JSON: duplicate member in an object',
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('either agrees with JSON.parse or throws an InvalidRequestError', () => {
    const edit = fc.record({
      at: fc.nat(),
      remove: fc.integer({ min: 0, max: 2 }),
      insert: fc.constantFrom(
        '',
        '"',
        '\\',
        ':',
        ',',
        '{',
        '}',
        '[',
        ']',
        '{"a":1,"a":2}',
        '\\ud800',
        '1e999',
        ' ',
      ),
    });
    fc.assert(
      fc.property(value, fc.array(edit, { maxLength: 3 }), (any, edits) => {
        const broken = edits.reduce((json, { at, remove, insert }) => {
          const place = at % (json.length + 1);
          return json.slice(0, place) + insert + json.slice(place + remove);
        }, JSON.stringify(any));
        let parsed: JsonValue;
        try {
          parsed = parseStrictJson(broken);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidRequestError);
          return;
        }
        expect(parsed).toEqual(JSON.parse(broken));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('isJsonObject', () => {
  it.each([
    [{}, true],
    [{ a: 1 }, true],
    [[], false],
    [null, false],
    ['{}', false],
    [1, false],
    [undefined, false],
  ])('%j: %s', (any, is) => {
    expect(isJsonObject(any)).toBe(is);
  });
});
