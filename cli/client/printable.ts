/**
 * What acts on a terminal instead of being shown: control characters (C0, C1 and DEL), what turns the direction of text round,
 * separators of lines, and invisible tags.
 */
const ACTING = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\u{e0000}-\u{e007f}]/gu;

/**
 * Whatever others have written, as one line that only shows: in the place of what would act on the terminal stands its
 * escape, as JSON has it.
 */
export function printable(text: string): string {
  return text.replace(ACTING, escaped);
}

/** The same with the text's own lines, and tabs as blanks. */
export function printableLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/).map((line) => printable(line.replaceAll('\t', '    ')));
}

/** A value as one line of JSON that only shows; JSON itself lets some of the characters stand as they are. */
export function jsonLine(value: unknown): string {
  return printable(JSON.stringify(value));
}

function escaped(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
