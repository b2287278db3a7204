import { digest } from './digest.js';

/** How much of an error's first line goes into its key, in characters. */
const LINE_CHARACTERS_MAX = 1_000;

/** What differs from one occurrence of an error to the next, in the order in which it is looked for. */
const PARTICULARS: readonly [RegExp, string][] = [
  // What stands in quotes is most often a name; a quote in a word ("can't") begins none.
  [/(?<![\p{L}\p{N}])(["'`])(?:(?!\1).)*\1/gu, '?'],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/giu, '?'],
  [/\b0x[0-9a-f]+\b/giu, '?'],
  // Digits and letters a to f, of which one at least is a digit: a hash.
  [/\b(?=[a-f]*[0-9])[0-9a-f]{8,}\b/giu, '?'],
  [/\d+(?:[.,]\d+)*/gu, '?'],
];

/** An error's first line that says something, without what differs from one occurrence to the next. */
export function errorShape(message: string): string {
  const line = message.trimStart().split('\n', 1)[0]?.trimEnd() ?? '';
  let shape = line.slice(0, LINE_CHARACTERS_MAX);
  for (const [particular, replacement] of PARTICULARS) shape = shape.replace(particular, replacement);
  return shape;
}

/**
 * What errors of the same kind have in common, whatever the numbers, UUIDs, hex digits and quoted parts in them: 16 hex digits
 * of a hash over the error's type and the first line of its message. Derived, and never stored in the ledger.
 */
export function errorKey(type: string | undefined, message: string): string {
  const [one, other] = digest(`${type ?? ''}\n${errorShape(message)}`);
  return hex(one) + hex(other);
}

function hex(number: number): string {
  return number.toString(16).padStart(8, '0');
}
