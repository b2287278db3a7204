import type { TaskSnapshot } from './task.js';

/** How many words a task is found by at most. */
export const TASK_WORDS_MAX = 100;

/** How long a word is at most, in characters; of a longer one the beginning counts. */
export const WORD_CHARACTERS_MAX = 40;

/** How much of an error's text is looked at, in characters: about the first KiB. */
const ERROR_CHARACTERS_MAX = 1_024;

/**
 * Letters and digits in a row, each letter of a script that has no spaces between its words by itself, so that a word in such a
 * script is found by its letters.
 */
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])[\p{L}\p{M}\p{N}])+/gu;

/**
 * The words of a text, each once: letters and digits in a row, whatever their case, width and form (NFKC, UAX #15).
 *
 * @param max Those that come after so many are left out.
 */
export function wordsOf(text: string, max = Infinity): string[] {
  const words = new Set<string>();
  for (const [word] of text.normalize('NFKC').toLowerCase().matchAll(WORD)) {
    if (words.size >= max) break;
    words.add(word.slice(0, WORD_CHARACTERS_MAX));
  }
  return [...words];
}

/** The words by which a task is found all its life: those of its key, type and labels. */
export function lastingWords({ key, task_type, labels = {} }: TaskSnapshot): string[] {
  const values = Object.entries(labels).flat();
  return wordsOf([key ?? '', task_type, ...values].join(' '), TASK_WORDS_MAX);
}

/** The words by which it is found by who runs it. */
export function workerWords({ worker = '' }: Pick<TaskSnapshot, 'worker'>): string[] {
  return wordsOf(worker, TASK_WORDS_MAX);
}

/** The words of its error. */
export function errorWords(type: string | undefined, message: string): string[] {
  return wordsOf(`${type ?? ''} ${message.slice(0, ERROR_CHARACTERS_MAX)}`, TASK_WORDS_MAX);
}
