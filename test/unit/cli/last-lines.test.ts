import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LastLines } from '../../../cli/run/last-lines.js';

function lastOf(text: string | Buffer, linesMax?: number, bytesMax?: number): string {
  const last = new LastLines(linesMax, bytesMax);
  last.add(Buffer.from(text));
  return last.text;
}

describe('LastLines', () => {
  it('keeps 20 lines and 8 KiB when nothing else is said', () => {
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at}`);
    expect(lastOf(`${lines.join('\n')}\n\n`)).toBe(lines.slice(-20).join('\n'));
    expect(lastOf('x'.repeat(10_000))).toBe('x'.repeat(8 * 1024));
    expect(lastOf('')).toBe('');
    expect(lastOf('a\r\nb\r\n', 1)).toBe('b');
  });

  it('is the same wherever the pieces end, within a character too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.array(fc.nat(200)), (text, cuts) => {
        const bytes = Buffer.from(text);
        const last = new LastLines(20, 64);
        let from = 0;
        for (const size of [...cuts, bytes.length]) {
          last.add(bytes.subarray(from, from + size));
          from += size;
        }
        expect(last.text).toBe(lastOf(text, 20, 64));
        expect(last.text.endsWith('\uFFFD')).toBe(false);
        expect(Buffer.byteLength(last.text)).toBeLessThanOrEqual(64);
      }),
    );
  });

  it('takes bytes that are no text', () => {
    expect(lastOf(Buffer.from([0x61, 0xff, 0x62]))).toBe('a\uFFFDb');
  });
});
