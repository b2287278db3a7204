import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cutText, FINAL_TEXT_BYTES_MAX } from '../../../shared/core/contracts/cut-text.js';

describe('a text that ends a task', () => {
  it.each(['', 'x'.repeat(FINAL_TEXT_BYTES_MAX), 'ü'.repeat(FINAL_TEXT_BYTES_MAX / 2)])(
    'is kept as it is up to the limit (%#)',
    (text) => expect(cutText(text)).toBe(text),
  );

  it('says that it was cut, and how long it was', () => {
    const cut = cutText('ü'.repeat(FINAL_TEXT_BYTES_MAX));
    expect(cut).toMatch(/^ü+… \[cut: 131072 bytes in all\]$/);
    expect(Buffer.byteLength(cut)).toBeGreaterThan(FINAL_TEXT_BYTES_MAX - 4);
  });

  it('never has more bytes as JSON than the limit, and no half of a character', () => {
    const part = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(part, fc.integer({ min: 1, max: 20 }), (text, times) => {
        const cut = cutText(text.repeat(times * 1_000));
        expect(Buffer.byteLength(JSON.stringify(cut)) - 2).toBeLessThanOrEqual(FINAL_TEXT_BYTES_MAX);
        expect(cut.isWellFormed()).toBe(true);
        expect(cutText(cut)).toBe(cut);
      }),
    );
  });
});
