import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidRequestError, TooManyEventsError } from '../../../shared/core/contracts/errors.js';
import {
  eventIdIn,
  itemTexts,
  parseSentJson,
  RefusedJson,
} from '../../../shared/core/contracts/json-items.js';
import { parseStrictJson } from '../../../shared/core/contracts/strict-json.js';

/** What is refused of a list, by its place, and why. */
function refusedOf(text: string): [index: number, message: string][] {
  const items = parseSentJson(text) as unknown[];
  return items.flatMap((item, index) =>
    item instanceof RefusedJson ? [[index, item.message] as [number, string]] : [],
  );
}

describe('parseSentJson', () => {
  it.each([
    ['a 64-bit integer', '{"id":"b","n":9223372036854775807}', '"n" is an integer beyond'],
    ['a number beyond a double', '{"id":"b","n":1e400}', '"n" is a number beyond'],
    ['a lone surrogate', String.raw`{"id":"b","t":"\ud800"}`, '"t" holds a lone surrogate'],
    ['__proto__', '{"id":"b","data":{"__proto__":{}}}', 'A member named __proto__'],
    ['a repeated member', '{"id":"b","id":"c"}', 'duplicate member'],
    ['deep nesting', `{"id":"b","d":${'['.repeat(100)}${']'.repeat(100)}}`, 'nested too deeply'],
    ['no JSON', '{"id":"b",}', 'Malformed JSON'],
    ['nothing', ' ', 'Malformed JSON'],
    ['no value', 'NaN', 'Malformed JSON'],
    ['two values', '{} {}', 'Malformed JSON'],
  ])('refuses of a list only the item with %s', (_, wrong, why) => {
    const text = ` [ {"id":"a"} ,${wrong}, {"id":"c","s":"],[\\"{"}\n]\n`;
    expect(refusedOf(text)).toEqual([[1, expect.stringContaining(why)]]);
    const items = parseSentJson(text) as unknown[];
    expect([items.length, items[0], items[2]]).toEqual([3, { id: 'a' }, { id: 'c', s: '],["{' }]);
    expect((items[1] as RefusedJson).text).toBe(wrong);
  });

  it.each([
    '[{"id":"a"',
    '[{"id":"a}]',
    '[{"a":[}]',
    '[]]',
    '[]x',
    'x[]',
    '[NaN],[]',
    '[{"a":1]',
    '{"a":1,"a":2}',
  ])('refuses %s as a whole: it has no items that can be told apart', (text) => {
    expect(() => parseSentJson(text)).toThrow(InvalidRequestError);
    expect(itemTexts(text)).toBeUndefined();
  });

  it('reads no more items than a batch may have', () => {
    expect(refusedOf(`[${','.repeat(999)}]`)).toHaveLength(1000);
    expect(() => parseSentJson(`[${','.repeat(8_000_000)}]`)).toThrow(TooManyEventsError);
  });

  it('is as parseStrictJson for whatever that takes', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ noUnicodeString: false })), fc.nat(3), (values, indent) => {
        const text = JSON.stringify(values, null, indent);
        const items = itemTexts(text) as string[];
        expect(items.map((item) => JSON.parse(item) as unknown)).toEqual(JSON.parse(text));
        try {
          expect(parseSentJson(text)).toEqual(parseStrictJson(text));
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidRequestError);
        }
      }),
    );
  });
});

describe('eventIdIn', () => {
  it.each([
    ['{"id":"a","n":1e400}', 'a'],
    ['{"id":"a","id":"b"}', 'b'],
    ['{"id":7}', null],
    [String.raw`{"id":"\ud800"}`, null],
    ['{"id":', null],
    ['[]', null],
  ])('finds in %s %s', (text, id) => {
    expect(eventIdIn(text)).toBe(id);
  });
});
