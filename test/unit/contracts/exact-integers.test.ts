import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { withExactIntegers } from '../../../shared/core/contracts/exact-integers.js';
import { parseStrictJson } from '../../../shared/core/contracts/strict-json.js';

it.each([
  '[1541815603606036480,-9223372036854775808,{"18446744073709551616":18446744073709551616}]',
  '{"a":"1541815603606036500","b":"\\"1541815603606036500","c":[9007199254740992,1e+21,0.12345678901234566]}',
  '"1541815603606036500"',
  '100000000000000000000',
])('what is taken comes back as it was sent: %s', (sent) => {
  expect(withExactIntegers(JSON.stringify(parseStrictJson(sent)))).toBe(sent);
});

it('changes no value', () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false }), (json) => {
      expect(JSON.parse(withExactIntegers(json))).toEqual(JSON.parse(json));
    }),
  );
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Object.is(Number(withExactIntegers(JSON.stringify(value))), value + 0)).toBe(true);
    }),
  );
});
