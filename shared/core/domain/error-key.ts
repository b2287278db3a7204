import { digest } from './digest.js';

/** How much of an error's message is shown with its key, in characters. */
export const ERROR_TEXT_CHARACTERS_MAX = 256;

/** So much of a first line is looked at: what differs only beyond is the same error. */
const LOOKED_AT_CHARACTERS_MAX = 1_000;

/** What differs from one occurrence of an error to the next, in the order in which it is replaced. */
const VARIABLE: readonly [pattern: RegExp, placeholder: string][] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<uuid>'],
  // A quote that follows a letter is an apostrophe: can't, isn't.
  [/"[^"]*"|`[^`]*`|(?<![\p{L}\p{N}])'[^']*'/gu, '<text>'],
  [/\b0x[0-9a-f]+\b/gi, '<hex>'],
  // Without a prefix only what has a digit and is long enough to be no word; digits alone are a number.
  [/\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{6,}\b/gi, '<hex>'],
  [/\d+(?:[.,:]\d+)*/g, '<n>'],
];

/**
 * What errors of the same kind have in common: 16 hex digits of a hash over the error's type and the first line of its message,
 * with numbers, UUIDs, hex numbers and quoted parts replaced. Two kinds have the same key once in 2^64 times, and nobody is kept
 * from making two that do: it is there to group, not to prove.
 *
 * @param message Of an erased one nothing is known: it counts as empty.
 */
export function errorKeyOf(errorType: string | undefined, message: string | undefined): string {
  const said = JSON.stringify([errorType ?? '', withoutVariable(firstLine(message))]);
  return digest(said)
    .map((half) => half.toString(16).padStart(8, '0'))
    .join('');
}

/** The first line of a message that is not blank, as it is shown: at most `ERROR_TEXT_CHARACTERS_MAX`. */
export function errorTextOf(message: string | undefined): string {
  const line = firstLine(message);
  if (line.length <= ERROR_TEXT_CHARACTERS_MAX) return line;
  // By code points, so that no pair of surrogates is cut in two.
  const characters = [...line].slice(0, ERROR_TEXT_CHARACTERS_MAX - 1);
  return `${characters.join('')}…`;
}

/** No more of a message than may be looked at is searched for lines. */
function firstLine(message = ''): string {
  const [line = ''] = message
    .trimStart()
    .slice(0, LOOKED_AT_CHARACTERS_MAX)
    .split(/[\r\n]/, 1);
  return line.trimEnd();
}

function withoutVariable(line: string): string {
  return VARIABLE.reduce((text, [pattern, placeholder]) => text.replace(pattern, placeholder), line);
}
