/** A longer word is found by its beginning of so many characters. */
const WORD_CHARACTERS_MAX = 64;

/** How many words of one text are looked at; those after them are not found. */
export const WORDS_MAX = 200;

/** How much of an error's text is looked at, in characters. */
const ERROR_CHARACTERS_MAX = 1_024;

/** Letters and digits of any script, with the marks that belong to them (https://www.unicode.org/reports/tr44/#General_Category_Values). */
const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/**
 * The whole words in a text, each once, in one form of upper and lower case and of characters that look alike
 * (https://www.unicode.org/reports/tr15/, NFKC): what stands between them, such as `/`, `-` or `_`, is left out.
 */
export function wordsIn(text: string): string[] {
  const words = new Set<string>();
  for (const [word] of text.normalize('NFKC').toLowerCase().matchAll(WORD)) {
    words.add(cut(word));
    if (words.size >= WORDS_MAX) break;
  }
  return [...words];
}

/** Never between the halves of one character. */
function cut(word: string): string {
  return word.length <= WORD_CHARACTERS_MAX ? word : [...word].slice(0, WORD_CHARACTERS_MAX).join('');
}

/** What of a task is looked at for words, its error aside. */
export interface NamedTask {
  key: string | null;
  taskType: string;
  traits: { labels?: Readonly<Record<string, string>>; worker?: string; error_type?: string };
}

/** The words by which a task is found: `taskWords` and `errorWords`. */
export interface FoundWords {
  names: readonly string[];
  error: readonly string[];
}

/** The words by which a task is found by name: of its key, labels, type, worker and type of error. */
export function taskWords({ key, taskType, traits }: NamedTask): string[] {
  const { labels, worker, error_type } = traits;
  const texts = [key, taskType, worker, error_type].filter((text) => typeof text === 'string');
  for (const name in labels) texts.push(`${name} ${labels[name]}`);
  return wordsIn(texts.join(' '));
}

/**
 * The words by which its error is found: those of the beginning of the text.
 *
 * @param errorMessageJson The text as JSON.
 */
export function errorWords(errorMessageJson: string): string[] {
  if (errorMessageJson === '""') return [];
  return wordsIn((JSON.parse(errorMessageJson) as string).slice(0, ERROR_CHARACTERS_MAX));
}
