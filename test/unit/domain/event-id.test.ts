import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventIdOf } from '../../../shared/core/domain/event-id.js';

/** The same by way of hexadecimal digits, as RFC 9562 draws it. */
function expectedId(hash: Buffer): string {
  const bytes = Buffer.from(hash.subarray(0, 16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

describe('the id of an event', () => {
  it('is a version 8 UUID of the first 128 bits of its hash', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const hash = createHash('sha256').update(text).digest();
        expect(eventIdOf(hash.toString('base64url'))).toBe(expectedId(hash));
      }),
    );
  });

  it('is a UUID for any text, always the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const id = eventIdOf(text);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(eventIdOf(text)).toBe(id);
      }),
    );
  });
});
