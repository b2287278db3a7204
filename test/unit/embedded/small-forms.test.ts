import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  LOST,
  packAddresses,
  unpackAddresses,
} from '../../../shared/adapters/embedded/event-log/packed-addresses.js';
import {
  formatPosition,
  isPosition,
  parsePosition,
} from '../../../shared/adapters/embedded/event-log/position.js';
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  SEGMENT_HEADER_BYTES,
} from '../../../shared/adapters/embedded/event-log/segment-header.js';
import {
  readStreamKey,
  STREAM_KEY_BYTES_MAX,
  writeStreamKey,
} from '../../../shared/adapters/embedded/event-log/stream-key.js';

function keyOf(stream: string): Buffer {
  const bytes = Buffer.alloc(STREAM_KEY_BYTES_MAX);
  return bytes.subarray(0, writeStreamKey(bytes, 0, stream));
}

const name = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  fc.integer({ min: 0, max: 10 ** 15 - 1 }).map((id) => `task-${id}`),
  fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((hash) => `key-${Buffer.from(hash).toString('base64url')}`),
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map((hash) => `key-${Buffer.from(hash).toString('hex')}`),
  fc.constantFrom('task-01', 'task-', 'a-b-7', `key-${'_'.repeat(43)}`, '-1'),
);

describe('the key of a stream', () => {
  it('gives the name back, and none is the beginning of another', () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        const key = keyOf(one);
        expect(readStreamKey(key, 0)).toEqual({ stream: one, end: key.length });
        if (one !== other) expect(keyOf(other).subarray(0, key.length).equals(key)).toBe(false);
      }),
    );
  });

  it('has streams that were made one after the other lie together', () => {
    expect(keyOf('task-9').compare(keyOf('task-10'))).toBe(-1);
    expect(keyOf('task-4294967295').compare(keyOf('task-4294967296'))).toBe(-1);
  });
});

describe('packed addresses', () => {
  it('are what was packed, lost ones too', () => {
    const steps = fc.array(fc.oneof(fc.constant(LOST), fc.integer({ min: 1, max: 2 ** 40 })), {
      maxLength: 64,
    });
    fc.assert(
      fc.property(steps, (distances) => {
        let last = 0;
        const addresses = distances.map((distance) => (distance === LOST ? LOST : (last += distance)));
        expect(unpackAddresses(packAddresses(addresses))).toEqual(addresses);
      }),
    );
  });
});

describe('a position', () => {
  it('is read as it was written, and its text has the order of the number', () => {
    const count = fc.integer({ min: 1, max: 10 ** 15 });
    fc.assert(
      fc.property(count, count, (one, other) => {
        expect(parsePosition(formatPosition(one))).toBe(one);
        expect(formatPosition(one) < formatPosition(other)).toBe(one < other);
      }),
    );
  });

  it.each(['1', '000000000000000a', '00000000000000001'])('is not %s', (text) => {
    expect(isPosition(text)).toBe(false);
    expect(() => parsePosition(text)).toThrow('must be 16 digits');
  });
});

describe('the header of a segment', () => {
  const header = {
    ledgerId: '01234567-89ab-cdef-0123-456789abcdef',
    firstPosition: 2 ** 40 + 1,
    baseAddress: 2 ** 45 + 3,
    chain: 0xfedcba98,
  };

  it('is read as it was written, and not at all when a byte of it is another one', () => {
    const bytes = encodeSegmentHeader(header);
    expect(decodeSegmentHeader(bytes, 'file')).toEqual(header);
    for (let at = 0; at < SEGMENT_HEADER_BYTES; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (bytes[at] as number) ^ 1;
      expect(decodeSegmentHeader(damaged, 'file')).toBeUndefined();
    }
  });
});
