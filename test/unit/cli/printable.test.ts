import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonLine, printable, printableLines } from '../../../cli/client/printable.js';

const ACTING = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u;

/** Texts with more of what acts on a terminal than chance would give. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\u001b',
      '\u009b',
      '\u0007',
      '\n',
      '\r',
      '\t',
      '\u202e',
      '\u2028',
      '\u007f',
      '\u{e0041}',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

describe('printable', () => {
  it('leaves letters of every script as they are', () => {
    const text = 'Zürich, 東京, עברית, 👩‍💻 and "quotes" \\ \'too\'';
    expect(printable(text)).toBe(text);
  });

  it('shows what would act on a terminal as its escape', () => {
    expect(printable('\u001b[31m\u009b\u202e\n\t\u{e0041}')).toBe(
      '\\u001b[31m\\u009b\\u202e\\n\\t\\udb40\\udc41',
    );
  });

  it('has nothing that acts on a terminal, whatever the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(printable(text)).not.toMatch(ACTING);
        for (const line of printableLines(text)) expect(line).not.toMatch(ACTING);
      }),
    );
  });

  it('keeps lines where they are wanted', () => {
    expect(printableLines('a\r\n\tb\rc\u001b')).toEqual(['a', '    b', 'c\\u001b']);
  });
});

describe('jsonLine', () => {
  it('is JSON of the same value, and acts on no terminal', () => {
    fc.assert(
      fc.property(
        fc.dictionary(anyText, fc.oneof(anyText, fc.double({ noNaN: true }), fc.boolean())),
        (value) => {
          const line = jsonLine(value);
          expect(line).not.toMatch(ACTING);
          expect(JSON.stringify(JSON.parse(line))).toBe(JSON.stringify(value));
        },
      ),
    );
  });
});
