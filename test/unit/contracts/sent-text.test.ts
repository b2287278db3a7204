import { describe, expect, it } from '@jest/globals';
import { sentText } from '../../../shared/core/contracts/sent-text.js';

const bytes = (...parts: (string | number)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part))));

describe('what was sent', () => {
  it('is a text without a byte order mark before it', () => {
    expect(sentText(bytes('\ufeff{"a":"é"}'))).toBe('{"a":"é"}');
    expect(sentText(bytes('{"a":"\ufeff"}'))).toBe('{"a":"\ufeff"}');
    expect(sentText(bytes('\ufeff\ufeff'))).toBe('\ufeff');
    expect(sentText(bytes())).toBe('');
  });

  it('has an escape of half a surrogate where bytes are no UTF-8', () => {
    expect(sentText(bytes('"', 0xff, '"'))).toBe(String.raw`"\ud800"`);
    expect(sentText(bytes('\ufeff', 0xef, 0xbb))).toBe(String.raw`\ud800`);
  });
});
