import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { INT_BYTES_MAX, readInt, writeInt } from '../../../shared/adapters/embedded/read-model/ints.js';
import {
  findSecondNumber,
  PLACE_BYTES_MAX,
  readPlace,
  secondNumber,
  secondText,
  writePlace,
  type Place,
} from '../../../shared/adapters/embedded/read-model/place.js';
import { isBefore } from '../../../shared/adapters/embedded/read-model/place-stream.js';
import {
  isSealed,
  numberOfInt,
  openSealedText,
  SEAL_BYTES,
  sealKey,
  sealText,
} from '../../../shared/adapters/embedded/read-model/sealed.js';

const anyInt = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat(),
  fc.constantFrom(
    0,
    255,
    256,
    65_535,
    65_536,
    2 ** 24,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 40,
    Number.MAX_SAFE_INTEGER,
  ),
);
const anySecond = fc
  .date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 19));

describe('ints in keys', () => {
  it('are read as they were written, and keys ascend with them', () => {
    fc.assert(
      fc.property(anyInt, anyInt, (one, other) => {
        const [first, second] = [one, other].map((value) => {
          const bytes = Buffer.alloc(INT_BYTES_MAX);
          return bytes.subarray(0, writeInt(bytes, 0, value));
        }) as [Buffer, Buffer];
        expect(readInt(first, 0)).toBe(one);
        expect(first.compare(second)).toBe(Math.sign(one - other));
      }),
    );
  });
});

describe('places', () => {
  it('know each second by a number that goes up with it', () => {
    fc.assert(
      fc.property(anySecond, anySecond, (one, other) => {
        expect(secondText(secondNumber(one))).toBe(one);
        const order = Math.sign(secondNumber(one) - secondNumber(other));
        expect(order).toBe(one < other ? -1 : one > other ? 1 : 0);
      }),
    );
  });

  it.each([
    'yesterday',
    '2025-13-01T00:00:00',
    '2025-00-10T00:00:00',
    '2025-01-32T00:00:00',
    '2025-01-01T24:00:00',
  ])('know no second %s', (text) => {
    expect(findSecondNumber(text)).toBeUndefined();
    expect(() => secondNumber(text)).toThrow('is no time in whole seconds');
  });

  it('stand in keys so that a list goes through them backwards', () => {
    const anyPlace = fc.record({ second: anySecond.map(secondNumber), taskId: anyInt });
    const keyOf = (place: Place): Buffer => {
      const bytes = Buffer.alloc(PLACE_BYTES_MAX);
      return bytes.subarray(0, writePlace(bytes, 0, place));
    };
    fc.assert(
      fc.property(anyPlace, anyPlace, (one, other) => {
        expect(readPlace(keyOf(one), 0)).toEqual(one);
        expect(keyOf(one).compare(keyOf(other)) > 0).toBe(isBefore(one, other));
      }),
    );
    // Behind the last place of all there is one, too.
    expect(readPlace(keyOf({ second: -1, taskId: Number.MAX_SAFE_INTEGER }), 0).second).toBe(-1);
  });
});

describe('checksums', () => {
  it('find a byte of a key that was changed', () => {
    let tried = 0;
    let found = 0;
    for (let length = 1; length <= 40; length += 3) {
      const key = Buffer.from(
        Array.from({ length: length + SEAL_BYTES }, (_, at) => (at * 37 + length) % 256),
      );
      expect(sealKey(key, length)).toBe(key.length);
      expect(isSealed(key)).toBe(true);
      for (let at = 0; at < key.length; at++) {
        for (let change = 1; change < 256; change++) {
          (key[at] as number) ^= change;
          tried++;
          if (!isSealed(key)) found++;
          (key[at] as number) ^= change;
        }
      }
    }
    // Two bytes let one in 65,536 through.
    expect(tried - found).toBeLessThan(tried / 20_000);
  });

  it('find a text that was changed, or stands under another key', () => {
    fc.assert(
      fc.property(fc.string(), anyInt, anyInt, fc.nat(), (text, key, other, at) => {
        const sealed = sealText(numberOfInt(key), text);
        expect(openSealedText(numberOfInt(key), sealed)).toBe(text);
        if (numberOfInt(other) !== numberOfInt(key))
          expect(openSealedText(numberOfInt(other), sealed)).toBeUndefined();
        const place = at % sealed.length;
        const changed = `${sealed.slice(0, place)}${sealed[place] === 'a' ? 'b' : 'a'}${sealed.slice(place + 1)}`;
        expect(openSealedText(numberOfInt(key), changed)).toBeUndefined();
      }),
    );
  });
});
